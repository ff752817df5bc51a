"""Almgren et al. 2005, I-Star, transient impact, the block book, and how far apart they are."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base import CostKind
from models.catalog import recipe, style
from models.estimate import estimate
from models.execution.market_order import MarketOrder
from models.impact.almgren_2005 import impact_2005
from models.impact.facts import facts_of
from models.impact.i_star import IStarImpact
from models.impact.kernels import ExponentialDecay, NoDecay, PowerDecay
from models.impact.obizhaeva_wang import (
    best_factor,
    best_slices,
    constant_rate_factor,
)
from models.impact.propagator import PropagatorImpact
from models.impact.range import SHARES, impact_range, opinions
from models.impact.square_root import SquareRootImpact
from models.impact.transient import best_trades, gram, price_path, transient_cost
from models.resolve import resolve
from tests.builders import book, request, state

DEEP = book([(100, 1e6)], [(100, 1e6)])
WHOLE = [model for model in SHARES if model is not SquareRootImpact]
RECIPES = {
    "almgren_chriss": "worked_almgren_chriss",
    "almgren_2005": "worked_2005",
    "i_star": "worked_i_star",
    "propagator": "worked_transient",
    "obizhaeva_wang": "worked_block_book",
}
every_worked = pytest.mark.parametrize("model", WHOLE, ids=[m.name for m in WHOLE])


def executed(amount=100.0, parameters=None, **changed):
    market, asked = state(DEEP, **changed), request(amount, parameters=parameters)
    return MarketOrder().execute(resolve(asked.order, market), asked, market)


def cost(model, amount=100.0, parameters=None, **changed):
    chosen = {f"{model.name}.{k}": v for k, v in (parameters or {}).items()}
    asked = request(amount, recipe=RECIPES[model.name], parameters=chosen)
    return estimate(asked, state(DEEP, **changed)).component(CostKind.IMPACT).bps


# V, Theta (millions), sigma; I; then T: K and J as printed in the paper, bps
IBM = (6.561, 1728.0, 0.0157, 20, {0.1: (22, 32), 0.2: (15, 25), 0.5: (8, 18)})
DRI = (1.929, 168.0, 0.0226, 22, {0.1: (32, 43), 0.2: (21, 32), 0.5: (12, 23)})


@pytest.mark.parametrize("row", [IBM, DRI], ids=["IBM", "DRI"])
@pytest.mark.parametrize("horizon", [0.1, 0.2, 0.5])
def test_the_published_rows_of_almgren_2005(row, horizon):
    volume, outstanding, sigma, permanent, printed = row
    impact = impact_2005(0.1, horizon, sigma, outstanding / volume)
    assert round(impact.permanent) == permanent
    assert (round(impact.temporary), round(impact.paid)) == printed[horizon]


def test_the_published_permanent_impact_to_three_digits():
    assert impact_2005(0.1, 0.1, 0.0157, 1728 / 6.561).permanent == pytest.approx(19.860, abs=5e-4)
    assert impact_2005(0.1, 0.1, 0.0226, 168 / 1.929).permanent == pytest.approx(21.679, abs=5e-4)


def test_the_2005_component_by_hand():
    # 1e4 * 0.03 * (0.314 * 0.01 * 200^0.25 / 2 + 0.142 * 0.24^0.6) = 1.7713 + 18.0955
    model = WHOLE[[m.name for m in WHOLE].index("almgren_2005")]
    assert cost(model) == pytest.approx(1.7713 + 18.0937, abs=2e-3)


def test_i_star_by_hand():
    # I* = 708 * 0.01^0.55 * 0.57315^0.71 = 37.87; POV = 0.01 / (0.01 + 1/24) = 0.19355
    model = IStarImpact()
    whole = model.instantaneous_bps(0.01, 0.03 * 365**0.5)
    assert whole == pytest.approx(37.87, abs=0.01)
    expected = whole * (0.98 * 0.193548**0.5 + 0.02)
    assert cost(IStarImpact) == pytest.approx(expected, rel=1e-5)


@given(b1=st.floats(0, 1))
def test_i_star_at_all_of_the_volume_is_the_instantaneous_cost(b1):
    model = IStarImpact(b1=b1)
    assert model.impact_bps(0.01, 0.5, 1.0) == pytest.approx(model.instantaneous_bps(0.01, 0.5))


def test_i_stars_timing_risk_is_that_of_a_constant_rate():
    # 1e4 sigma sqrt(Q/ADV (1-POV)/POV / (3 * 365)): other volume over ADV is the horizon
    share, sigma, horizon = 0.01, 0.5, 1 / 24
    pov = share / (share + horizon)
    book_form = 1e4 * sigma * math.sqrt(share * (1 - pov) / pov / 3 / 365)
    assert book_form == pytest.approx(1e4 * sigma / 365**0.5 * math.sqrt(horizon / 3))


@pytest.mark.parametrize("weight", [0.05, 0.3, 1.0])
def test_no_participation_near_i_stars_best_is_better(weight):
    model, share, sigma = IStarImpact(), 0.01, 0.5
    best = model.best_participation(share, sigma, weight)

    def objective(pov):
        risk = 1e4 * sigma * math.sqrt(share * (1 - pov) / pov / 1095)
        return model.impact_bps(share, sigma, pov) + weight * risk

    grid = np.exp(np.linspace(math.log(1e-4), -1e-9, 4000))
    assert objective(best) <= min(objective(pov) for pov in grid) + 1e-6


def test_a_trader_who_minds_risk_participates_more():
    best = [IStarImpact().best_participation(0.01, 0.5, weight) for weight in (0.05, 0.3, 1.0)]
    assert best == sorted(best)
    assert best[0] < best[-1]


@every_worked
@given(small=st.floats(1.0, 2000.0), large=st.floats(1.0, 2000.0))
def test_a_larger_order_has_more_impact(model, small, large):
    small, large = sorted((small, large))
    assert cost(model, small) <= cost(model, large) * (1 + 1e-12)


@every_worked
@given(calm=st.floats(0.001, 0.5), wild=st.floats(0.001, 0.5))
def test_a_more_volatile_market_has_more_impact(model, calm, wild):
    calm, wild = sorted((calm, wild))
    assert cost(model, sigma_day=calm) <= cost(model, sigma_day=wild) * (1 + 1e-12)


@every_worked
def test_nothing_traded_has_no_impact(model):
    assert cost(model, 1e-9) == pytest.approx(0.0, abs=1e-3)


@every_worked
def test_a_longer_horizon_costs_less(model):
    day, hour = cost(model, parameters={"horizon_min": 1440.0}), cost(model)
    assert day < hour


@every_worked
def test_one_percent_of_the_day_in_one_hour_is_of_the_size_of_the_square_root_law(model):
    # 2/3 * 1e4 * 0.03 * sqrt(0.01) = 20 bps
    assert 20 * 0.7 < cost(model) < 20 * 1.5


@pytest.mark.parametrize("name", ["propagator", "obizhaeva_wang"])
def test_what_is_assumed_is_anchored_on_the_square_root_law(name):
    model = WHOLE[[m.name for m in WHOLE].index(name)]
    assert cost(model) == pytest.approx(20.0, rel=0.02)


def test_the_average_of_the_square_root_is_two_thirds_of_its_peak():
    paid = np.sqrt((np.arange(100_000) + 0.5) / 100_000).mean()
    assert paid == pytest.approx(2 / 3, rel=1e-6)


def test_without_decay_any_schedule_costs_half_the_square():
    pushes = gram(NoDecay(g0=3.0), 1.0, 7)
    for schedule in (np.full(7, 2.0), np.array([14.0, 0, 0, 0, 0, 0, 0])):
        assert transient_cost(schedule, pushes) == pytest.approx(3 * 14**2 / 2)


def test_with_decay_at_once_the_best_slices_are_equal():
    pushes = gram(ExponentialDecay(g0=1.0, time=1e-6), 1.0, 9)
    assert best_trades(9.0, pushes) == pytest.approx(np.ones(9))


KERNELS = [
    ExponentialDecay(g0=2.0, time=0.3),
    PowerDecay(g0=2.0, time=0.01, b=0.45),
    PowerDecay(g0=2.0, time=0.01, b=0.45, floor=0.5),
]


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_best_slices_add_up_and_are_symmetric_in_time(kernel):
    best = best_trades(5.0, gram(kernel, 1.0, 12))
    assert best.sum() == pytest.approx(5.0)
    assert best == pytest.approx(best[::-1])
    assert best[0] > best[5] > 0


@pytest.mark.parametrize("kernel", KERNELS)
@given(shift=st.lists(st.floats(-1, 1), min_size=8, max_size=8))
def test_no_other_slices_cost_less(kernel, shift):
    pushes = gram(kernel, 1.0, 8)
    best = best_trades(5.0, pushes)
    moved = best + np.array(shift) - np.mean(shift)
    assert transient_cost(best, pushes) <= transient_cost(moved, pushes) + 1e-9


def test_the_cost_is_what_the_path_charges():
    # each trade pays the price before it and half of its own push
    pushes = gram(KERNELS[1], 1.0, 6)
    sizes = np.array([3.0, 1, -2, 4, 0, 1])
    path = price_path(sizes, pushes)
    paid = sizes @ (path - np.diag(pushes) * sizes / 2)
    assert transient_cost(sizes, pushes) == pytest.approx(paid)


@given(number=st.integers(1, 60), resilience=st.floats(0.0, 1e3))
def test_slices_in_a_block_book_add_up_and_are_symmetric(number, resilience):
    slices = best_slices(number, resilience)
    assert slices.sum() == pytest.approx(1.0)
    assert slices == pytest.approx(slices[::-1])


def test_slices_in_a_block_book_are_the_best_under_exponential_decay():
    # time 0.2 over a horizon of 1: resilience 5
    pushes = gram(ExponentialDecay(g0=1.0, time=0.2), 1.0, 10)
    assert best_slices(10, 5.0) == pytest.approx(best_trades(1.0, pushes), rel=1e-6)


def test_a_book_that_never_refills_is_taken_in_two_halves():
    assert best_slices(5, 0.0).tolist() == [0.5, 0, 0, 0, 0.5]
    assert best_factor(0.0) == 0.5
    assert constant_rate_factor(0.0) == 0.5


def test_a_book_that_refills_at_once_is_taken_in_equal_slices():
    assert best_slices(5, 1e9) == pytest.approx(np.full(5, 0.2))


@given(resilience=st.floats(0.0, 1e4))
def test_the_best_schedule_never_costs_more_than_a_constant_rate(resilience):
    assert best_factor(resilience) <= constant_rate_factor(resilience) + 1e-9


@pytest.mark.parametrize("resilience", [0.5, 5.0, 50.0])
def test_the_factors_are_those_of_many_slices(resilience):
    pushes = gram(ExponentialDecay(g0=1.0, time=1 / resilience), 1.0, 1500)
    stream = np.full(1500, 1 / 1500)
    assert transient_cost(stream, pushes) == pytest.approx(
        constant_rate_factor(resilience), rel=0.03
    )
    assert transient_cost(best_slices(1500, resilience), pushes) == pytest.approx(
        best_factor(resilience), rel=0.03
    )


def test_the_range_holds_every_model_that_applies_cheapest_first():
    spread = impact_range(executed())
    assert len(spread.components) == len(SHARES)
    costs = [c.bps for c in spread.components]
    assert costs == sorted(costs)
    assert (spread.low.bps, spread.high.bps) == (min(costs), max(costs))
    assert not any(c.is_in_total for c in spread.components)


def test_models_outside_their_range_say_so():
    # 0.01 % of the day: I-Star was fitted from 0.1 % on
    spread = impact_range(executed(1.0))
    assert [a.model for a in spread.absent] == ["i_star"]
    assert "outside 0.001 to 0.3" in spread.absent[0].reason


def test_without_a_volume_the_range_is_empty_and_says_why():
    spread = impact_range(executed(adv=None))
    assert spread.low is None
    assert spread.high is None
    assert all("volume" in a.reason for a in spread.absent)


def test_a_parameter_of_the_request_reaches_the_range():
    spread = impact_range(executed(parameters={"i_star.a1": 0.0}))
    assert spread.low.model == "i_star"
    assert spread.low.bps == 0.0


def test_the_timing_risk_of_an_hour_by_hand():
    # 1e4 * 0.03 * sqrt(1/24 / 3)
    facts = facts_of(executed(), 60.0)
    assert facts.horizon_day == pytest.approx(1 / 24)
    assert facts.timing_bps == pytest.approx(300 * (1 / 72) ** 0.5)


def test_an_order_worked_over_time_brings_its_own_horizon():
    # ten parts a minute apart are worked over ten minutes, whatever the model's own horizon
    market, asked = state(DEEP), request(100.0, style="twap")
    over = {"twap.slices": 10.0, "twap.duration_s": 600.0}
    worked = style("twap", over).execute(resolve(asked.order, market), asked, market)
    assert facts_of(worked, 60.0).horizon_day == pytest.approx(600 / 86_400)


def test_a_block_book_takes_its_density_from_the_visible_book():
    # 1.5 base per quote: k = 10,000 / 1.5 / (0.03 * 100) - 1.18; ends 1 / (rho T + 2)
    asked = request(1.0, recipe="worked_block_book", parameters={"obizhaeva_wang.from_book": 1.0})
    priced = estimate(asked, state()).component(CostKind.IMPACT)
    push = 10_000 / 1.5 / 3 - 1.18
    resilience = math.log(2) * 12
    expected = 300 * 1e-4 * (0.59 + push / (resilience + 2))
    assert priced.bps == pytest.approx(expected)


def test_a_block_book_of_one_level_gives_a_reason():
    asked = request(1.0, recipe="worked_block_book", parameters={"obizhaeva_wang.from_book": 1.0})
    assert "too shallow" in estimate(asked, state(DEEP)).absent[0].reason


def test_the_best_slices_of_a_propagator_cost_no_more_than_equal_ones():
    model = WHOLE[[m.name for m in WHOLE].index("propagator")]
    assert cost(model, parameters={"best": 1.0}) < cost(model)


@every_worked
def test_a_worked_order_warns_that_it_is_not_sent_at_once(model):
    priced = estimate(request(100.0, recipe=RECIPES[model.name]), state(DEEP))
    assert any("worked over the model's horizon" in warning for warning in priced.warnings)


@every_worked
def test_a_worked_order_is_not_walked_as_well(model):
    kinds = {m.kind for m in recipe(RECIPES[model.name]).adds}
    assert not kinds & {CostKind.DEPTH, CostKind.SLIPPAGE, CostKind.TEMPORARY_IMPACT}


def test_the_opinions_on_a_request_are_those_on_its_execution():
    asked, market = request(100.0), state(DEEP)
    execution = MarketOrder().execute(resolve(asked.order, market), asked, market)
    assert opinions(asked, market) == impact_range(execution)


@pytest.mark.parametrize("best", [0.0, 1.0])
def test_five_hundred_transient_slices_cost_what_all_pairs_of_them_cost(best):
    model = PropagatorImpact(slices=500.0, best=best)
    fractions, _ = model.schedule(1 / 24)
    times = np.linspace(0.0, 1 / 24, 500)
    kernel = PowerDecay(g0=1.0, time=10 / 86_400, b=0.45)
    pairs = kernel.at(np.abs(times[:, None] - times[None, :]))
    _, pushes = model.schedule(1 / 24)
    assert transient_cost(fractions, pushes) == pytest.approx(fractions @ pairs @ fractions / 2)
    assert fractions.sum() == pytest.approx(1.0)
