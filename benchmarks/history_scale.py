"""A million saved estimates: how soon a page, a count and the first byte of an export are there.

    python -m benchmarks.history_scale [--rows 1000000] [--folder DIR]

Not part of `make bench`: it fills a database of its own (about 1 GB for a million rows) and takes
two minutes. Prints milliseconds (median of 5 after one that warms up), the rate and memory of a
whole export, and how the CSV writer compares with pandas.to_csv on the same rows.
"""

import argparse
import asyncio
import io
import random
import resource
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import insert

from market.instrument import Side
from models.base import Source
from storage.export import Format, export
from storage.export_table import ExportTable, Names, Row
from storage.export_writers import CsvWriter, Shape
from storage.filters import HistoryFilter, Sort
from storage.history_search import COUNTED
from storage.store import Store
from storage.tables import ESTIMATES

NS_PER_MINUTE = 60_000_000_000
START_NS = 1_700_000_000_000_000_000
BATCH = 20_000
COINS = ("BTC", "ETH", "SOL", "XRP", "DOGE", "ADA", "AVAX", "LINK", "LTC", "DOT")
RARE = HistoryFilter(
    source=Source.LIVE, venue="kraken", instrument="ltc", side=Side.SELL, min_notional_quote=99_000
)
FILTERS = {
    "all": HistoryFilter(),
    "one source and side": HistoryFilter(source=Source.DEMO, side=Side.BUY),
    "rare": RARE,
    "a day": HistoryFilter(from_ns=START_NS, to_ns=START_NS + 1440 * NS_PER_MINUTE),
    "nothing": HistoryFilter(venue="nowhere"),
}


def made_up(number: int, chance: random.Random) -> dict[str, Any]:
    """A row of plausible figures."""
    coin, total = chance.choice(COINS), chance.gauss(6, 3)
    return {
        "created_ns": START_NS + number * NS_PER_MINUTE,
        "as_of_ns": START_NS + number * NS_PER_MINUTE,
        "source": chance.choice(("live", "demo", "replay")),
        "venue": chance.choice(("okx", "binance", "bybit", "kraken", "coinbase")),
        "venue_symbol": f"{coin}-USDT-SWAP",
        "symbol": f"{coin}/USDT:USDT",
        "product": "swap",
        "side": chance.choice(("buy", "sell")),
        "recipe": chance.choice(("exact", "schedule", "seed1")),
        "style": chance.choice(("market", "limit", "twap")),
        "amount": chance.random(),
        "unit": "base",
        "quantity_base": chance.random(),
        "filled_base": chance.random(),
        "unfilled_base": 0.0,
        "notional_quote": chance.uniform(10, 100_000),
        "mid": 100.0,
        "average_price": 100 + chance.random(),
        "worst_price": 101.0,
        "total_bps": total,
        "low_bps": total - 1,
        "high_bps": total + 1,
        "total_quote": chance.uniform(0, 100),
        "spread_bps": chance.random(),
        "depth_bps": chance.random(),
        "fees_bps": 5.0,
        "maker_share": 0.0,
        "trust_grade": 0,
        "fee_source": "www.example.com/fees",
        "tier": "Regular",
        "code_version": "0.1.0",
        "receipt_sha256": f"{chance.getrandbits(256):064x}",
    }


async def fill(store: Store, rows: int) -> None:
    """Put that many rows into an empty history."""
    chance = random.Random(7)
    database = store.estimates.database
    for start in range(0, rows, BATCH):
        batch = [made_up(start + i, chance) for i in range(min(BATCH, rows - start))]
        await database.write(lambda c, batch=batch: c.execute(insert(ESTIMATES), batch).rowcount)


async def median_ms(work: Callable[[], Awaitable[object]]) -> float:
    """Of five, after one that warms up."""
    await work()
    times = []
    for _ in range(5):
        start = time.perf_counter()
        await work()
        times.append(1e3 * (time.perf_counter() - start))
    return median(times)


async def measure_pages(store: Store) -> None:
    """Pages, counts and plots by filter and order."""
    history = store.estimates
    for name, wanted in FILTERS.items():
        for by in ("created_ns", "total_bps", "venue_symbol"):
            sort = Sort(by=by)
            first = await median_ms(lambda w=wanted, s=sort: history.page(w, s))
            page = await history.page(wanted, sort)
            later = 0.0
            if page.next:
                at = page.next
                later = await median_ms(lambda w=wanted, s=sort, a=at: history.page(w, s, a))
            print(f"page   {name:22} by {by:13} {first:8.1f} ms   next page {later:8.1f} ms")
        count = await median_ms(lambda w=wanted: history.count(w, COUNTED))
        plot = await median_ms(lambda w=wanted: history.points(w))
        print(f"count  {name:22} {count:8.1f} ms   plot of 5,000 points {plot:8.1f} ms")


async def measure_first_bytes(store: Store) -> None:
    """Until the first byte, and until the first rows."""
    for name, wanted in FILTERS.items():
        for file_format in ("csv", "jsonl", "parquet"):
            start = time.perf_counter()
            times = []
            async for chunk in export(store.estimates.table(wanted), file_format):
                if chunk:
                    times.append(1e3 * (time.perf_counter() - start))
                if len(times) == 2:
                    break
            times += [float("nan")] * 2
            print(f"export {name:22} {file_format:8} {times[0]:7.1f} ms, rows {times[1]:7.1f} ms")


async def measure_whole(store: Store, file_format: Format) -> None:
    """Rate of a whole export, and what it adds to the most memory this process ever had."""
    before, rows = peak_mb(), await store.estimates.count()
    start, size = time.perf_counter(), 0
    async for chunk in export(store.estimates.table(), file_format):
        size += len(chunk)
    took = time.perf_counter() - start
    print(
        f"whole  {file_format:8} {rows:,} rows, {size / 1e6:.0f} MB in {took:.1f} s "
        f"({rows / took:,.0f} rows/s), peak memory +{peak_mb() - before:.0f} MB"
    )


def peak_mb() -> float:
    """The most memory this process had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


async def measure_writer(store: Store) -> None:
    """Columns to CSV: ours against pandas, on the same rows, interleaved by page."""
    import pandas as pd
    import pyarrow as pa

    table = store.estimates.table()
    shape = Shape(columns=table.pick(()), with_units=False)
    ours, theirs = [], []
    async for rows in _pages(table, table.chosen):
        batch = shape.batch(rows)
        writer = CsvWriter(shape)
        start = time.perf_counter()
        writer.cells(batch)
        ours.append(time.perf_counter() - start)
        frame: pd.DataFrame = pa.Table.from_batches([batch]).to_pandas()
        start = time.perf_counter()
        frame.to_csv(io.StringIO(), index=False, header=False)
        theirs.append(time.perf_counter() - start)
    ratio = sum(theirs) / sum(ours)
    print(f"writer ours {sum(ours):.1f} s, pandas.to_csv {sum(theirs):.1f} s: {ratio:.1f} times")


async def _pages(table: ExportTable, names: Names) -> AsyncIterator[Sequence[Row]]:
    async for rows in table.pages(names):
        yield rows


async def run(rows: int, folder: Path) -> None:
    """Fill if needed, then measure."""
    async with await Store.open(f"sqlite:///{folder}/history.db") as store:
        if await store.estimates.count() < rows:
            start = time.perf_counter()
            await fill(store, rows)
            print(f"filled with {rows:,} rows in {time.perf_counter() - start:.0f} s")
        await measure_pages(store)
        await measure_first_bytes(store)
        for file_format in ("csv", "parquet"):
            await measure_whole(store, file_format)
        await measure_writer(store)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure a long history.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        asyncio.run(run(options.rows, options.folder or Path(temporary)))
