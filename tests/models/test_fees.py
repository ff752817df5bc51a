"""Fees: what a venue publishes, and what is charged."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.errors import OrderError
from market.fee_schedule import ChargedIn, FeeSchedule, FeeTier
from market.instrument import Side
from models.base import Absent, CostKind, Execution, Origin
from models.depth_curve import DepthCurve
from models.depth_policy import depth_policy
from models.estimate import estimate
from models.fee_schedules import custom_tier, published, schedule
from models.fees import FeeModel, age_warning
from models.walk import walk
from tests.builders import NOW_NS, book, instrument, request, state, swap

TODAY = datetime.fromtimestamp(NOW_NS / 1e9, UTC).date()


def execution(of_request, of_state, maker_share=0.0, quantity=1.0):
    curve = DepthCurve.of(of_state.book, of_request.order.side)
    return Execution(
        fill=walk(curve, quantity, depth_policy("partial")),
        maker_share=maker_share,
        state=of_state,
        request=of_request,
        sigma_day=None,
        sigma_origin=Origin.MEASURED,
    )


def aged(days):
    tier = FeeTier(name="Regular", maker_bps=1.0, taker_bps=2.0)
    return FeeSchedule(
        venue="okx",
        product="spot",
        tiers=(tier,),
        as_of=TODAY - timedelta(days=days),
        source="test",
        confidence="high",
    )


@pytest.mark.parametrize(
    ("venue", "product", "tier", "maker", "taker"),
    [
        ("okx", "spot", "Regular User LV1", 8.0, 10.0),
        ("okx", "spot", "VIP 9", -0.5, 1.5),
        ("okx", "swap", "Regular User LV1", 2.0, 5.0),
        ("okx", "futures", "VIP 1", 1.6, 4.5),
        ("binance", "usdm", "VIP 9", 0.0, 1.7),
        ("bybit", "linear", "VIP 0", 2.0, 5.5),
        ("kraken", "spot", "Tier 1", 40.0, 80.0),
        ("coinbase", "advanced", "Intro 1", 60.0, 120.0),
        ("deribit", "weekly_futures", "Standard", -1.0, 5.0),
    ],
)
def test_published_rates(venue, product, tier, maker, taker):
    row = schedule(venue, product).tier(tier)
    assert (row.maker_bps, row.taker_bps) == (maker, taker)


@pytest.mark.parametrize("fees", published().values(), ids=lambda f: f"{f.venue}-{f.product}")
def test_a_better_tier_never_costs_more(fees):
    for worse, better in zip(fees.tiers, fees.tiers[1:], strict=False):
        assert better.maker_bps <= worse.maker_bps
        assert better.taker_bps <= worse.taker_bps


@pytest.mark.parametrize("fees", published().values(), ids=lambda f: f"{f.venue}-{f.product}")
def test_every_schedule_says_where_it_comes_from(fees):
    assert fees.source
    assert fees.confidence
    assert date(2026, 1, 1) < fees.as_of < date(2026, 12, 31)
    assert fees.tiers[0].min_volume_usd == 0


def test_taker_fee_is_charged_on_what_is_executed():
    # one coin at 101 with the mid at 100: 10 bps * 101 / 100
    fees = FeeModel().estimate(execution(request(), state()))
    assert fees.bps == pytest.approx(10.1)
    assert fees.quote(100.0) == pytest.approx(0.101)


def test_a_swap_uses_the_swap_schedule():
    # 5 bps * 101 / 100
    fees = FeeModel().estimate(execution(request(), state(instrument=swap())))
    assert fees.bps == pytest.approx(5.05)
    assert "2026-10-16" in fees.explanation.source


def test_maker_and_taker_are_mixed_by_the_maker_share():
    # a quarter at 8, three quarters at 10: 9.5, on 101 / 100
    fees = FeeModel().estimate(execution(request(), state(), maker_share=0.25))
    assert fees.bps == pytest.approx(9.595)


def test_a_rebate_is_not_clipped():
    tier = schedule("okx", "spot").tier("VIP 9")
    locked = state(book([(100, 5)], [(100, 5)]))
    fees = FeeModel().estimate(execution(request(tier=tier), locked, maker_share=1.0))
    assert fees.bps == pytest.approx(-0.5)


def test_a_typed_tier_says_so():
    fees = FeeModel().estimate(execution(request(tier=custom_tier(1.0, 3.0)), state()))
    assert fees.bps == pytest.approx(3.03)
    assert fees.explanation.source == "typed"
    assert fees.explanation.inputs[0].origin is Origin.TYPED


@pytest.mark.parametrize("rate", [float("nan"), 5000.0, -5000.0])
def test_a_typed_rate_has_limits(rate):
    with pytest.raises(OrderError, match="-1000 to 1000 bps"):
        custom_tier(0.0, rate)


def test_an_unknown_market_has_no_fees_and_says_so():
    nowhere = state(instrument=instrument(venue="nowhere"))
    fees = FeeModel().estimate(execution(request(), nowhere))
    assert isinstance(fees, Absent)
    assert fees.reason == "no schedule for nowhere spot"
    assert any("leaves out fees" in w for w in estimate(request(), nowhere).warnings)


def test_a_spot_buy_pays_in_coins_and_says_how_many_are_left():
    # 10 bps of one coin
    fees = FeeModel().estimate(execution(request(), state()))
    assert "you receive 0.999 BTC" in fees.explanation.caveat


def test_a_spot_sale_pays_in_money():
    fees = FeeModel().estimate(execution(request(side=Side.SELL), state()))
    assert "taken in" not in fees.explanation.caveat


def test_a_fee_on_what_is_spent_costs_a_seller_coins():
    assert schedule("kraken", "spot").charged_in is ChargedIn.SPENT
    kraken = state(instrument=instrument(venue="kraken"))
    # 80 bps of one coin on top
    fees = FeeModel().estimate(execution(request(side=Side.SELL), kraken))
    assert "you give away 1.008 BTC" in fees.explanation.caveat


def test_a_swap_pays_in_its_settlement_currency():
    fees = FeeModel().estimate(execution(request(), state(instrument=swap())))
    assert "taken in" not in fees.explanation.caveat


@pytest.mark.parametrize(("days", "is_old"), [(0, False), (180, False), (181, True)])
def test_a_schedule_is_old_after_half_a_year(days, is_old):
    warning = age_warning(request(fees=aged(days)), state())
    assert (warning is not None) is is_old
    if is_old:
        assert "181 days old" in warning


def test_an_old_schedule_does_not_matter_to_a_typed_rate():
    assert age_warning(request(fees=aged(999), tier=custom_tier(1, 2)), state()) is None


@given(maker=st.floats(-50, 50), taker=st.floats(0, 100), share=st.floats(0, 1))
def test_the_mixed_rate_lies_between_maker_and_taker(maker, taker, share):
    locked = state(book([(100, 5)], [(100, 5)]))
    of = execution(request(tier=custom_tier(maker, taker)), locked, maker_share=share)
    low, high = sorted((maker, taker))
    assert low - 1e-9 <= FeeModel().estimate(of).bps <= high + 1e-9


def test_fees_of_the_estimate_are_of_the_requested_tier():
    vip = schedule("okx", "swap").tier("VIP 1")
    priced = estimate(request(1.0, tier=vip), state(instrument=swap()))
    assert priced.component(CostKind.FEES).bps == pytest.approx(4.5 * 1.01)
