import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from storage.estimates import Estimates
from storage.export import Format, export
from storage.history import Line
from storage.history_marks import marks_of
from storage.import_rows import ImportRefused
from storage.store import Store
from tests.storage.samples import HOSTILE, Pair, named, pairs, sample

WITH_RECEIPTS = [
    "created_ns as_of_ns source venue venue_symbol symbol product side recipe style amount unit",
    "quantity_base filled_base unfilled_base notional_quote mid average_price worst_price",
    "total_bps low_bps high_bps total_quote spread_bps depth_bps slippage_bps impact_bps",
    "temporary_impact_bps permanent_impact_bps fees_bps opportunity_bps maker_share trust",
    "fee_as_of fee_source tier code_version receipt_sha256 tags note receipt",
]
ALL_COLUMNS = " ".join(WITH_RECEIPTS).split()


@pytest.fixture
async def two(tmp_path: Path, url: str) -> AsyncIterator[tuple[Estimates, Estimates]]:
    """One history to take away from, another to bring it to."""
    async with (
        await Store.open(f"sqlite:///{tmp_path}/from.db", code_version="1") as one,
        await Store.open(url, code_version="2") as other,
    ):
        yield one.estimates, other.estimates


@pytest.fixture
async def history(tmp_path: Path) -> AsyncIterator[Estimates]:
    async with await Store.open(f"sqlite:///{tmp_path}/fathom.db") as store:
        yield store.estimates


async def taken(estimates: Estimates, kind: Format, columns: list[str] | None = None) -> bytes:
    chunks = export(estimates.table(), kind, columns or (), with_units=True)
    return b"".join([chunk async for chunk in chunks])


async def lines(estimates: Estimates) -> list[Line]:
    """All, without their numbers."""
    found = (await estimates.page(size=1000)).lines
    return [replace(line, saved=replace(line.saved, id=0)) for line in found]


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
async def test_what_went_out_comes_back_equal_with_receipts_tags_and_notes(
    two: tuple[Estimates, Estimates], kind: Format
) -> None:
    one, other = two
    for text in HOSTILE:
        number = await one.save(*named(sample(), text))
        await one.mark(number, marks_of("a, b", f"{text} 🦀"))
    report = await other.take_in(await taken(one, kind, ALL_COLUMNS), kind)
    assert (report.added, report.duplicates, report.problems) == (len(HOSTILE), 0, ())
    assert await lines(other) == await lines(one)
    newest = (await other.page()).lines[0].saved
    assert (await other.receipt(newest.id)).instrument.venue == HOSTILE[-1]


@given(pair=pairs())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_any_estimate_comes_back_equal(history: Estimates, pair: Pair) -> None:
    for kind in ("csv", "jsonl"):
        number = await history.save(*pair)
        before = await history.line(number)
        content = await taken(history, kind)
        (deleted,) = await history.delete_all([number])
        report = await history.take_in(content, kind)
        assert (report.added, report.problems) == (1, ())
        (line,) = (await history.page()).lines
        assert replace(line.saved, id=number) == before.saved == deleted.saved
        await history.delete(line.saved.id)


async def test_what_is_there_already_is_left_alone(history: Estimates) -> None:
    number = await history.save(*sample())
    content = await taken(history, "csv")
    await history.mark(number, marks_of("mine", ""))
    report = await history.take_in(content, "csv")
    assert (report.added, report.duplicates) == (0, 1)
    assert (await history.line(number)).marks.tags == ("mine",)


async def test_a_line_that_is_twice_in_a_file_is_kept_once(history: Estimates) -> None:
    number = await history.save(*sample())
    content = await taken(history, "jsonl")
    await history.delete(number)
    report = await history.take_in(content + content, "jsonl")
    assert (report.added, report.duplicates) == (1, 1)


async def test_an_import_without_a_receipt_can_be_read_and_says_what_is_missing(
    history: Estimates,
) -> None:
    number = await history.save(*sample())
    content = await taken(history, "csv")
    await history.delete(number)
    await history.take_in(content, "csv")
    (line,) = (await history.page()).lines
    with pytest.raises(Exception, match="imported without one"):
        await history.receipt(line.saved.id)
    assert await history.delete(line.saved.id)


def _set(name: str, value: object) -> Callable[[dict[str, object]], None]:
    return lambda row: row.update({name: value})


BAD = [
    (_set("side", "up"), "side", "allowed: buy, sell"),
    (_set("total_bps", "much"), "total_bps", "could not convert"),
    (_set("total_bps", None), "total_bps", "is empty"),
    (_set("maker_share", 1.5), "maker_share", "allowed: 0 to 1"),
    (_set("created_ns", 2**70), "created_ns", "beyond 64 bits"),
    (_set("created_ns", True), "created_ns", "not a whole number"),
    (_set("created_utc", "yesterday"), "created_utc", "is not the time of created_ns"),
    (_set("receipt_sha256", "x"), "receipt_sha256", "64 digits"),
    (_set("fee_as_of", "31.3.2026"), "fee_as_of", "Invalid isoformat"),
    (_set("venue", 5), "venue", "not a text"),
    (_set("note", "x" * 3000), "note", "at most 2,000"),
    (_set("receipt", "{}"), "receipt", "does not match its hash"),
    (_set("evil", 1), "", "columns unknown: evil"),
]


async def test_a_bad_cell_is_named_by_line_and_column_and_nothing_is_kept(
    history: Estimates,
) -> None:
    numbers = [await history.save(*sample()) for _ in range(2)]
    content = await taken(history, "jsonl")
    await history.delete_all(numbers)
    for change, field, problem in BAD:
        plain = content.replace(b" [", b"|[").decode()
        rows = [
            {name.partition("|")[0]: value for name, value in json.loads(line).items()}
            for line in plain.splitlines()
        ]
        change(rows[1])
        broken = "\n".join(json.dumps(row) for row in rows).encode()
        report = await history.take_in(broken, "jsonl")
        assert [(bad.line, bad.field) for bad in report.problems] == [(2, field)]
        assert problem in report.problems[0].problem
        assert report.added == await history.count() == 0


async def test_a_number_that_its_own_receipt_denies_is_refused(history: Estimates) -> None:
    number = await history.save(*sample())
    row = json.loads(await taken(history, "jsonl", ALL_COLUMNS))
    await history.delete(number)
    row["total_bps [bps]"] += 1
    report = await history.take_in(json.dumps(row).encode(), "jsonl")
    assert [bad.field for bad in report.problems] == ["total_bps"]
    assert "its receipt says" in report.problems[0].problem


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"a,b\n1,2\n", "unknown: a, b"),
        (b"id\n1\n", "missing: created_ns"),
        (b"", "missing"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
async def test_a_file_of_something_else_is_refused_as_a_whole(
    history: Estimates, content: bytes, problem: str
) -> None:
    with pytest.raises(ImportRefused, match=problem):
        await history.take_in(content, "csv")


async def test_a_line_with_too_few_cells_is_named(history: Estimates) -> None:
    await history.save(*sample())
    content = await taken(history, "csv") + b"1,2\n"
    report = await history.take_in(content, "csv")
    assert [(bad.line, bad.problem[:7]) for bad in report.problems] == [(3, "2 cells")]


async def test_a_file_beyond_the_budget_is_refused(history: Estimates) -> None:
    with pytest.raises(ImportRefused, match="at most 64 MiB"):
        await history.take_in(b"x" * (65 << 20), "csv")
