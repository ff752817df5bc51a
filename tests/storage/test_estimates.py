import asyncio
import struct
from collections.abc import AsyncIterator
from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import text as sql

from market.book import BookSnapshot
from market.instrument import Side
from models.base import CostEstimate, CostKind, Source
from models.estimate import estimate
from storage.database import Database
from storage.errors import NotStorable, ReceiptBroken, UnknownEstimate
from storage.estimates import Estimates
from storage.filters import HistoryFilter
from storage.history import SavedEstimate
from storage.tables import ESTIMATES
from tests import builders
from tests.storage.samples import Pair, named, pairs, sample

many_on_one_store = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Ticking:
    """A clock that moves one nanosecond at every look."""

    def __init__(self) -> None:
        self.ns = builders.NOW_NS

    def __call__(self) -> int:
        self.ns += 1
        return self.ns


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    opened = await Database.open(url)
    yield opened
    await opened.close()


@pytest.fixture
def estimates(database: Database) -> Estimates:
    return Estimates(database=database, code_version="1.2.3", now_ns=Ticking())


def bits(values: list[float]) -> bytes:
    return struct.pack(f"{len(values)}d", *values)


def same_book(a: BookSnapshot, b: BookSnapshot) -> bool:
    arrays = ("bid_prices", "bid_sizes", "ask_prices", "ask_sizes")
    return all(getattr(a, name).tobytes() == getattr(b, name).tobytes() for name in arrays) and (
        (a.symbol, a.seq, a.event_ns, a.recv_ns) == (b.symbol, b.seq, b.event_ns, b.recv_ns)
    )


@given(pair=pairs())
@many_on_one_store
async def test_a_receipt_gives_back_what_went_in(estimates: Estimates, pair: Pair) -> None:
    made, state = pair
    receipt = await estimates.receipt(await estimates.save(made, state))
    charged = replace(
        receipt.request, fees=made.request.fees, tier=made.request.tier
    )  # the receipt names the fees that were charged, see the test below
    assert replace(receipt.estimate, request=charged) == made
    assert bits(numbers(receipt.estimate)) == bits(numbers(made))
    assert same_book(receipt.book, state.book)
    assert (receipt.instrument, receipt.sigma_day, receipt.adv) == (
        state.instrument,
        state.sigma_day,
        state.adv,
    )


@given(pair=pairs())
@many_on_one_store
async def test_a_line_of_history_shows_what_was_estimated(estimates: Estimates, pair: Pair) -> None:
    made, _ = pair
    saved = await estimates.get(await estimates.save(*pair))
    fill, order = made.fill, made.request.order
    assert [
        saved.average_price,
        saved.worst_price,
        saved.total_bps,
        saved.low_bps,
        saved.high_bps,
        saved.total_quote,
        saved.notional_quote,
        saved.unfilled_base,
        saved.amount,
    ] == [
        fill.average,
        fill.worst,
        made.total_bps,
        made.low_bps,
        made.high_bps,
        made.total_quote,
        made.notional,
        fill.unfilled,
        order.amount,
    ]
    assert (saved.source, saved.side, saved.unit, saved.trust_grade) == (
        made.source,
        order.side,
        order.unit,
        made.trust.grade,
    )
    assert (saved.venue, saved.venue_symbol, saved.recipe, saved.as_of_ns) == (
        made.instrument.venue,
        made.instrument.venue_symbol,
        made.request.recipe,
        made.as_of_ns,
    )


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("recipe", ["exact", "seed1"])
@pytest.mark.parametrize("policy", ["partial", "extrapolate", "penalty"])
async def test_a_receipt_recomputes_bit_for_bit(
    estimates: Estimates, side: Side, recipe: str, policy: str
) -> None:
    levels = [(100.1 + 0.1 * i, 0.1 / (i + 3)) for i in range(400)]
    mirrored = [(200.0 - price, size) for price, size in levels]
    state = builders.state(builders.book(mirrored, levels), instrument=builders.swap())
    request = builders.request(7.77, side, recipe=recipe, depth_policy=policy)
    receipt = await estimates.receipt(await estimates.save(estimate(request, state), state))
    again = estimate(receipt.request, receipt.state)
    assert again == receipt.estimate
    assert bits(numbers(again)) == bits(numbers(receipt.estimate))


def numbers(made: CostEstimate) -> list[float]:
    fill = made.fill
    return [
        made.total_bps,
        made.low_bps,
        made.high_bps,
        made.total_quote,
        made.requested,
        fill.average,
        fill.worst,
        fill.filled,
        *(c.bps for c in made.components),
        *(i.value for c in made.components for i in c.explanation.inputs),
    ]


async def test_a_receipt_keeps_the_published_fees_of_its_day(estimates: Estimates) -> None:
    made, state = sample()
    assert made.request.fees is None
    receipt = await estimates.receipt(await estimates.save(made, state))
    assert receipt.request.fees is not None
    assert receipt.request.tier == receipt.request.fees.tiers[0]


async def test_a_line_names_the_date_of_the_fees(estimates: Estimates) -> None:
    number = await estimates.save(*sample())
    saved, receipt = await estimates.get(number), await estimates.receipt(number)
    assert receipt.request.fees is not None
    assert saved.fee_as_of == receipt.request.fees.as_of


async def test_a_book_comes_back_read_only(estimates: Estimates) -> None:
    receipt = await estimates.receipt(await estimates.save(*sample()))
    with pytest.raises(ValueError, match="read-only"):
        receipt.book.ask_sizes[0] = 5.0


async def test_parts_that_are_only_information_are_not_in_the_line(estimates: Estimates) -> None:
    made, state = sample()
    beside = made.component(CostKind.PERMANENT_IMPACT)
    assert beside is not None and not beside.is_in_total
    saved = await estimates.get(await estimates.save(made, state))
    assert saved.permanent_impact_bps is None


async def test_the_parts_of_a_line_add_up_to_its_total(estimates: Estimates) -> None:
    saved = await estimates.get(await estimates.save(*sample()))
    parts = [getattr(saved, f"{kind}_bps") for kind in CostKind]
    assert sum(part for part in parts if part is not None) == pytest.approx(saved.total_bps)


async def test_numpy_scalars_are_kept_as_plain_numbers(estimates: Estimates) -> None:
    made, state = sample()
    strange = replace(made, total_bps=np.float64(1.5), book_seq=np.int64(made.book_seq))
    saved = await estimates.get(await estimates.save(strange, state))
    assert type(saved.total_bps) is float


async def test_a_changed_receipt_is_refused(estimates: Estimates, database: Database) -> None:
    number = await estimates.save(*sample())
    change = sql("UPDATE receipts SET body = replace(body, '101.0', '100.0')")
    await database.write(lambda c: c.execute(change).rowcount)
    with pytest.raises(ReceiptBroken, match="changed after it was saved"):
        await estimates.receipt(number)


async def test_a_receipt_swapped_for_another_is_refused(
    estimates: Estimates, database: Database
) -> None:
    first, second = await estimates.save(*sample(1.0)), await estimates.save(*sample(2.0))
    swap = sql(
        "UPDATE receipts SET body = (SELECT body FROM receipts WHERE estimate_id = :second)"
        " WHERE estimate_id = :first"
    )
    await database.write(lambda c: c.execute(swap, {"first": first, "second": second}).rowcount)
    with pytest.raises(ReceiptBroken):
        await estimates.receipt(first)


async def test_a_missing_receipt_is_said_to_be_missing(
    estimates: Estimates, database: Database
) -> None:
    number = await estimates.save(*sample())
    await database.write(lambda c: c.execute(sql("DELETE FROM receipts")).rowcount)
    with pytest.raises(ReceiptBroken, match="missing"):
        await estimates.receipt(number)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
async def test_a_number_that_is_not_finite_is_refused(estimates: Estimates, value: float) -> None:
    made, state = sample()
    with pytest.raises(NotStorable, match="high_bps is"):
        await estimates.save(replace(made, high_bps=value), state)
    assert await estimates.count() == 0


async def test_an_infinity_deep_in_the_receipt_is_refused(estimates: Estimates) -> None:
    made, state = sample()
    with pytest.raises(NotStorable, match="adv"):
        await estimates.save(made, replace(state, adv=float("inf")))


async def test_an_estimate_is_not_kept_with_another_book(estimates: Estimates) -> None:
    made, _ = sample()
    with pytest.raises(NotStorable, match="does not belong"):
        await estimates.save(made, builders.state(builders.book(seq=8)))


async def test_an_estimate_is_not_kept_without_a_book(estimates: Estimates) -> None:
    made, _ = sample()
    with pytest.raises(NotStorable):
        await estimates.save(made, builders.state(no_book=True))


async def test_text_that_utf8_does_not_have_is_refused(estimates: Estimates) -> None:
    with pytest.raises(NotStorable):
        await estimates.save(*named(sample(), "\ud800"))


async def test_newest_comes_first(estimates: Estimates) -> None:
    numbers = [await estimates.save(*sample()) for _ in range(3)]
    assert [line.id for line in await estimates.recent()] == numbers[::-1]


@pytest.mark.parametrize(
    "wanted",
    [
        HistoryFilter(source=Source.LIVE),
        HistoryFilter(venue="other"),
        HistoryFilter(side=Side.SELL),
        HistoryFilter(min_notional_quote=150.0),
        HistoryFilter(from_ns=builders.NOW_NS + 2),
        HistoryFilter(side=Side.SELL, source=Source.LIVE, venue="other"),
    ],
)
async def test_a_filter_keeps_what_it_names(estimates: Estimates, wanted: HistoryFilter) -> None:
    await estimates.save(*sample(1.0))
    other = await estimates.save(
        *named(sample(2.0, Side.SELL, source=Source.LIVE), "other"),
    )
    assert [line.saved.id for line in (await estimates.page(wanted)).lines] == [other]
    assert await estimates.count(wanted) == 1


@pytest.mark.parametrize(
    "wanted",
    [
        HistoryFilter(to_ns=builders.NOW_NS),
        HistoryFilter(max_notional_quote=1.0),
        HistoryFilter(venue_symbol="' OR 1=1 --"),
        HistoryFilter(style="%"),
    ],
)
async def test_a_filter_leaves_out_the_rest(estimates: Estimates, wanted: HistoryFilter) -> None:
    await estimates.save(*sample())
    assert (await estimates.page(wanted)).lines == ()


async def test_a_deleted_estimate_is_gone(estimates: Estimates) -> None:
    number = await estimates.save(*sample())
    await estimates.delete(number)
    with pytest.raises(UnknownEstimate, match=f"no saved estimate {number}"):
        await estimates.get(number)


async def test_undo_brings_back_the_line_and_its_receipt(estimates: Estimates) -> None:
    number = await estimates.save(*sample())
    before, receipt = await estimates.get(number), await estimates.receipt(number)
    await estimates.restore(await estimates.delete(number))
    assert await estimates.get(number) == before
    assert (await estimates.receipt(number)).estimate == receipt.estimate


async def test_undo_twice_is_harmless(estimates: Estimates) -> None:
    deleted = await estimates.delete(await estimates.save(*sample()))
    assert await estimates.restore(deleted) == await estimates.restore(deleted)
    assert await estimates.count() == 1


async def test_the_number_of_a_deleted_estimate_is_not_given_again(estimates: Estimates) -> None:
    number = await estimates.save(*sample())
    await estimates.delete(number)
    assert await estimates.save(*sample()) > number


@pytest.mark.parametrize("number", [0, -1, 99])
async def test_an_unknown_number_is_said_to_be_unknown(estimates: Estimates, number: int) -> None:
    for verb in (estimates.get, estimates.receipt, estimates.delete):
        with pytest.raises(UnknownEstimate):
            await verb(number)


async def test_a_number_beyond_64_bits_is_refused_in_our_words(estimates: Estimates) -> None:
    with pytest.raises(NotStorable):
        await estimates.get(2**70)


async def test_concurrent_saves_all_get_their_own_number(estimates: Estimates) -> None:
    numbers = await asyncio.gather(*(estimates.save(*sample()) for _ in range(200)))
    assert len(set(numbers)) == await estimates.count() == 200


async def test_a_bad_save_does_not_hurt_those_queued_beside_it(estimates: Estimates) -> None:
    made, state = sample()
    bad = replace(made, total_bps=float("nan"))
    answers = await asyncio.gather(
        estimates.save(made, state),
        estimates.save(bad, state),
        estimates.save(made, state),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers] == [int, NotStorable, int]
    assert await estimates.count() == 2


async def test_what_leaves_history_is_frozen(estimates: Estimates) -> None:
    saved = await estimates.get(await estimates.save(*sample()))
    with pytest.raises(FrozenInstanceError):
        saved.venue = "other"  # type: ignore[misc]


def test_a_line_of_history_has_a_field_for_every_column() -> None:
    assert [field.name for field in fields(SavedEstimate)] == [c.name for c in ESTIMATES.columns]
