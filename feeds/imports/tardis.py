"""Two CSV formats of tardis.dev: book changes, and the 25 best levels.

    incremental_book_L2   exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount
    book_snapshot_25      exchange,symbol,timestamp,local_timestamp,asks[0].price,asks[0].amount,…

Times are microseconds UTC. Columns are found by name. Rules of incremental_book_L2, as its
documentation states them: rows of one message share `local_timestamp`; a row that begins a snapshot
after one that was none throws the book away; changes before the first snapshot are left out; the
amount is the new size of its level, 0 removes. Sizes are the venue's own unit (contracts for most
derivatives). There is no sequence number, so a row missing from the file cannot be seen.
"""

import csv
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from feeds.imports.message import MAX_LEVELS, Levels, Message, Place
from market.units import NS_PER_MS

MICROSECOND: Final = NS_PER_MS // 1000
CHANGES: Final = (
    "symbol",
    "timestamp",
    "local_timestamp",
    "is_snapshot",
    "side",
    "price",
    "amount",
)
TIMES: Final = ("symbol", "timestamp", "local_timestamp")
DEPTH: Final = 25
FLAGS: Final = {"true": True, "false": False}


def is_changes(header: str) -> bool:
    """Whether a first line is that of incremental_book_L2."""
    return set(CHANGES) <= set(_names(header))


def is_snapshots(header: str) -> bool:
    """Whether a first line is that of book_snapshot_25."""
    return {*TIMES, *_level_columns()} <= set(_names(header))


def changes(lines: Iterator[str], place: Place) -> Iterator[Message]:
    """Messages of an incremental_book_L2 file. Raises ArchiveError."""
    rows = _rows(lines, place, CHANGES)
    was_snapshot: dict[str, bool] = {}
    key: tuple[str, str, bool] | None = None
    bids: Levels = []
    asks: Levels = []
    event_ns = recv_ns = 0
    line = 0
    last_ns = 0
    for symbol, event, local, flag, side, price, amount in rows:
        if flag not in FLAGS:
            place.fail(f"is_snapshot is {flag[:20]!r}, not true or false")
        if side not in ("bid", "ask"):
            place.fail(f"side is {side[:20]!r}, not bid or ask")
        if (symbol, local, FLAGS[flag]) != key:
            if key is not None:
                yield from _message(line, key, event_ns, recv_ns, bids, asks, was_snapshot)
            key, bids, asks = (symbol, local, FLAGS[flag]), [], []
            recv_ns = _forward(place, local, last_ns)
            last_ns = recv_ns
        event_ns = place.time_ns(event, "timestamp", MICROSECOND)
        line = place.line
        level = (
            place.number(price, "price", may_be_zero=False),
            place.number(amount, "amount", may_be_zero=True),
        )
        (bids if side == "bid" else asks).append(level)
        if len(bids) + len(asks) > MAX_LEVELS:
            place.fail(f"more than {MAX_LEVELS:,} levels in one message")
    if key is not None:
        yield from _message(line, key, event_ns, recv_ns, bids, asks, was_snapshot)


def _message(
    line: int,
    key: tuple[str, str, bool],
    event_ns: int,
    recv_ns: int,
    bids: Levels,
    asks: Levels,
    was_snapshot: dict[str, bool],
) -> Iterator[Message]:
    symbol, _, is_snapshot = key
    before = was_snapshot.get(symbol)
    if before is None and not is_snapshot:
        return
    was_snapshot[symbol] = is_snapshot
    yield Message(line, symbol, is_snapshot and before is not True, event_ns, recv_ns, bids, asks)


def snapshots(lines: Iterator[str], place: Place) -> Iterator[Message]:
    """Messages of a book_snapshot_25 file: every row is a whole book of 25 levels a side."""
    last_ns = 0
    for row in _rows(lines, place, (*TIMES, *_level_columns())):
        symbol, event, local = row[:3]
        last_ns = _forward(place, local, last_ns)
        yield Message(
            place.line,
            symbol,
            True,
            place.time_ns(event, "timestamp", MICROSECOND),
            last_ns,
            _levels(row[3 : 3 + 2 * DEPTH], "bids", place),
            _levels(row[3 + 2 * DEPTH :], "asks", place),
            is_partial=True,
        )


def _levels(cells: Sequence[str], side: str, place: Place) -> Levels:
    """Levels of one side; a book shorter than 25 levels leaves the cells of the rest empty."""
    found: Levels = []
    for at in range(0, len(cells), 2):
        price, amount = cells[at], cells[at + 1]
        if not price and not amount:
            continue
        found.append(
            (
                place.number(price, f"{side}[{at // 2}].price", may_be_zero=False),
                place.number(amount, f"{side}[{at // 2}].amount", may_be_zero=True),
            )
        )
    return found


def _level_columns() -> list[str]:
    """Bids, then asks: price and amount of each level, best first."""
    return [
        f"{side}[{level}].{what}"
        for side in ("bids", "asks")
        for level in range(DEPTH)
        for what in ("price", "amount")
    ]


def _forward(place: Place, text: str, last_ns: int) -> int:
    ns = place.time_ns(text, "local_timestamp", MICROSECOND)
    if ns < last_ns:
        place.fail("local_timestamp goes back: the rows are not in the order of arrival")
    return ns


def _rows(lines: Iterator[str], place: Place, wanted: Sequence[str]) -> Iterator[list[str]]:
    """The wanted cells of every row, in that order; `place` knows the line."""
    names = _names(next(lines))
    columns = [names.index(name) for name in wanted]
    for cells in csv.reader(lines):
        if len(cells) != len(names):
            place.fail(f"{len(cells)} cells where the header has {len(names)}")
        yield [cells[column] for column in columns]


def _names(header: str) -> list[str]:
    return list(chain.from_iterable(csv.reader([header.strip()])))
