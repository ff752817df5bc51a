"""Quotes scored against the book of a little later, on books that are known."""

import asyncio
import json

import numpy as np
import pytest

from engine.clock import ManualClock
from engine.command_line import run
from engine.hub import MarketHub, MarketKey
from engine.latency import LatencyMeter
from engine.score_replay import score
from engine.scoreboard import GONE, TOO_LATE, TOO_MANY, TOO_THIN, Scoreboard
from market.book import BookUpdate
from market.errors import NotKept
from market.instrument import Side
from models.base import Source
from models.estimate import estimate
from models.fee_schedules import custom_tier
from tests.builders import instrument, request

KEY = MarketKey(Source.DEMO, "okx", "BTC-USDT")
DELAYS = (1.0, 5.0)


class Market:
    """A hub that is fed by hand, and a scoreboard on it."""

    def __init__(self, keeper=None):
        self.clock = ManualClock()
        self.hub = MarketHub(self.clock, LatencyMeter())
        self.hub.open(KEY, instrument())
        self.board = Scoreboard(self.hub, self.clock, keeper, DELAYS)

    def book(self, bids=((99.0, 1.0),), asks=((101.0, 1.0), (102.0, 2.0))):
        now_ns = self.clock.now_ns()
        self.hub.apply(
            KEY,
            BookUpdate(
                symbol=KEY.symbol,
                is_snapshot=True,
                rows=np.array([*bids, *asks], dtype=float),
                n_bids=len(bids),
                seq=1,
                event_ns=now_ns,
                recv_ns=now_ns,
            ),
        )

    def quote(self, amount=1.0, side=Side.BUY, **asked):
        wanted = request(amount, side, tier=custom_tier(1.0, 5.0), **asked)
        return estimate(wanted, self.hub.state(KEY))

    def after(self, seconds):
        self.clock.advance(seconds)
        self.board.look()


def line(board, delay_s=1.0):
    return next(one for one in board.scores().lines if one.key.delay_s == delay_s)


def test_a_quote_is_scored_by_hand():
    # buys 1 at 101, mid 100: quoted 100 bps and 5 of fees; a second later 1 costs 101.5: 150 + 5
    market = Market()
    market.book()
    market.board.take(KEY, market.quote())
    market.clock.advance(1.0)
    market.book(asks=((101.0, 0.5), (102.0, 2.0)))
    market.board.look()
    found = line(market.board)
    assert (found.count, found.bias_bps) == (1, pytest.approx(50.0))
    assert market.board.scores().waiting == 1


def test_a_sell_that_gets_less_later_cost_more_than_quoted():
    market = Market()
    market.book(bids=((99.0, 5.0),))
    market.board.take(KEY, market.quote(side=Side.SELL))
    market.clock.advance(1.0)
    market.book(bids=((98.0, 5.0),))
    market.board.look()
    assert line(market.board).bias_bps == pytest.approx(100.0)


def test_a_book_that_stood_still_makes_no_error():
    market = Market()
    market.book()
    market.board.take(KEY, market.quote())
    market.after(1.0)
    assert line(market.board).mean_absolute_bps == pytest.approx(0.0, abs=1e-9)


def test_nothing_is_scored_before_it_is_due():
    market = Market()
    market.book()
    market.board.take(KEY, market.quote())
    market.after(0.9)
    assert market.board.scores().lines == ()


def test_of_one_asker_one_quote_a_second_is_taken():
    market = Market()
    market.book()
    for _ in range(20):
        market.board.show(KEY, market.quote(), "a tab")
        market.clock.advance(0.1)
    market.board.show(KEY, market.quote(), "another tab")
    assert market.board.scores().waiting == 3 * len(DELAYS)


def test_each_reason_not_to_score_is_counted():
    market = Market()
    market.book()
    market.board.take(KEY, market.quote(3.0))
    market.clock.advance(1.0)
    market.book(asks=((101.0, 0.1),))
    market.board.look()
    market.book()
    market.board.take(KEY, market.quote())
    market.after(2.0)
    market.board.take(KEY, market.quote())
    market.hub.break_book(KEY, "an update is missing", "gap")
    market.after(1.0)
    market.hub.close(KEY)
    market.after(5.0)
    found = dict(market.board.scores().unscored)
    assert found[TOO_THIN] == 1
    assert found[TOO_LATE] == 1
    assert found["no trusted book (gap)"] == 1
    assert found[GONE] > 0
    assert market.board.scores().waiting == 0


def test_an_order_that_rests_is_counted_and_not_scored():
    market = Market()
    market.book()
    state = market.hub.state(KEY)
    resting = request(1.0, style="limit", sigma_day=0.03)
    market.board.take(KEY, estimate(resting, state))
    assert dict(market.board.scores().unscored) == {"does not trade at once": len(DELAYS)}


def test_what_waits_is_bounded(monkeypatch):
    monkeypatch.setattr("engine.scoreboard.MOST_WAITING", 4)
    market = Market()
    market.book()
    for _ in range(3):
        market.board.take(KEY, market.quote())
    assert market.board.scores().waiting == 4
    assert dict(market.board.scores().unscored) == {TOO_MANY: 2}


def test_sizes_recipes_and_delays_have_lines_of_their_own():
    market = Market()
    market.book(asks=((101.0, 100.0),))
    for amount, recipe in ((1.0, "exact"), (50.0, "exact"), (1.0, "seed1")):
        market.board.take(KEY, market.quote(amount, recipe=recipe))
    market.after(1.0)
    keys = {(one.key.recipe, one.key.bucket) for one in market.board.scores().lines}
    assert keys == {("exact", 2), ("exact", 3), ("seed1", 2)}


def test_the_line_beside_a_quote_is_that_of_its_kind():
    market = Market()
    market.book()
    quote = market.quote()
    assert market.board.like(quote, 1.0) is None
    market.board.take(KEY, quote)
    market.after(1.0)
    assert market.board.like(quote, 1.0) == line(market.board)
    assert market.board.like(market.quote(recipe="seed1"), 1.0) is None


# -- kept --------------------------------------------------------------------------------------


class Shelf:
    """A keeper that keeps in memory, and may be out of order."""

    def __init__(self):
        self.kept = {}
        self.is_broken = False

    async def load_quotes(self):
        if self.is_broken:
            raise NotKept("full")
        return tuple(self.kept.values())

    async def keep_quotes(self, totals):
        if self.is_broken:
            raise NotKept("full")
        self.kept |= {one.key: one for one in totals}


async def scored_once(shelf):
    market = Market(shelf)
    await market.board.load()
    market.book()
    market.board.take(KEY, market.quote())
    market.after(1.0)
    return market


async def test_totals_go_on_after_a_restart():
    shelf = Shelf()
    for _ in range(2):
        market = await scored_once(shelf)
        await market.board.keep()
    assert line(market.board).count == 2
    [kept] = shelf.kept.values()
    assert kept.count == 2


async def test_what_the_keeper_did_not_take_is_handed_over_again():
    shelf = Shelf()
    market = await scored_once(shelf)
    shelf.is_broken = True
    with pytest.raises(NotKept, match="full"):
        await market.board.keep()
    shelf.is_broken = False
    await market.board.keep()
    assert len(shelf.kept) == 1


async def test_keeping_waits_for_a_database_that_is_not_there_yet():
    shelf = Shelf()
    market = Market(shelf)
    shelf.is_broken = True
    keeping = asyncio.create_task(market.board.persist())
    for _ in range(20):
        await asyncio.sleep(0)
    market.book()
    market.board.take(KEY, market.quote())
    market.after(1.0)
    shelf.is_broken = False
    while not shelf.kept and not keeping.done():
        await asyncio.sleep(0)
    keeping.cancel()
    assert len(shelf.kept) == 1


# -- recordings --------------------------------------------------------------------------------

OKX = "okx/okx_books_trades_20220513.jsonl.gz"


def test_a_recording_is_quoted_and_scored(recordings):
    found = score(recordings / OKX, sizes=(20_000.0,), delays_s=(1.0,))
    assert {one.key.venue_symbol for one in found.lines} >= {"BTC-USDT"}
    assert all(one.key.source is Source.REPLAY for one in found.lines)
    assert all(one.count >= 10 for one in found.lines)


def test_the_command_says_it_for_people_and_for_machines(recordings, tmp_path, capsys):
    file = str(recordings / OKX)
    for command in (["score", file, "--sizes", "20000"], ["fills", file]):
        assert run(command, tmp_path) == 0
        assert "BTC-USDT" in capsys.readouterr().out
        assert run([*command, "--json"], tmp_path) == 0
        assert json.loads(capsys.readouterr().out)
