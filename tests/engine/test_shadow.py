"""Shadow orders of a market: placed, settled, judged and learned from, on tapes that are known."""

import asyncio
import math

import numpy as np
import pytest

from engine.clock import ManualClock
from engine.hub import MarketHub, MarketKey
from engine.latency import LatencyMeter
from engine.shadow.book import ShadowBook
from engine.shadow.desk import MOST_MARKETS, ShadowDesk
from engine.shadow.judging import Judge
from engine.shadow.market import LEAST_LABELS, ShadowMarket
from engine.shadow.placing import TICKS, ShadowPlan
from engine.shadow.replay import shadow
from engine.tape import Stretch, Tape
from market.book import BookUpdate
from market.errors import NotKept, OrderError
from market.instrument import Side
from market.trade import Trade
from market.trust import Doubt, Grade
from models.base import Source
from models.fill.fill_features import fill_features
from models.fill.shadow_orders import PROPORTIONAL
from tests.builders import book, instrument, state

S = 1_000_000_000
KEY = MarketKey(Source.DEMO, "okx", "BTC-USDT")
PLAN = ShadowPlan(horizons_s=(1.0, 5.0))
LISTED = instrument(tick_size=1.0)


def trade(at_s, price=99.0, size=1.0, aggressor=Side.SELL):
    return Trade(
        symbol="BTC-USDT",
        price=price,
        size=size,
        aggressor=aggressor,
        event_ns=0,
        recv_ns=round(at_s * S),
    )


def market_state(of=None, **changed):
    return state(of or book(), instrument=LISTED, **changed)


def says_half(placed):
    return np.full((*placed.analytic.shape, 4), 0.5)


def followed(says=says_half, plan=PLAN):
    """A shadow book whose tape has begun, so that its next book brings orders (at 2 s)."""
    shadows = ShadowBook(says, plan)
    shadows.see_trade(trade(0.0, price=101.0, aggressor=Side.BUY))
    shadows.see_trade(trade(1.0))
    return shadows


# -- placed and settled ------------------------------------------------------------------------


def test_orders_stand_inside_at_and_behind_both_best_prices():
    # spread 2 ticks: one inside, at the best, one behind; three are out of reach within 5 s
    shadows = followed()
    shadows.see_book(market_state(), 2 * S)
    assert shadows.placed == 6
    [settled] = shadows.see_book(market_state(), 3 * S)
    assert settled.placed.ticks.tolist() == [-1, 0, 1] * 2


def test_nothing_stands_inside_a_spread_of_one_tick():
    shadows = followed()
    tight = market_state(book([(99.0, 1.0)], [(100.0, 1.0)]))
    shadows.see_book(tight, 2 * S)
    [settled] = shadows.see_book(tight, 3 * S)
    assert -1 not in settled.placed.ticks.tolist()


def test_an_order_is_judged_at_every_horizon_and_then_forgotten():
    shadows = followed()
    shadows.see_book(market_state(), 2 * S)
    horizons = [
        settled.horizon
        for at_s in (2.5, 3, 4.5, 7)
        for settled in shadows.see_book(market_state(), round(at_s * S))
        if settled.placed.ns == 2 * S
    ]
    assert horizons == [0, 1]
    assert all(batch.placed.ns > 2 * S for batch in shadows._batches)


def test_a_fill_after_the_horizon_does_not_count_for_it():
    # trades through everything at 3.5 s: no fill within 1 s of 2 s, a fill within 5 s
    shadows = followed()
    shadows.see_book(market_state(), 2 * S)
    shadows.see_trade(trade(3.5, price=90.0, size=1000.0))
    first, second = (
        settled
        for at_s in (3.6, 7)
        for settled in shadows.see_book(market_state(), round(at_s * S))
        if settled.placed.ns == 2 * S
    )
    buys = slice(0, 3)
    assert not first.is_filled[:, buys].any()
    assert second.is_filled[:, buys].all()


def test_a_book_that_breaks_gives_its_orders_up_and_counts_them():
    shadows = followed()
    shadows.see_book(market_state(), 2 * S)
    doubt = Doubt(Grade.REFUSE, "gap", "an update is missing")
    assert shadows.see_book(market_state(doubts=[doubt]), 3 * S) == ()
    assert shadows.discarded == {"gap": 6}
    assert shadows.live == 0


def test_without_trades_or_volatility_nothing_is_placed_and_the_reason_is_told():
    shadows = ShadowBook(says_half, PLAN)
    shadows.see_book(market_state(), 2 * S)
    assert (shadows.placed, shadows.waits_for) == (0, "trades")
    shadows = followed()
    shadows.see_book(market_state(sigma_day=None), 2 * S)
    assert (shadows.placed, shadows.waits_for) == (0, "the volatility")


def test_the_budget_bounds_what_is_followed_however_long_it_runs():
    plan = ShadowPlan(horizons_s=(1.0, 60.0), every_s=0.1, budget=32)
    shadows = followed(plan=plan)
    most = 0
    for tenth in range(20, 2000):
        shadows.see_book(market_state(), tenth * S // 10)
        most = max(most, shadows.live)
    assert 0 < most <= 32


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"horizons_s": (5.0, 1.0)}, "horizons"),
        ({"horizons_s": ()}, "horizons"),
        ({"every_s": 0.0}, "horizons and pause"),
        ({"budget": 3}, "budget"),
    ],
)
def test_a_plan_that_cannot_be_followed_is_refused(wrong, field):
    with pytest.raises(OrderError) as refused:
        ShadowPlan(**wrong)
    assert refused.value.field == field
    assert refused.value.allowed


# -- judged and learned ------------------------------------------------------------------------


def look(market, at_s, trades=(), of=None):
    """One look as the desk makes it: trades since the last one, then the book."""
    stretch = Stretch(tuple(trades), market.next_trade + len(trades), 0, 0)
    market.look(stretch, market_state(of), round(at_s * S))


def takers(rng, seconds, price, aggressor):
    """Ones that are traded at the best price: a Poisson stream, one per second."""
    times = rng.uniform(0.0, seconds, rng.poisson(seconds))
    return [trade(at_s, price, aggressor=aggressor) for at_s in times]


def simulated(seconds=1600):
    """2 base at both best prices all the time, taken from by two Poisson streams of ones."""
    rng = np.random.default_rng(4)
    tape = takers(rng, seconds, 99.0, Side.SELL) + takers(rng, seconds, 101.0, Side.BUY)
    tape.sort(key=lambda one: one.recv_ns, reverse=True)
    market = ShadowMarket(KEY, PLAN)
    steady = book([(99.0, 2.0), (98.0, 2.0)], [(101.0, 2.0), (102.0, 2.0)])
    for half in range(2 * seconds):
        due = []
        while tape and tape[-1].recv_ns < half * S // 2:
            due.append(tape.pop())
        look(market, half / 2, due, steady)
    for fit in market.fittings():
        fit()
    return market, steady


@pytest.fixture(scope="module")
def known():
    return simulated()


def at_least(n, mean):
    """P(Poisson(mean) >= n)."""
    return 1 - sum(math.exp(-mean) * mean**k / math.factorial(k) for k in range(n))


def test_a_known_chance_of_a_fill_is_recovered(known):
    # At the best, 2 ahead, ones are taken: orders of 0.1 and 1 fill with the third, of 10 with the
    # twelfth; a third of each. Within 5 s at 1 per second: (2 * 0.875 + 0.005) / 3 = 0.585
    expected = (2 * at_least(3, 5.0) + at_least(12, 5.0)) / 3
    market, _ = known
    [found] = [r for r in market.report().rates if (r.ticks, r.horizon_s) == (0, 5.0)]
    error = math.sqrt(expected * (1 - expected) / (found.settled / 3))
    assert found.proportional / found.settled == pytest.approx(expected, abs=3 * error)


def test_without_cancels_the_three_views_agree(known):
    market, _ = known
    for rate in market.report().rates:
        assert rate.pessimistic == rate.proportional == rate.optimistic


def test_the_learned_chance_is_near_the_known_one(known):
    market, steady = known
    rows = fill_features(
        steady,
        signs=np.ones(2),
        prices=np.full(2, 99.0),
        quantities=np.array([1.0, 10.0]),
        ahead=np.full(2, 2.0),
        horizons_s=np.array([1.0, 5.0]),
        tick=1.0,
        sigma_day=0.03,
        buy_rate=1.0,
        sell_rate=1.0,
    )
    [boosted] = [one for one in market.learners if one.name == "boosted"]
    said = boosted.predict(rows.reshape(-1, rows.shape[-1]))
    known_ones = [at_least(3, 1.0), at_least(12, 1.0), at_least(3, 5.0), at_least(12, 5.0)]
    assert said == pytest.approx(known_ones, abs=0.1)


def test_the_frozen_coefficients_rank_orders_as_they_should(known):
    market, steady = known
    learned = market.learned()
    said = [
        learned.probability(
            steady,
            Side.BUY,
            price=price,
            quantity=quantity,
            queue_ahead=2.0,
            horizon_s=horizon_s,
            sigma_day=0.03,
            tick=1.0,
        )
        for price, quantity, horizon_s in (
            (99.0, 1.0, 5.0),
            (99.0, 10.0, 5.0),
            (99.0, 10.0, 1.0),
            (98.0, 10.0, 1.0),
        )
    ]
    assert said == sorted(said, reverse=True)


def noisy(seconds=400):
    """The price jumps away and back at random moments, either way; sizes say nothing."""
    rng = np.random.default_rng(8)
    market = ShadowMarket(KEY, PLAN)
    for quarter in range(4 * seconds):
        sizes = rng.uniform(1.0, 9.0, 2)
        jump = rng.choice([-4.0, 4.0]) if quarter % 8 == 3 and rng.random() < 0.5 else 0.0
        bid, ask = 99.0 + jump, 100.0 + jump
        of = book([(bid, sizes[0]), (bid - 1, 2.0)], [(ask, sizes[1]), (ask + 1, 2.0)])
        at_s = quarter / 4
        prints = [trade(at_s, bid, 1e-6), trade(at_s, ask, 1e-6, Side.BUY)]
        look(market, at_s, prints if quarter % 8 == 5 else [], of)
        for fit in market.fittings():
            fit()
    return market.report()


def test_from_pure_noise_no_skill_is_claimed():
    report = noisy()
    learned = [s for s in report.scores if s.model in ("logistic", "boosted")]
    assert {s.model for s in learned} == {"logistic", "boosted"}
    assert not any(s.verdict == "better than the base rate" for s in learned)
    assert "no better than the base rate" in report.headline or "worse" in report.headline


def test_a_cold_start_shows_no_learned_number():
    market = ShadowMarket(KEY, PLAN)
    look(market, 0.0, [trade(0.0)])
    report = market.report()
    assert report.learning == f"learning: 0 of {LEAST_LABELS}"
    assert report.headline == report.learning
    assert market.learned() is None
    assert market.fittings() == ()


def test_a_model_is_asked_before_it_learns_the_outcome():
    # After one fit at the end, nothing that was settled before it was said by that fit.
    market, _ = simulated(seconds=300)
    assert market.learned() is not None
    assert market.report().score("logistic") is None


def test_trades_that_were_missed_give_the_orders_up():
    market = ShadowMarket(KEY, PLAN)
    look(market, 0.0, [trade(0.0)])
    look(market, 2.0)
    assert market.report().live > 0
    market.look(Stretch((trade(3.0),), 9, 5, 0), market_state(), 3 * S)
    assert dict(market.report().discarded) == {"trades were missed": 6}


def test_a_book_that_broke_between_two_looks_gives_the_orders_up():
    market = ShadowMarket(KEY, PLAN)
    look(market, 0.0, [trade(0.0)])
    look(market, 2.0)
    market.look(Stretch((), market.next_trade, 0, 1), market_state(), 3 * S)
    assert dict(market.report().discarded) == {"the book broke": 6}


def test_time_may_go_back_after_a_break():
    market = ShadowMarket(KEY, PLAN)
    look(market, 1000.0, [trade(1000.0)])
    look(market, 1002.0)
    market.look(Stretch((), 0, 0, 1), market_state(), 10 * S)
    market.look(Stretch((trade(10.1),), 1, 0, 1), market_state(), round(10.2 * S))
    market.look(Stretch((), 1, 0, 1), market_state(), 12 * S)
    assert market.report().live == 6


def test_totals_go_on_where_they_were_kept(known):
    market, _ = known
    again = ShadowMarket(KEY, PLAN)
    again.resume(market.keep())
    first, second = market.report(), again.report()
    assert second.rates == first.rates
    assert second.settled == first.settled
    assert [s.score.brier for s in second.scores] == pytest.approx(
        [s.score.brier for s in first.scores]
    )


def test_the_base_rate_starts_at_one_half_and_learns_by_distance(known):
    market, _ = known
    assert market._judge.settled_at(0) > 0
    shadows = followed(says=lambda placed: asked.append(placed) or says_half(placed))
    asked = []
    shadows.see_book(market_state(), 2 * S)
    assert (Judge(PLAN.horizons_s).base_rates(asked[0]) == 0.5).all()
    rates = market._judge.base_rates(asked[0])
    assert rates[1, TICKS.index(0)] > 0.2
    assert rates[1, 2] < 0.05


# -- live --------------------------------------------------------------------------------------


class Shelf:
    """A keeper that keeps in memory, and may be out of order."""

    def __init__(self, kept=()):
        self.kept = {one.market: one for one in kept}
        self.is_broken = False

    async def load_fills(self):
        if self.is_broken:
            raise NotKept("full")
        return tuple(self.kept.values())

    async def keep_fills(self, totals):
        self.kept |= {one.market: one for one in totals}


def snapshot(clock, of=None):
    of = of or book()
    rows = np.array(
        [
            *zip(of.bid_prices, of.bid_sizes, strict=True),
            *zip(of.ask_prices, of.ask_sizes, strict=True),
        ]
    )
    return BookUpdate(
        symbol="BTC-USDT",
        is_snapshot=True,
        rows=rows,
        n_bids=len(of.bid_prices),
        seq=1,
        event_ns=clock.now_ns(),
        recv_ns=clock.now_ns(),
    )


async def live(seconds=30, shelf=None):
    """A hub that is fed by hand and a desk that looks four times a second."""
    clock = ManualClock()
    hub = MarketHub(clock, LatencyMeter())
    hub.open(KEY, LISTED)
    desk = ShadowDesk(hub, clock, shelf, PLAN)
    rng = np.random.default_rng(1)
    for _ in range(4 * seconds):
        moved = 99.0 + rng.integers(0, 2)
        hub.apply(KEY, snapshot(clock, book([(moved, 1.0)], [(moved + 2, 1.0)])))
        hub.apply(KEY, trade(clock.now_ns() / S, price=moved))
        await desk.look()
        clock.advance(0.25)
    return hub, desk, clock


async def test_the_desk_follows_every_open_market_and_reports():
    _, desk, _ = await live()
    report = desk.report(KEY)
    assert report.placed > 0 and report.settled > 0
    assert report.market == KEY


async def test_a_market_that_closes_is_let_go():
    hub, desk, _ = await live()
    hub.close(KEY)
    await desk.look()
    assert desk.report(KEY) is None


async def test_totals_survive_in_the_keeper():
    shelf = Shelf()
    _, desk, _ = await live(shelf=shelf)
    await desk.load()
    await desk.keep()
    [kept] = shelf.kept.values()
    assert kept.market == tuple(KEY)
    assert sum(rate.settled for rate in kept.rates) > 0


async def test_orders_are_followed_while_the_database_is_not_there():
    clock, shelf = ManualClock(), Shelf()
    shelf.is_broken = True
    hub = MarketHub(clock, LatencyMeter())
    hub.open(KEY, LISTED)
    desk = ShadowDesk(hub, clock, shelf, PLAN)
    running = asyncio.create_task(desk.run())
    async with asyncio.timeout(5):
        while desk.report(KEY) is None and not running.done():
            await asyncio.sleep(0)
    running.cancel()
    assert desk.report(KEY) is not None


async def test_earlier_totals_join_those_that_came_before_the_database():
    shelf = Shelf()
    for _ in range(2):
        _, desk, _ = await live(shelf=shelf)
        await desk.look()
        counted = sum(rate.settled for rate in desk.report(KEY).rates)
        await desk.load()
        await desk.keep()
    [kept] = shelf.kept.values()
    assert sum(rate.settled for rate in kept.rates) == 2 * counted


async def test_earlier_totals_join_those_of_a_market_that_closed_before_the_database_came():
    shelf = Shelf()
    for _ in range(2):
        hub, desk, _ = await live(shelf=shelf)
        await desk.look()
        counted = sum(rate.settled for rate in desk.report(KEY).rates)
        hub.close(KEY)
        await desk.look()
        await desk.load()
        await desk.keep()
    [kept] = shelf.kept.values()
    assert sum(rate.settled for rate in kept.rates) == 2 * counted


async def test_nothing_is_kept_before_the_earlier_totals_are_known():
    shelf = Shelf()
    _, desk, _ = await live(shelf=shelf)
    await desk.keep()
    assert shelf.kept == {}


async def test_markets_beyond_the_budget_wait():
    clock = ManualClock()
    hub = MarketHub(clock, LatencyMeter())
    desk = ShadowDesk(hub, clock, None, PLAN)
    for number in range(MOST_MARKETS + 3):
        hub.open(KEY._replace(symbol=f"X{number}"), LISTED)
    await desk.look()
    await desk.look()
    assert len(desk.reports()) == MOST_MARKETS


def test_the_tape_tells_what_was_missed_and_where_to_go_on():
    tape = Tape(size=3)
    for second in range(5):
        tape.add(trade(float(second)))
    found = tape.since(1)
    assert [t.recv_ns for t in found.trades] == [2 * S, 3 * S, 4 * S]
    assert (found.next, found.missed) == (5, 1)
    assert tape.since(5) == Stretch((), 5, 0, 0)


def test_a_tape_in_the_place_of_another_is_a_break_for_its_readers():
    first, second = Tape(), Tape()
    first.breaks = 2
    second.follow_on(first)
    assert second.since(0).breaks == 3


# -- recordings --------------------------------------------------------------------------------


def test_a_recording_is_followed_to_its_end(recordings):
    found = {r.market.symbol: r for r in shadow(recordings / BYBIT)}
    eth = found["ETHUSDT"]
    assert eth.placed > 0 and eth.settled > 0
    for rate in eth.rates:
        assert rate.pessimistic <= rate.proportional <= rate.optimistic <= rate.settled
    assert PROPORTIONAL == 1


BYBIT = "bybit/bybit_linear_20260809.jsonl.gz"
