"""The totals of S2a, S2b and Aegis on one book, worked by hand, with the labels they need.

The default book: bids 99 x 1, 98 x 2; asks 101 x 1, 102 x 2; mid 100. Taker 10 bps.
"""

import math

import pytest

from market.errors import OrderError
from market.instrument import Side
from models.base import CostKind
from models.estimate import estimate
from models.fee_schedules import custom_tier
from models.impact.seed2b import book_shape_sigma
from models.slippage.aegis import linear_blend_pct, quantile_blend_pct
from tests.builders import book, request, state

FEES = custom_tier(8.0, 10.0)


def priced(recipe, amount=2.0, side=Side.BUY, parameters=None, of=None, policy="partial"):
    asked = request(
        amount,
        side,
        recipe=recipe,
        sigma_day=0.02,
        tier=FEES,
        parameters=parameters,
        depth_policy=policy,
    )
    return estimate(asked, state(of or book()))


def money(estimated, kind):
    return estimated.component(kind).quote(estimated.notional)


def test_the_sum_of_s2a_by_hand():
    # USD 200: walk 101.5 / 100 - 1 = 1.5 %, floor 0.0005 * 2 = 0.1 %: slippage 3 quote
    # fee 0.1 % of 200 = 0.2; V10 = 3, q = 2: 0.1 * 0.02 * 2/3 + 0.05 * 0.02 * sqrt(2/3)
    estimated = priced("seed2a")
    impact = 0.1 * 0.02 * 2 / 3 + 0.05 * 0.02 * math.sqrt(2 / 3)
    assert money(estimated, CostKind.SLIPPAGE) == pytest.approx(3.0)
    assert money(estimated, CostKind.FEES) == pytest.approx(0.2)
    assert money(estimated, CostKind.IMPACT) == pytest.approx(200 * impact)
    assert estimated.total_quote == pytest.approx(3.2 + 200 * impact)


def test_the_floor_of_s2a_takes_over_from_the_walk():
    # USD 100,000 on a book that hardly slips: 0.0005 * 1000 = 50 %
    deep = book([(99.99, 1e6)], [(100.01, 1e6)])
    estimated = priced("seed2a", 1000.0, of=deep)
    assert estimated.component(CostKind.SLIPPAGE).bps == pytest.approx(5000.0)


def test_without_its_floor_s2a_is_the_walk():
    deep = book([(99.99, 1e6)], [(100.01, 1e6)])
    estimated = priced("seed2a", 1000.0, parameters={"slippage_s2a.floor": 0.0}, of=deep)
    assert estimated.component(CostKind.SLIPPAGE).bps == pytest.approx(1.0)


def test_s2a_prices_what_the_book_lacks_five_percent_beyond_it():
    # 4 coins: 101 + 2 * 102 + 1 * 107.1 = 412.1, average 103.025
    estimated = priced("seed2a", 4.0, policy="penalty")
    assert estimated.component(CostKind.SLIPPAGE).bps == pytest.approx(302.5)
    assert money(estimated, CostKind.SLIPPAGE) == pytest.approx(12.1)


def test_the_sum_of_s2b_by_hand():
    # USD 200: slip 0.02 % of one coin at 100 = 0.02 quote; fee 0.2
    # impact (0.314 + 0.142) * 0.02 * sqrt(400) = 0.1824; in % of 100: 0.1824 %, of 200: 0.3648
    estimated = priced("seed2b")
    assert money(estimated, CostKind.SLIPPAGE) == pytest.approx(0.02)
    assert money(estimated, CostKind.FEES) == pytest.approx(0.2)
    assert money(estimated, CostKind.IMPACT) == pytest.approx(0.3648)
    assert estimated.total_quote == pytest.approx(0.5848)


def test_the_percentage_of_s2b_may_be_taken_of_the_order():
    estimated = priced("seed2b", parameters={"slippage_s2b.of_order": 1.0})
    assert money(estimated, CostKind.SLIPPAGE) == pytest.approx(0.04)


def test_s2b_takes_its_volatility_from_the_shape_of_one_book():
    # mids 100, 101, 100 of the first three levels: steps 0.01 and -1/101
    shaped = book([(99, 1), (98, 1), (95, 1)], [(101, 1), (104, 1), (105, 1)])
    steps = (0.01, -1 / 101)
    spread = abs(steps[0] - steps[1]) / 2
    assert book_shape_sigma(shaped) == pytest.approx(spread * math.sqrt(8760))
    estimated = priced("seed2b", 1.0, parameters={"impact_s2b.from_levels": 1.0}, of=shaped)
    expected = 1e4 * 0.456 * spread * math.sqrt(8760) * math.sqrt(200) / 100
    assert estimated.component(CostKind.IMPACT).bps == pytest.approx(expected)


def test_s2b_has_no_volatility_from_two_levels_and_says_so():
    estimated = priced("seed2b", parameters={"impact_s2b.from_levels": 1.0})
    assert estimated.component(CostKind.IMPACT) is None
    assert any("leaves out impact" in warning for warning in estimated.warnings)


def test_the_sum_of_aegis_by_hand():
    # walk against the best quote: 101.5 / 101 - 1 = 0.49505 % of 200 = 0.990099; fee 0.2
    # D = 100 * 6 / 0.02 = 30,000, r = 0.02: (0.1 * 0.02 * 0.02 * sqrt(2 / 30,000)
    #   + 0.02 * 0.02 * 2 / 30,000) * 1.01 / 100
    estimated = priced("aegis")
    share = 2 / 30_000
    impact = (4e-5 * math.sqrt(share) + 4e-4 * share) * 1.01 / 100
    assert money(estimated, CostKind.SLIPPAGE) == pytest.approx(200 * 0.5 / 101)
    assert money(estimated, CostKind.FEES) == pytest.approx(0.2)
    assert money(estimated, CostKind.IMPACT) == pytest.approx(200 * impact)
    assert estimated.total_quote == pytest.approx(200 * (0.5 / 101 + 0.001 + impact))


def test_aegis_prices_what_the_book_lacks_half_a_percent_beyond_it():
    # 4 coins: 305 + 102.51 = 407.51, average 101.8775 against 101
    estimated = priced("aegis", 4.0, policy="penalty")
    assert estimated.component(CostKind.SLIPPAGE).bps == pytest.approx(1e4 * 0.8775 / 101)


def test_aegis_against_the_mid_is_the_walk():
    estimated = priced("aegis", parameters={"slippage_aegis.from_mid": 1.0})
    assert estimated.component(CostKind.SLIPPAGE).bps == pytest.approx(150.0)


def test_the_linear_blend_of_aegis_by_hand():
    # 0.7 * (0.2 + 0.3 + 0.4 + 0.3 + 0.1) + 0.3 * 0.5 = 0.91 + 0.15
    assert linear_blend_pct((1.0, 1.0, 1.0, 1.0, 1.0), 0.5) == pytest.approx(1.06)


def test_the_quantile_blend_of_aegis_by_hand():
    # mean 2, deviation 1, median z = 0: 0.6 * 2 + 0.4 * 5
    assert quantile_blend_pct([1.0, 3.0], 5.0, 0.5) == pytest.approx(3.2)
    # one deviation above: z = 1 at 84.13 %
    assert quantile_blend_pct([1.0, 3.0], 5.0, 0.841345) == pytest.approx(3.8, abs=1e-5)


def test_the_quantile_blend_of_aegis_needs_a_history():
    assert quantile_blend_pct([1.0], 5.0, 0.5) is None
    with pytest.raises(OrderError, match="quantile"):
        quantile_blend_pct([1.0, 2.0], 5.0, 1.0)


@pytest.mark.parametrize("recipe", ["seed2a", "aegis"])
def test_selling_is_the_mirror_image(recipe):
    buying, selling = priced(recipe), priced(recipe, side=Side.SELL)
    tolerance = 1e-12 if recipe == "seed2a" else 0.03
    assert selling.total_bps == pytest.approx(buying.total_bps, rel=tolerance)


@pytest.mark.parametrize(
    ("recipe", "fault"),
    [
        ("seed1", "twice"),
        ("seed2a", "twice"),
        ("seed2b", "mixes units"),
        ("aegis", "divides that impact by 100"),
    ],
)
def test_an_earlier_systems_total_carries_its_warning(recipe, fault):
    assert any(fault in warning for warning in priced(recipe).warnings)


@pytest.mark.parametrize("recipe", ["seed2a", "seed2b", "aegis"])
def test_every_part_with_a_unit_error_names_it(recipe):
    estimated = priced(recipe)
    impact = estimated.component(CostKind.IMPACT).explanation
    assert impact.caveat.startswith("Unit errors: ")


@pytest.mark.parametrize("recipe", ["seed2a", "seed2b", "aegis"])
def test_fees_are_taken_on_the_amount_at_the_mid(recipe):
    assert priced(recipe).component(CostKind.FEES).bps == pytest.approx(10.0)
