"""Tiers and schedules."""

from datetime import date

import pytest

from market.errors import OrderError
from market.fee_schedule import FeeSchedule, FeeTier

SCHEDULE = FeeSchedule(
    venue="okx",
    product="swap",
    tiers=(
        FeeTier(name="Regular", maker_bps=2.0, taker_bps=5.0),
        FeeTier(name="VIP 9", maker_bps=-0.5, taker_bps=1.5),
    ),
    as_of=date(2026, 10, 16),
    source="test",
    confidence="high",
)


def test_a_tier_is_found_by_its_name():
    assert SCHEDULE.tier("VIP 9").taker_bps == 1.5


def test_an_unknown_tier_is_refused_with_those_there_are():
    with pytest.raises(OrderError) as refused:
        SCHEDULE.tier("VIP 10")
    assert refused.value.allowed == "Regular, VIP 9"


def test_a_rebate_is_a_negative_rate():
    assert SCHEDULE.tier("VIP 9").maker_bps == -0.5


@pytest.mark.parametrize("rate", [float("nan"), 1001.0, -1001.0, float("inf")])
@pytest.mark.parametrize("side", ["maker_bps", "taker_bps"])
def test_a_rate_above_a_tenth_of_the_notional_mixed_up_its_units(side, rate):
    with pytest.raises(OrderError, match=side):
        FeeTier(**{"name": "typed", "maker_bps": 0.0, "taker_bps": 0.0, side: rate})
