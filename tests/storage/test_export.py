import csv
import io
import json
from collections.abc import AsyncIterator
from dataclasses import fields, replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from market.instrument import Side
from storage.estimates import ALL, Estimates
from storage.export import COLUMNS, Format, export, utc_text
from storage.history import HistoryFilter, SavedEstimate
from storage.store import Store
from tests.storage.samples import HOSTILE, Pair, named, pairs, sample

many_on_one_store = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


@pytest.fixture
async def estimates(tmp_path: Path) -> AsyncIterator[Estimates]:
    async with await Store.open(f"sqlite:///{tmp_path}/fathom.db") as store:
        yield store.estimates


async def whole(estimates: Estimates, kind: Format, wanted: HistoryFilter = ALL) -> str:
    return b"".join([chunk async for chunk in export(estimates, kind, wanted)]).decode()


async def rows(estimates: Estimates, wanted: HistoryFilter = ALL) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(await whole(estimates, "csv", wanted), newline="")))


def number(cell: str) -> float | None:
    return float(cell) if cell else None


async def test_the_header_stands_even_over_nothing(estimates: Estimates) -> None:
    assert (await whole(estimates, "csv")).strip().split(",") == list(COLUMNS)


async def test_json_lines_of_nothing_are_nothing(estimates: Estimates) -> None:
    assert await whole(estimates, "jsonl") == ""


def test_every_field_of_history_is_exported() -> None:
    assert len(COLUMNS) == len(fields(SavedEstimate)) + 2  # two times stand twice, as text too


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "1970-01-01T00:00:00.000000000Z"),
        (1_790_000_000_123_456_789, "2026-09-21T14:13:20.123456789Z"),
        (2**63 - 1, "2262-04-11T23:47:16.854775807Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
    ],
)
def test_time_is_written_to_the_nanosecond(ns: int, text: str) -> None:
    assert utc_text(ns) == text


@given(pair=pairs())
@many_on_one_store
async def test_csv_numbers_read_back_equal(estimates: Estimates, pair: Pair) -> None:
    saved = await estimates.get(await estimates.save(*pair))
    row = (await rows(estimates))[-1]
    read = {name: number(row[name]) for name in ("total_bps", "fees_bps", "amount_in_unit")}
    assert read == {
        "total_bps": saved.total_bps,
        "fees_bps": saved.fees_bps,
        "amount_in_unit": saved.amount,
    }
    assert int(row["as_of_ns"]) == saved.as_of_ns


@given(pair=pairs())
@many_on_one_store
async def test_json_lines_read_back_equal(estimates: Estimates, pair: Pair) -> None:
    saved = await estimates.get(await estimates.save(*pair))
    row = json.loads((await whole(estimates, "jsonl")).rstrip("\n").split("\n")[-1])
    assert (row["venue"], row["fee_source"], row["worst_price_quote_per_base"]) == (
        saved.venue,
        saved.fee_source,
        saved.worst_price,
    )


@given(text=st.text(max_size=30) | st.sampled_from(HOSTILE))
@many_on_one_store
async def test_text_is_harmless_in_csv_and_comes_back(estimates: Estimates, text: str) -> None:
    await estimates.save(*named(sample(), text))
    cell = (await rows(estimates))[-1]["venue"]
    assert not cell.startswith(DANGEROUS)
    assert cell.removeprefix("'") == text


async def test_a_negative_number_stays_a_number(estimates: Estimates) -> None:
    made, state = sample()
    await estimates.save(replace(made, total_bps=-1.5), state)
    assert (await rows(estimates))[0]["total_bps"] == "-1.5"


async def test_pandas_reads_the_numbers_as_numbers(estimates: Estimates) -> None:
    await estimates.save(*sample())
    table = pd.read_csv(io.StringIO(await whole(estimates, "csv")))
    assert table["total_bps"].dtype == float
    assert table["id"].dtype == int


async def test_a_part_that_is_not_there_is_an_empty_cell_and_not_zero(estimates: Estimates) -> None:
    await estimates.save(*sample())
    assert (await rows(estimates))[0]["slippage_bps"] == ""


async def test_only_what_is_asked_for_goes_out(estimates: Estimates) -> None:
    await estimates.save(*sample())
    sold = await estimates.save(*sample(side=Side.SELL))
    assert [row["id"] for row in await rows(estimates, HistoryFilter(side=Side.SELL))] == [
        str(sold)
    ]


async def test_long_histories_come_in_pieces_and_in_order(estimates: Estimates) -> None:
    numbers = [await estimates.save(*sample()) for _ in range(25)]
    pages = [page async for page in estimates.pages(size=10)]
    assert [len(page) for page in pages] == [10, 10, 5]
    assert [line.id for page in pages for line in page] == numbers


async def test_what_is_saved_during_an_export_is_left_for_the_next(estimates: Estimates) -> None:
    await estimates.save(*sample())
    await estimates.save(*sample())
    seen = []
    async for page in estimates.pages(size=1):
        seen += [line.id for line in page]
        await estimates.save(*sample())
    assert seen == [1, 2]
