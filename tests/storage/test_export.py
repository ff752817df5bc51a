import csv
import io
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import fields, replace

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from market.instrument import Side
from storage.estimates import Estimates
from storage.export import Format, export
from storage.export_history import HISTORY_COLUMNS
from storage.export_table import (
    Column,
    ColumnType,
    ExportTable,
    UnknownColumn,
    dictionary,
    utc_text,
)
from storage.export_writers import harmless, plain_text
from storage.filters import ALL, HistoryFilter
from storage.history import SavedEstimate
from storage.history_marks import marks_of
from storage.store import Store
from tests.storage.samples import HOSTILE, Pair, named, pairs, sample

many_on_one_store = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@pytest.fixture
async def estimates(tmp_path) -> AsyncIterator[Estimates]:
    async with await Store.open(f"sqlite:///{tmp_path}/fathom.db") as store:
        yield store.estimates


async def whole(
    estimates: Estimates, kind: Format, wanted: HistoryFilter = ALL, columns: Sequence[str] = ()
) -> bytes:
    chunks = export(estimates.table(wanted), kind, columns)
    return b"".join([chunk async for chunk in chunks])


async def rows(estimates: Estimates, wanted: HistoryFilter = ALL) -> list[dict[str, str]]:
    text = (await whole(estimates, "csv", wanted)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def number(cell: str) -> float | None:
    return float(cell) if cell else None


async def test_the_header_stands_even_over_nothing(estimates: Estimates) -> None:
    head = (await whole(estimates, "csv")).decode().strip().split(",")
    assert head == [column.name for column in HISTORY_COLUMNS if column.is_chosen]


async def test_json_lines_of_nothing_are_nothing(estimates: Estimates) -> None:
    assert await whole(estimates, "jsonl") == b""


async def test_parquet_of_nothing_still_has_its_columns_with_units(estimates: Estimates) -> None:
    table = pq.read_table(io.BytesIO(await whole(estimates, "parquet")))
    assert table.num_rows == 0
    assert table.schema.field("total_bps").metadata[b"unit"] == b"bps"


def test_every_field_of_history_is_exported() -> None:
    names = {column.name for column in HISTORY_COLUMNS}
    fields_ = {field.name for field in fields(SavedEstimate)} - {"trust_grade"}
    assert fields_ < names
    assert names - fields_ == {"created_utc", "as_of_utc", "trust", "tags", "note", "receipt"}


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "1970-01-01T00:00:00.000000000Z"),
        (1_790_000_000_123_456_789, "2026-09-21T14:13:20.123456789Z"),
        (2**63 - 1, "2262-04-11T23:47:16.854775807Z"),
    ],
)
async def test_time_is_written_to_the_nanosecond_in_every_format(ns: int, text: str) -> None:
    assert utc_text(ns) == text
    table = one_column(Column(name="at", meaning="", type=ColumnType.TIME), [ns])
    assert (await all_of(table, "csv")).decode().splitlines()[1] == f'"{text}"'
    assert json.loads(await all_of(table, "jsonl")) == {"at": text}


def one_column(column: Column, values: Sequence[object]) -> ExportTable:
    async def pages(_names: object) -> AsyncIterator[Sequence[Sequence[object]]]:
        yield [(value,) for value in values]

    return ExportTable(name="test", meaning="", columns=(column,), pages=pages)


async def all_of(table: ExportTable, kind: Format, **options: bool) -> bytes:
    return b"".join([chunk async for chunk in export(table, kind, **options)])


@given(pair=pairs())
@many_on_one_store
async def test_csv_numbers_read_back_equal(estimates: Estimates, pair: Pair) -> None:
    saved = await estimates.get(await estimates.save(*pair))
    row = (await rows(estimates))[-1]
    names = ("total_bps", "fees_bps", "amount", "worst_price")
    assert [number(row[name]) for name in names] == [getattr(saved, name) for name in names]
    assert int(row["as_of_ns"]) == saved.as_of_ns


@given(pair=pairs())
@many_on_one_store
async def test_json_lines_and_parquet_read_back_equal(estimates: Estimates, pair: Pair) -> None:
    saved = await estimates.get(await estimates.save(*pair))
    names = ("venue", "fee_source", "worst_price", "tier", "as_of_ns")
    expected = [getattr(saved, name) for name in names]
    lines = (await whole(estimates, "jsonl")).decode().rstrip("\n").split("\n")
    row = json.loads(lines[-1])
    assert [row[name] for name in names] == expected
    table = pq.read_table(io.BytesIO(await whole(estimates, "parquet"))).to_pylist()
    assert [table[-1][name] for name in names] == expected


@given(
    texts=st.lists(any_text | st.sampled_from(HOSTILE), min_size=1, max_size=5),
    is_optional=st.booleans(),
)
async def test_text_is_harmless_in_csv_and_comes_back(texts: list[str], is_optional: bool) -> None:
    column = Column(name="text", meaning="", type=ColumnType.TEXT, is_optional=is_optional)
    content = (await all_of(one_column(column, texts), "csv")).decode()
    cells = [row[0] for row in csv.reader(io.StringIO(content, newline=""))][1:]
    assert not any(cell.startswith(DANGEROUS) for cell in cells)
    assert cells == [harmless(text, is_optional) for text in texts]
    assert [plain_text(cell) for cell in cells] == texts


async def test_an_absent_text_differs_from_an_empty_one() -> None:
    column = Column(name="text", meaning="", type=ColumnType.TEXT, is_optional=True)
    assert await all_of(one_column(column, [None, ""]), "csv") == b'text\n\n"\'"\n'


async def test_hostile_text_of_an_estimate_is_harmless(estimates: Estimates) -> None:
    for text in HOSTILE:
        await estimates.save(*named(sample(), text))
    assert [plain_text(row["venue"]) for row in await rows(estimates)] == HOSTILE


async def test_a_negative_number_stays_a_number(estimates: Estimates) -> None:
    made, state = sample()
    await estimates.save(replace(made, total_bps=-1.5), state)
    assert (await rows(estimates))[0]["total_bps"] == "-1.5"


async def test_pandas_reads_the_numbers_as_numbers(estimates: Estimates) -> None:
    await estimates.save(*sample())
    table = pd.read_csv(io.BytesIO(await whole(estimates, "csv")))
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


async def test_chosen_columns_come_in_the_order_of_the_table(estimates: Estimates) -> None:
    await estimates.save(*sample())
    content = await whole(estimates, "csv", columns=["total_bps", "id"])
    assert content.splitlines()[0] == b"id,total_bps"


async def test_a_column_that_is_not_there_is_refused_by_name(estimates: Estimates) -> None:
    with pytest.raises(UnknownColumn, match=r"history has no 'evil'; allowed: id, "):
        await whole(estimates, "csv", columns=["evil"])


async def test_units_stand_in_the_head_when_asked_for() -> None:
    table = one_column(Column(name="total", meaning="", unit="bps"), [1.0])
    assert (await all_of(table, "csv", with_units=True)).splitlines()[0] == b"total [bps]"


async def test_tags_and_notes_go_with_their_lines(estimates: Estimates) -> None:
    first, second = [await estimates.save(*sample()) for _ in range(2)]
    await estimates.mark(second, marks_of("b, a", "=note"))
    found = {row["id"]: (row["tags"], row["note"]) for row in await rows(estimates)}
    assert found == {str(first): ("", ""), str(second): ("a,b", "'=note")}


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


async def test_progress_is_told_by_the_page(estimates: Estimates) -> None:
    for _ in range(3):
        await estimates.save(*sample())
    told: list[int] = []
    async for _ in export(estimates.table(), "csv", on_rows=told.append):
        pass
    assert told == [3]


def test_the_dictionary_says_what_every_column_means() -> None:
    table = one_column(Column(name="cost", meaning="total cost", unit="bps"), [])
    (column,) = dictionary([table])["tables"]["test"]["columns"]
    assert column == {
        "name": "cost",
        "type": "float",
        "unit": "bps",
        "may_be_absent": False,
        "meaning": "total cost",
    }


def test_every_exported_column_has_a_meaning() -> None:
    assert [column.name for column in HISTORY_COLUMNS if not column.meaning] == []
