"""OKX's daily archive of 400-level books: JSON lines, one message each.

    {"instId":"BTC-USDT-SWAP","action":"snapshot","ts":"1790000000000",
     "asks":[["60000.1","12.5","4"]],"bids":[["60000","41","10"]]}

`action` is snapshot or update, `ts` the venue's time in ms, a level (price, size, orders), size 0
removes; a new snapshot stands about every quarter of an hour. Sizes are contracts for swaps and
futures. The archive has no receive times, so the venue's stand in for them and no latency can be
read off; and no sequence numbers, so a missing line cannot be seen before the next snapshot.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from feeds.imports.message import MAX_LEVELS, Levels, Message, Place
from market.units import NS_PER_MS


class Line(msgspec.Struct, frozen=True):
    """One line of the archive."""

    instId: str
    action: str
    ts: str
    asks: list[list[str]]
    bids: list[list[str]]


LINE: Final = msgspec.json.Decoder(Line)


def is_okx(header: str) -> bool:
    """Whether a first line is one of this archive."""
    try:
        LINE.decode(header)
    except msgspec.DecodeError:
        return False
    return True


def messages(lines: Iterator[str], place: Place) -> Iterator[Message]:
    """Messages of an archive; updates before the first snapshot are left out."""
    begun: set[str] = set()
    last_ns = 0
    for text in lines:
        if not text.strip():
            continue
        line = _decode(text, place)
        ns = place.time_ns(line.ts, "ts", NS_PER_MS)
        if ns < last_ns:
            place.fail("ts goes back: the lines are not in order")
        last_ns = ns
        if line.action == "snapshot":
            begun.add(line.instId)
        if line.instId not in begun:
            continue
        yield Message(
            place.line,
            line.instId,
            line.action == "snapshot",
            ns,
            ns,
            _levels(line.bids, "bids", place),
            _levels(line.asks, "asks", place),
        )


def _decode(text: str, place: Place) -> Line:
    try:
        line = LINE.decode(text)
    except msgspec.DecodeError as error:
        place.fail(f"not a line of OKX's archive: {error}")
    if line.action not in ("snapshot", "update"):
        place.fail(f"action is {line.action[:20]!r}, not snapshot or update")
    if len(line.bids) + len(line.asks) > MAX_LEVELS:
        place.fail(f"more than {MAX_LEVELS:,} levels in one message")
    return line


def _levels(rows: Sequence[Sequence[str]], side: str, place: Place) -> Levels:
    if any(len(row) < 2 for row in rows):
        place.fail(f"a level of {side} without price and size")
    return [
        (
            place.number(row[0], f"price in {side}", may_be_zero=False),
            place.number(row[1], f"size in {side}", may_be_zero=True),
        )
        for row in rows
    ]
