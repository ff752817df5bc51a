from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from market.instrument import Side
from storage.errors import NotStorable, UnknownEstimate
from storage.estimates import Estimates
from storage.filters import ALL, SORTS, Cursor, HistoryFilter, Sort
from storage.history import Marks
from storage.history_marks import LONGEST_NOTE, MOST_TAGS, marks_of
from storage.store import Store
from tests.storage.samples import HOSTILE, named, sample


@pytest.fixture
async def estimates(url: str) -> AsyncIterator[Estimates]:
    async with await Store.open(url, code_version="1") as store:
        yield store.estimates


async def seven(estimates: Estimates) -> None:
    """Estimates that differ, with equal ones among them."""
    for i in range(7):
        side = Side.SELL if i % 2 else Side.BUY
        await estimates.save(*named(sample(1.0 + i // 2, side), f"venue{i % 3}"))


async def all_pages(
    estimates: Estimates, sort: Sort, size: int = 2, wanted: HistoryFilter = ALL
) -> list[int]:
    seen: list[int] = []
    after: Cursor | None = None
    while True:
        page = await estimates.page(wanted, sort, after, size)
        seen += [line.saved.id for line in page.lines]
        after = page.next
        if after is None:
            return seen


async def test_pages_in_any_order_follow_each_other_without_gap_or_overlap(
    estimates: Estimates,
) -> None:
    await seven(estimates)
    lines = (await estimates.page(size=100)).lines
    for by, is_descending in product(SORTS, (True, False)):

        def key(line, by=by):
            value = getattr(line.saved, by)
            return getattr(value, "value", value), line.saved.id

        expected = [line.saved.id for line in sorted(lines, key=key, reverse=is_descending)]
        found = await all_pages(estimates, Sort(by=by, is_descending=is_descending))
        assert found == expected, by


def test_an_order_by_something_else_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"receipt_sha256.*allowed: created_ns, id"):
        Sort(by="receipt_sha256")


async def test_a_page_that_is_just_full_has_no_next(estimates: Estimates) -> None:
    await seven(estimates)
    assert (await estimates.page(size=7)).next is None


async def test_a_count_with_a_limit_stops_one_above_it(estimates: Estimates) -> None:
    await seven(estimates)
    assert await estimates.count(at_most=3) == 4
    assert await estimates.count(at_most=7) == 7


async def test_any_part_of_either_name_finds_an_instrument_in_any_case(
    estimates: Estimates,
) -> None:
    number = await estimates.save(*sample())
    for part in ("btc", "USDT", "c-u", "BTC/USDT"):
        assert await all_pages(estimates, Sort(), wanted=HistoryFilter(instrument=part)) == [number]


async def test_signs_of_the_search_language_are_plain_text(estimates: Estimates) -> None:
    await estimates.save(*sample())
    for part in ("%", "_", "b%c", "eth"):
        assert await all_pages(estimates, Sort(), wanted=HistoryFilter(instrument=part)) == []


async def test_a_note_is_found_by_any_part_in_any_case_and_alphabet(estimates: Estimates) -> None:
    first, second = [await estimates.save(*sample()) for _ in range(2)]
    await estimates.mark(first, marks_of("", "Перед ПАДЕНИЕМ 🦀"))
    await estimates.mark(second, marks_of("", "before the fall"))
    found = await all_pages(estimates, Sort(), wanted=HistoryFilter(text="падением"))
    assert found == [first]


async def test_a_tag_finds_its_lines_and_is_known(estimates: Estimates) -> None:
    first, second = [await estimates.save(*sample()) for _ in range(2)]
    await estimates.mark(first, marks_of("Big, desk  A", ""))
    await estimates.mark(second, marks_of("other", ""))
    assert await all_pages(estimates, Sort(), wanted=HistoryFilter(tag="desk a")) == [first]
    assert await estimates.tags() == ("big", "desk a", "other")


async def test_new_marks_take_the_place_of_the_old(estimates: Estimates) -> None:
    number = await estimates.save(*sample())
    await estimates.mark(number, marks_of("a, b", "one"))
    await estimates.mark(number, marks_of("c", ""))
    assert (await estimates.line(number)).marks == Marks(tags=("c",), note="")


async def test_an_unknown_line_cannot_be_marked(estimates: Estimates) -> None:
    with pytest.raises(UnknownEstimate):
        await estimates.mark(99, Marks(note="x"))


@given(note=st.text(max_size=40) | st.sampled_from(HOSTILE))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_note_comes_back(estimates: Estimates, note: str) -> None:
    number = await estimates.save(*sample())
    await estimates.mark(number, Marks(note=note))
    assert (await estimates.line(number)).marks.note == note


def test_too_much_is_refused_at_its_field() -> None:
    with pytest.raises(NotStorable, match=f"Note: 2,001 characters; at most {LONGEST_NOTE:,}"):
        marks_of("", "x" * 2_001)
    with pytest.raises(NotStorable, match=f"Tags: 21 are too many; at most {MOST_TAGS}"):
        marks_of(",".join(str(i) for i in range(21)), "")


async def test_several_are_deleted_and_restored_with_their_marks(estimates: Estimates) -> None:
    numbers = [await estimates.save(*sample()) for _ in range(3)]
    await estimates.mark(numbers[1], marks_of("kept", "a note"))
    before = [await estimates.line(number) for number in numbers]
    deleted = await estimates.delete_all(numbers)
    assert await estimates.count() == 0
    assert await estimates.tags() == ()
    await estimates.restore_all(deleted)
    assert [await estimates.line(number) for number in numbers] == before


async def test_when_one_of_several_is_unknown_none_is_deleted(estimates: Estimates) -> None:
    number = await estimates.save(*sample())
    with pytest.raises(UnknownEstimate):
        await estimates.delete_all([number, 99])
    assert await estimates.count() == 1


async def test_a_plot_has_the_newest_in_the_order_of_time(estimates: Estimates) -> None:
    numbers = [await estimates.save(*sample()) for _ in range(4)]
    assert [point.id for point in await estimates.points(most=3)] == numbers[1:]


async def test_a_filter_by_time_includes_its_bounds(estimates: Estimates) -> None:
    clocked = replace(estimates, now_ns=iter([10, 20, 30]).__next__)
    numbers = [await clocked.save(*sample()) for _ in range(3)]
    wanted = HistoryFilter(from_ns=20, to_ns=20)
    assert await all_pages(clocked, Sort(), wanted=wanted) == [numbers[1]]
