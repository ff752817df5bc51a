"""Tornado and fee tiers: each assumption moved alone."""

import pytest

from market.errors import OrderError
from market.fee_schedule import FeeSchedule, FeeTier
from market.instrument import Side
from models.base import CostKind
from models.estimate import estimate
from models.execution.market_order import MarketOrder
from models.fee_schedules import schedule
from models.fee_tiers import mixed_rate_bps, next_tier
from models.fees import base_after_fee
from models.resolve import resolve
from models.sensitivity import tornado
from tests.builders import NOW_NS, book, request, state

DEEP = state(book([(99.9, 5), (99.8, 5), (99, 50)], [(100.1, 5), (100.2, 5), (101, 50)]))


def swings(asked, market=DEEP):
    return {swing.key: swing for swing in tornado(asked, market)}


def test_nothing_but_depth_moves_the_total_of_a_market_order():
    found = swings(request(6.0))
    assert [key for key, swing in found.items() if swing.swing_bps] == ["depth"]
    assert [kind for kind, _, _ in found["depth"].components] == [CostKind.DEPTH, CostKind.FEES]


def test_the_ends_of_an_input_are_estimates_with_that_input():
    found = swings(request(6.0, style="limit"))["sigma_day"]
    low = estimate(request(6.0, style="limit", sigma_day=found.low), DEEP)
    high = estimate(request(6.0, style="limit", sigma_day=found.high), DEEP)
    assert (found.low_bps, found.high_bps) == (low.total_bps, high.total_bps)
    assert (found.low, found.high) == (pytest.approx(0.0225), pytest.approx(0.0375))


def test_the_largest_swing_stands_first():
    widths = [abs(swing.swing_bps) for swing in tornado(request(6.0, style="limit"), DEEP)]
    assert widths == sorted(widths, reverse=True)


def test_a_component_beside_the_total_is_shown_to_move_though_the_total_does_not():
    found = swings(request(6.0))["square_root.y"]
    kind, low, high = found.components[0]
    assert kind is CostKind.PERMANENT_IMPACT
    assert high == pytest.approx(4 * low)
    assert found.swing_bps == 0.0


def test_a_switch_goes_from_off_to_on():
    found = swings(request(6.0, recipe="seed1"))["quadratic.measured"]
    assert (found.low, found.high) == (0.0, 1.0)


def test_the_refill_speed_of_a_schedule_is_an_assumption_and_its_duration_is_not():
    keys = swings(request(6.0, style="twap", recipe="schedule"))
    assert "twap.refill_s" in keys
    assert "twap.duration_s" not in keys


def test_what_is_not_known_is_not_moved():
    keys = swings(request(6.0), state(DEEP.book, sigma_day=None, adv=None))
    assert not {"sigma_day", "adv"} & set(keys)


# -- fees --------------------------------------------------------------------------------------

TWO_TIERS = FeeSchedule(
    venue="v",
    product="spot",
    tiers=(
        FeeTier(name="one", maker_bps=8.0, taker_bps=10.0, min_volume_usd=0.0),
        FeeTier(name="unknown", maker_bps=1.0, taker_bps=1.0),
        FeeTier(name="two", maker_bps=7.0, taker_bps=8.0, min_volume_usd=1e6),
    ),
    as_of=schedule("okx", "spot").as_of,
    source="test",
    confidence="high",
)
ONE = TWO_TIERS.tiers[0]


def test_the_next_tier_by_hand():
    # 0.2 M missing; 2 M at 2 bps less: 400 a month; 400 / 0.2 M = 20 bps
    found = next_tier(TWO_TIERS, ONE, volume_usd=8e5, volume_after_usd=2e6)
    assert found.tier.name == "two"
    assert found.missing_usd == pytest.approx(2e5)
    assert found.saving_usd == pytest.approx(400.0)
    assert found.worth_bps == pytest.approx(20.0)


def test_the_maker_share_mixes_the_rates():
    assert mixed_rate_bps(ONE, 0.25) == pytest.approx(9.5)
    found = next_tier(TWO_TIERS, ONE, volume_usd=0.0, volume_after_usd=1e6, maker_share=1.0)
    assert found.better_by_bps == pytest.approx(1.0)


def test_a_tier_that_is_reached_already_misses_nothing():
    found = next_tier(TWO_TIERS, ONE, volume_usd=2e6, volume_after_usd=1e6)
    assert (found.missing_usd, found.worth_bps) == (0.0, None)


def test_the_last_tier_has_no_next():
    assert next_tier(TWO_TIERS, TWO_TIERS.tiers[-1], volume_usd=0.0, volume_after_usd=1.0) is None


def test_an_impossible_volume_is_refused():
    with pytest.raises(OrderError, match="30-day volume"):
        next_tier(TWO_TIERS, ONE, volume_usd=-1.0, volume_after_usd=1.0)


@pytest.mark.parametrize(("side", "expected"), [(Side.BUY, 2 * (1 - 1e-3)), (Side.SELL, None)])
def test_a_fee_in_coins_leaves_fewer_of_them(side, expected):
    market = state()
    asked = request(2.0, side)
    execution = MarketOrder().execute(resolve(asked.order, market), asked, market)
    fees = schedule("okx", "spot")
    found = base_after_fee(fees, fees.tiers[0], execution)
    assert found == (None if expected is None else pytest.approx(expected))
    assert market.as_of_ns == NOW_NS
