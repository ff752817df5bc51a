"""A priced chunk as an Arrow table, and as Parquet bytes that are the same wherever it was made."""

from collections.abc import Sequence
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from market.errors import OrderError
from market.fee_schedule import FeeSchedule
from market.instrument import Side
from models.base import MarketState
from models.fee_schedules import Schedules, schedule
from models.sweep.declaration import Embedded, Scenario, Sweep, Tier
from models.sweep.evaluate import Results, evaluate
from models.sweep.plan import Chunk, Plan, plan

if TYPE_CHECKING:
    import pyarrow as pa

ZSTD_LEVEL = 1
SPLIT = "BYTE_STREAM_SPLIT"


class Parquet(NamedTuple):
    """A chunk at rest."""

    data: bytes
    sha256: str
    points: int
    refused: int
    """points without a price"""


def fees_of(states: Sequence[MarketState], own: Schedules | None) -> list[FeeSchedule | None]:
    """The fee schedule of every state's market; None where none is known."""
    found: dict[tuple[str, str], FeeSchedule | None] = {}
    for state in states:
        key = (state.instrument.venue, state.instrument.product)
        if key not in found:
            try:
                found[key] = schedule(*key, own)
            except OrderError:
                found[key] = None
    return [found[s.instrument.venue, s.instrument.product] for s in states]


def swept(
    sweep: Sweep, states: Sequence[MarketState] = (), own_fees: Schedules | None = None
) -> "pa.Table":
    """The whole sweep in memory, for a notebook: on these states, or on its embedded ones."""
    import pyarrow as pa

    if isinstance(sweep.states, Embedded) and not states:
        states = sweep.states.states
    planned = plan(sweep, len(states))
    fees = fees_of(states, own_fees)
    tables = []
    for chunk in planned.chunks():
        first, last = chunk.states
        results = evaluate(planned, chunk, states[first:last], fees[first:last])
        tables.append(as_table(planned, chunk, states[first:last], results))
    return pa.concat_tables(tables).unify_dictionaries()


def as_table(
    planned: Plan, chunk: Chunk, states: Sequence[MarketState], results: Results
) -> "pa.Table":
    """Columns: point, state, market, as_of_ns, every axis, every measure, left_out, reason."""
    import pyarrow as pa

    shape = tuple(stop - start for start, stop in chunk.ranges)
    columns: dict[str, Any] = {
        "point": np.arange(chunk.first, chunk.first + chunk.points, dtype=np.int64)
    }
    markets = [f"{s.source.value} {s.instrument.venue} {s.instrument.venue_symbol}" for s in states]
    whens = np.array([s.as_of_ns for s in states], dtype=np.int64)
    for number, dimension in enumerate(planned.dimensions):
        start, stop = chunk.ranges[number]
        for name, values in dimension.columns.items():
            part = values[start:stop]
            if name == "state":
                columns["state"] = _spread_out(part.astype(np.int32), number, shape)
                columns["market"] = _names(markets, number, shape)
                columns["as_of_ns"] = _spread_out(whens, number, shape)
            elif isinstance(part, np.ndarray):
                columns[name] = _spread_out(part, number, shape)
            else:
                columns[name] = _names([_word(v) for v in part], number, shape)
    for name, numbers in results.measures.items():
        columns[name] = pa.array(numbers, from_pandas=True)
    columns["left_out"] = _coded(results.gaps, results.left_out)
    columns["reason"] = _coded(results.codes, results.reasons)
    return pa.table(columns)


def as_parquet(table: "pa.Table") -> Parquet:
    """The table as bytes; the same table gives the same bytes."""
    import pyarrow.parquet as pq

    sink = BytesIO()
    pq.write_table(
        table,
        sink,
        compression="zstd",
        compression_level=ZSTD_LEVEL,
        use_dictionary=[name for name in table.column_names if not _is_dense(table, name)],
        column_encoding={n: SPLIT for n in table.column_names if _is_dense(table, n)},
        row_group_size=table.num_rows,
        store_schema=True,
    )
    data = sink.getvalue()
    refused = table.num_rows - table["reason"].null_count
    return Parquet(data, sha256(data).hexdigest(), table.num_rows, refused)


def _is_dense(table: "pa.Table", name: str) -> bool:
    """Whether a column hardly repeats itself: it is kept as its bytes, sorted by place."""
    first = table.column_names.index("total_bps")
    return name in table.column_names[first:-2]


def _spread_out(values: Any, dimension: int, shape: tuple[int, ...]) -> Any:
    """(points,) values of one dimension."""
    along = [1] * len(shape)
    along[dimension] = len(values)
    return np.broadcast_to(values.reshape(along), shape).reshape(-1)


def _names(names: Sequence[str], dimension: int, shape: tuple[int, ...]) -> "pa.Array":
    import pyarrow as pa

    distinct = list(dict.fromkeys(names))
    places = np.array([distinct.index(name) for name in names], dtype=np.int16)
    return pa.DictionaryArray.from_arrays(_spread_out(places, dimension, shape), distinct)


def _coded(codes: Any, texts: list[str]) -> "pa.Array":
    """Texts by code; 0 is null."""
    import pyarrow as pa

    places = pa.array(codes - 1, mask=codes == 0)
    return pa.DictionaryArray.from_arrays(places, pa.array(texts[1:], type=pa.string()))


def _word(value: Any) -> str:
    if isinstance(value, Tier):
        return value.name or f"{value.maker_bps:g}/{value.taker_bps:g} bps"
    if isinstance(value, Scenario):
        return value.name
    return value.value if isinstance(value, Side) else str(value)
