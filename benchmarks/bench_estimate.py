"""What a page asks for: one full estimate, every component with its explanation.

Held against the compiled ladder of 64 sizes on both sides of the same book, which gives numbers
without explanations. The share of a core includes freezing the book, at ten estimates a second.
"""

import time
from collections.abc import Callable

import numpy as np

from benchmarks.frames import Frames
from benchmarks.report import Section
from benchmarks.row import Row, at_most, microseconds
from benchmarks.stopwatch import Block, Spread, interleave, ratio
from benchmarks.workloads import SIGMA_DAY, SIZES, Ladder, ladder_of
from feeds.okx import Okx
from market.book import BookUpdate, OrderBook
from market.instrument import Instrument, Side
from market.order import Order, Unit
from market.trust import Trust
from models.base import MarketState, Request, Source
from models.estimate import estimate
from models.ladder import CostLadder, LadderTerms

ROUNDS = 100
CALLS = 100
"""A block: long enough for the clock, short enough to stay beside its neighbour."""
PER_SECOND = 10
NS_TO_PERCENT = PER_SECOND / 1e9 * 100
REQUEST = Request(order=Order(side=Side.BUY, amount=1e5, unit=Unit.QUOTE))


def run(frames: Frames, *, quick: bool = False) -> Section:
    """Estimate, ladders, and estimate with a fresh state."""
    book, instrument = last_book(frames), frames.instrument
    state = frozen(book, instrument)
    work = ladder_of(frames)
    few, many = (ladder(work, sizes) for sizes in (np.array(SIZES), np.geomspace(1e3, 1e6, 64)))
    blocks = {
        "estimate": repeated(lambda: estimate(REQUEST, state)),
        "from book": repeated(lambda: estimate(REQUEST, frozen(book, instrument))),
        "ladder of 64": repeated(lambda: many.update(book)),
        "ladder of 8": repeated(lambda: few.update(book)),
    }
    times = interleave(blocks, rounds=2 if quick else ROUNDS)
    each = {name: microseconds(min(taken) / CALLS) for name, taken in times.items()}
    rows = [
        Row(
            work="estimate, all components and explanations",
            reference="ladder of 64 sizes × 2 sides, same book",
            ratio=ratio(times, "estimate", "ladder of 64"),
            target=at_most(25),
            note=f"least time {each['estimate']} against {each['ladder of 64']}",
        ),
        Row(
            work="estimate, all components and explanations",
            reference="ladder of 8 sizes × 2 sides, same book",
            ratio=ratio(times, "estimate", "ladder of 8"),
            note=f"least time {each['estimate']} against {each['ladder of 8']}",
        ),
        Row(
            work=f"freeze the book and estimate, {PER_SECOND} a second",
            reference="one core",
            ratio=Spread.of([t / CALLS * NS_TO_PERCENT for t in times["from book"]]),
            unit="%",
            target=at_most(1),
            note=f"least time {each['from book']}",
        ),
    ]
    return "An estimate", f"{frames}, last book. CPU time per block of {CALLS} calls.", rows


def repeated(call: Callable[[], object]) -> Block:
    """The same call over and over."""

    def loop() -> None:
        for _ in range(CALLS):
            call()

    return Block(loop)


def ladder(work: Ladder, sizes: np.ndarray) -> CostLadder:
    """With the terms of a tick."""
    terms = LadderTerms(taker_bps=work.taker_bps, fit=work.fit, quadratic=work.quadratic)
    return CostLadder(sizes, terms)


def last_book(frames: Frames) -> OrderBook:
    """After all updates."""
    symbol = frames.instrument.venue_symbol
    venue, book = Okx({symbol: frames.instrument}), OrderBook(symbol)
    for frame in (frames.snapshot, *frames.updates):
        for event in venue.receive(frame, time.time_ns()):
            if isinstance(event, BookUpdate):
                book.apply(event)
    return book


def frozen(book: OrderBook, instrument: Instrument) -> MarketState:
    """A state that can be priced."""
    return MarketState(
        source=Source.REPLAY,
        instrument=instrument,
        book=book.snapshot(),
        trust=Trust(),
        sigma_day=SIGMA_DAY,
        sigma_origin="set for the benchmark",
        adv=1e5,
        as_of_ns=book.recv_ns,
    )
