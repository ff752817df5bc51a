"""Market states at rest: groups of books in columns, as Parquet.

    price = integer / 10^e, sizes likewise, each stored as the difference from the level before

e is the smallest power with which every number of a column comes back bit for bit (tick and lot
are decimal); a column without one is kept as float64. Everything else of a state is JSON beside it.
A group is read whole and no other with it, so memory does not grow with the number of books.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from market.book import BookSnapshot
from market.instrument import Floats
from models.base import MarketState
from models.sweep.plan import STATES_TOGETHER
from models.sweep.state_json import plain, rich

if TYPE_CHECKING:
    import pyarrow as pa

LEVELS = ("bid_prices", "bid_sizes", "ask_prices", "ask_sizes")
STAMPS = ("seq", "event_ns", "recv_ns")
MOST_DIGITS = 15
EXACT_INTEGERS = 2.0**53


def groups(states: Iterable[MarketState]) -> Iterator[tuple[MarketState, ...]]:
    """The states in groups that lie together."""
    waiting = iter(states)
    while group := tuple(islice(waiting, STATES_TOGETHER)):
        yield group


def pack(states: Sequence[MarketState]) -> bytes:
    """A group as bytes; the same states give the same bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    books = [state.book for state in states]
    rest = [
        msgspec.json.encode(replace(state, book=None), order="sorted", enc_hook=plain).decode()
        for state in states
    ]
    columns: dict[str, Any] = {
        "rest": rest,
        "symbol": [None if book is None else book.symbol for book in books],
    }
    for name in STAMPS:
        columns[name] = pa.array(
            [None if book is None else getattr(book, name) for book in books], pa.int64()
        )
    digits: dict[str, str] = {}
    for name in LEVELS:
        levels = [np.empty(0) if book is None else getattr(book, name) for book in books]
        columns[name], found = _integers(levels)
        digits[name] = str(found)
    table = pa.table(columns).replace_schema_metadata(digits)
    sink = BytesIO()
    pq.write_table(table, sink, compression="zstd", compression_level=3)
    return sink.getvalue()


def unpack(data: bytes) -> tuple[MarketState, ...]:
    """The states of a group, bit for bit."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(pa.BufferReader(data))
    digits = {name: int(table.schema.metadata[name.encode()]) for name in LEVELS}
    levels = {name: _floats(table[name], digits[name]) for name in LEVELS}
    stamps = {name: table[name].to_pylist() for name in STAMPS}
    symbols, rest = table["symbol"].to_pylist(), table["rest"].to_pylist()
    states = []
    for i, symbol in enumerate(symbols):
        state = msgspec.json.decode(rest[i], type=MarketState, dec_hook=rich)
        if symbol is not None:
            columns: dict[str, Any] = {name: levels[name][i] for name in LEVELS}
            columns |= {name: stamps[name][i] for name in STAMPS}
            state = replace(state, book=BookSnapshot(symbol=symbol, **columns))
        states.append(state)
    return tuple(states)


def _integers(levels: Sequence[Floats]) -> tuple["pa.Array", int]:
    """(lists of differences, digits after the point), or (lists of floats, -1)."""
    import pyarrow as pa

    ends = np.cumsum([0, *(len(one) for one in levels)])
    numbers = np.concatenate(levels) if levels else np.empty(0)
    for digits in range(MOST_DIGITS + 1):
        scale = 10.0**digits
        whole = np.rint(numbers * scale)
        if np.abs(whole).max(initial=0.0) >= EXACT_INTEGERS:
            break
        if np.array_equal(whole / scale, numbers):
            steps = np.diff(whole.astype(np.int64), prepend=0)
            starts = ends[:-1][ends[:-1] < len(whole)]
            steps[starts] = whole[starts].astype(np.int64)
            return pa.ListArray.from_arrays(ends.astype(np.int32), steps), digits
    return pa.ListArray.from_arrays(ends.astype(np.int32), numbers), -1


def _floats(column: "pa.ChunkedArray", digits: int) -> list[Floats]:
    lists = column.combine_chunks()
    ends, numbers = lists.offsets.to_numpy(), lists.values.to_numpy()
    found = []
    for first, last in pairwise(ends):
        part = numbers[first:last]
        values = part.copy() if digits < 0 else np.cumsum(part) / 10.0**digits
        values.flags.writeable = False
        found.append(values)
    return found
