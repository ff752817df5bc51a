"""Learning in the engine: over recordings, on a live hub, kept and taken up again."""

import dataclasses
import json

import numpy as np
import pytest

from engine.clock import ManualClock
from engine.command_line import run
from engine.hub import MarketHub, MarketKey
from engine.latency import LatencyMeter
from engine.learning.headless import learn
from engine.learning.report import as_table, size_text
from engine.learning.trainer import Trainer
from engine.quoter import Quoter
from market.book import BookUpdate
from market.errors import OrderError
from market.instrument import Side
from market.order import Order
from market.units import NS_PER_S
from models.base import Request, Source
from models.learning.spec import LearningSpec
from tests.builders import swap
from tests.models.tapes import drifting

KEY = MarketKey(Source.DEMO, "okx", "BTC-USDT-SWAP")
OTHER = KEY._replace(source=Source.LIVE)
SPEC = LearningSpec(delays_ns=(NS_PER_S,), models=("linear",), min_rows=200)
S1 = Request(
    order=Order(side=Side.BUY, amount=10.0),
    recipe="learned",
    parameters={"learned.delay_ms": 1000.0},
)


class Shelf:
    """Keeps in memory what the trainer hands over."""

    def __init__(self):
        self.snapshots, self.metrics = [], []

    async def keep(self, snapshot):
        self.snapshots.append(snapshot)
        return len(self.snapshots)

    async def take(self, snapshot_id):
        return self.snapshots[snapshot_id - 1]

    async def latest(self, source, venue, symbol):
        mine = [
            i
            for i, s in enumerate(self.snapshots, 1)
            if (s.source, s.venue, s.symbol) == (source, venue, symbol)
        ]
        return mine[-1] if mine else None

    async def keep_metrics(self, rows):
        self.metrics.extend(rows)


class Desk:
    """A hub that is fed by hand in its own time, and a trainer beside it."""

    def __init__(self, shelf=None, keys=(KEY,)):
        self.clock = ManualClock()
        self.hub = MarketHub(self.clock, LatencyMeter())
        self.trainer = Trainer(self.hub, self.clock, SPEC, shelf)
        for key in keys:
            self.hub.open(key, swap(lot_size=1e-9, min_size=1e-9, contract_size=1.0))

    def show(self, book, key=KEY):
        rows = np.array(
            [
                *zip(book.bid_prices, book.bid_sizes, strict=True),
                *zip(book.ask_prices, book.ask_sizes, strict=True),
            ]
        )
        now = self.clock.now_ns()
        self.hub.apply(
            key,
            BookUpdate(
                symbol=key.symbol,
                is_snapshot=True,
                rows=rows,
                n_bids=len(book.bid_prices),
                seq=book.seq,
                event_ns=now,
                recv_ns=now,
            ),
        )

    async def play(self, seconds, keys=(KEY,), seed=1):
        """A book of every key each tenth of a second, a lesson a second."""
        for i, book in enumerate(drifting(round(10 * seconds), 0.5, 0.3, seed)):
            if i % 10 == 0:
                await self.trainer.turn()
            self.clock.advance(0.1)
            for key in keys:
                self.show(book, key)
        await self.trainer.turn()


# -- on a hub ----------------------------------------------------------------------------------


async def test_a_market_that_is_open_is_learned_from_and_priced():
    desk = Desk()
    await desk.play(40)
    state = desk.trainer.state(KEY)
    assert (state.delays[0].missing, state.delays[0].champion) == ("", "linear")
    quote = Quoter(desk.hub, LatencyMeter(), desk.clock).quote(KEY, S1)
    assert quote.estimate is not None, quote.refusal


async def test_a_cold_market_refuses_the_learned_price_and_says_how_far_it_is():
    desk = Desk()
    await desk.play(8)
    quote = Quoter(desk.hub, LatencyMeter(), desk.clock).quote(KEY, S1)
    assert quote.estimate is None
    assert quote.refusal.startswith("learning: ")
    assert quote.refusal.endswith(" of 200 labels")


async def test_two_sources_of_one_instrument_never_mix():
    desk = Desk(keys=(KEY, OTHER))
    await desk.play(40, keys=(KEY,))
    assert desk.trainer.state(KEY).settled > 200
    assert desk.trainer.state(OTHER).settled == 0
    assert desk.hub.state(OTHER).learned is None or not desk.hub.state(OTHER).learned.served


async def test_a_break_discards_what_waits_and_is_counted():
    desk = Desk()
    await desk.play(8)
    desk.hub.break_book(KEY, "a gap", "gap")
    await desk.trainer.turn()
    state = desk.trainer.state(KEY)
    assert state.discarded > 0
    assert state.waiting == 0


async def test_a_crossed_book_is_not_asked():
    desk = Desk()
    await desk.play(8)
    before = desk.trainer.state(KEY).probes
    for book in drifting(50, 0.0, 0.0, seed=3):
        desk.clock.advance(0.1)
        desk.show(
            dataclasses.replace(book, bid_prices=book.ask_prices + 1, ask_prices=book.bid_prices)
        )
    await desk.trainer.turn()
    # the sound book of before is asked until the first crossed one came
    assert desk.trainer.state(KEY).probes <= before + 2


async def test_a_fault_in_learning_stops_the_learning_and_not_the_book(monkeypatch, caplog):
    desk = Desk()
    await desk.play(3)
    monkeypatch.setattr(desk.trainer._probing.collectors[KEY], "advance", lambda *_: 1 / 0)
    desk.clock.advance(1.0)
    desk.show(next(drifting(1, 0.0, 0.0, seed=1)))
    await desk.trainer.turn()
    assert "ZeroDivisionError" in desk.trainer.state(KEY).trouble
    assert desk.hub.state(KEY).book is not None
    assert "stopped" in caplog.text


async def test_a_market_that_is_closed_is_forgotten():
    desk = Desk()
    await desk.play(3)
    desk.hub.close(KEY)
    await desk.trainer.turn()
    assert desk.trainer.states() == ()


# -- kept and taken up -------------------------------------------------------------------------


async def test_a_restart_goes_on_from_the_last_snapshot_and_says_so():
    shelf = Shelf()
    first = Desk(shelf)
    await first.play(40)
    await first.trainer.close()
    second = Desk(shelf)
    await second.play(8, seed=2)
    state = second.trainer.state(KEY)
    assert (state.is_warm, state.warm_from) == (True, "snapshot 1")
    assert state.delays[0].models[0].is_warm
    assert state.delays[0].missing == ""


async def test_a_snapshot_is_kept_on_schedule_and_marks_every_minute():
    shelf = Shelf()
    desk = Desk(shelf)
    await desk.play(40)
    desk.clock.advance(600)
    await desk.trainer.turn()
    assert [s.reason for s in shelf.snapshots] == ["schedule"]
    assert {row.model for row in shelf.metrics} == {"linear"}


async def test_a_user_can_keep_and_go_back():
    shelf = Shelf()
    desk = Desk(shelf)
    await desk.play(40)
    number = await desk.trainer.save(KEY, "good")
    before = desk.trainer.state(KEY).delays[0].served.form.coefficients
    await desk.play(30, seed=5)
    await desk.trainer.load(KEY, number)
    await desk.play(1, seed=6)
    after = desk.trainer.state(KEY)
    assert after.warm_from == f"snapshot {number}"
    assert np.array_equal(after.delays[0].served.form.coefficients, before)


async def test_nothing_can_be_kept_before_it_has_learned():
    desk = Desk(Shelf())
    await desk.play(4)
    with pytest.raises(OrderError, match="nothing is fitted yet"):
        await desk.trainer.save(KEY)


async def test_a_snapshot_of_another_market_is_refused():
    shelf = Shelf()
    desk = Desk(shelf, keys=(KEY, OTHER))
    await desk.play(40)
    number = await desk.trainer.save(KEY)
    with pytest.raises(OrderError, match=r"is of demo okx BTC-USDT-SWAP .*live okx"):
        await desk.trainer.load(OTHER, number)


async def test_a_snapshot_that_cannot_be_used_leaves_a_cold_start():
    shelf = Shelf()
    first = Desk(shelf)
    await first.play(40)
    await first.trainer.close()
    shelf.snapshots[0].body["format"] = 99
    second = Desk(shelf)
    await second.play(4)
    assert not second.trainer.state(KEY).is_warm
    assert second.trainer.state(KEY).delays[0].missing.startswith("learning")


# -- recordings --------------------------------------------------------------------------------


def test_learning_runs_over_a_recording(recordings):
    states = learn(
        recordings / "okx/okx_books_trades_20220513.jsonl.gz",
        spec=dataclasses.replace(SPEC, delays_ns=(0, 250_000_000)),
    )
    assert {state.symbol for state in states} == {"BTC-USDT", "BTC-USD-220527", "UNI-USD-SWAP"}
    assert all(state.settled > 100 and not state.trouble for state in states)


def test_the_same_recording_gives_the_same_marks(recordings):
    path = recordings / "okx/okx_books_trades_20220513.jsonl.gz"
    spec = dataclasses.replace(SPEC, min_rows=100)
    first, second = (as_table(learn(path, spec=spec, symbols=("BTC-USDT",))) for _ in range(2))
    assert first == second


def test_the_command_prints_marks_for_programs(recordings, capsys):
    path = recordings / "okx/okx_books_trades_20220513.jsonl.gz"
    arguments = ["learn", str(path), "--json", "--instrument", "BTC-USDT", "--model", "linear"]
    assert run([*arguments, "--delay-ms", "0", "--min-rows", "100"], path.parent) == 0
    [market] = json.loads(capsys.readouterr().out)
    [delay] = market["delays"]
    assert delay["label"] == "now"
    assert {"size", "r2", "mae", "coverage", "walk_mse"} <= delay["models"][0]["marks"][0].keys()


@pytest.mark.parametrize(
    ("wrong", "named"),
    [(["--min-rows", "3"], "minimum of samples"), (["--delay-ms", "-1"], "delays")],
)
def test_settings_that_cannot_be_meant_are_named(tmp_path, capsys, wrong, named):
    assert run(["learn", "a.jsonl.gz", *wrong], tmp_path) == 1
    assert named in capsys.readouterr().err


@pytest.mark.parametrize(
    ("bucket", "text"), [(None, "all"), (3, "1k"), (5, "100k"), (6, "1M"), (0, "1"), (-2, "0.01")]
)
def test_sizes_are_written_as_people_say_them(bucket, text):
    assert size_text(bucket) == text


# -- a recording that is played again ----------------------------------------------------------


async def test_a_stretch_that_is_played_again_teaches_nothing():
    desk = Desk()
    began_ns = desk.clock.now_ns()
    await desk.play(20)
    learned = desk.trainer.state(KEY).probes
    desk.clock.advance((began_ns - desk.clock.now_ns()) / NS_PER_S)
    desk.hub.break_book(KEY, "taken back", "syncing")
    await desk.play(19)
    assert desk.trainer.state(KEY).probes == learned
    await desk.play(10)
    assert desk.trainer.state(KEY).probes > learned


async def test_a_stretch_that_is_played_again_after_a_restart_teaches_nothing():
    shelf = Shelf()
    desk = Desk(shelf)
    await desk.play(40)
    await desk.trainer.close()
    again = Desk(shelf)
    await again.play(39)
    assert again.trainer.state(KEY).is_warm
    assert again.trainer.state(KEY).probes == 0
