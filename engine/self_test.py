"""A short benchmark of this machine, in a process of its own so that the live page keeps its pace.

    python -m engine.self_test        prints the figures as JSON

Book updates of the demo exchange go through the OKX adapter into a book and a ladder of eight sizes
on both sides. Beside it stands the plain JSON decoding of the same bytes (msgspec), in the same
rounds, because a ratio can be compared between machines and a time cannot.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from statistics import median

import msgspec
import numpy as np

from engine.errors import FeedError
from feeds.okx import Okx
from feeds.synthetic.exchange import Exchange
from feeds.synthetic.session import Topic
from market.book import BookUpdate, OrderBook
from market.instrument import Instrument, Kind, Side
from market.order import Order, Unit
from market.trust import Trust
from models.base import MarketState, Request, Source
from models.estimate import estimate
from models.ladder import CostLadder

SIZES = (1e3, 2.5e3, 1e4, 2.5e4, 1e5, 2.5e5, 5e5, 1e6)
"""Money (quote)."""
SYMBOL = "BTC-USDT"
UPDATES, ROUNDS, ESTIMATES = 400, 9, 200
STEP_S = 0.1
LONGEST_S = 60.0


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What this machine does; times are medians."""

    update_us: float
    """One update: decode, apply, ladder (microseconds)."""
    decode_us: float
    """The reference: decoding the same bytes and nothing else."""
    ratio: float
    """Of the two, round by round."""
    estimate_us: float
    """One full estimate with its explanation."""
    updates_per_s: float
    """What one core could carry."""


async def run() -> Figures:
    """Measure in another process; FeedError says why it did not work."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "engine.self_test",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(LONGEST_S):
            out, complaint = await process.communicate()
    except BaseException as error:
        if process.returncode is None:
            process.kill()
            await process.wait()
        if isinstance(error, TimeoutError):
            raise FeedError(f"the self-test took more than {LONGEST_S:g} s") from None
        raise
    if process.returncode:
        last = complaint.decode(errors="replace").strip().splitlines()[-1:]
        raise FeedError(f"the self-test ended with {process.returncode}: {' '.join(last)}")
    return msgspec.json.decode(out, type=Figures)


def measure() -> Figures:
    """All rounds, here and now."""
    instrument, snapshot, updates = _frames()
    venue, book = Okx({SYMBOL: instrument}), OrderBook(SYMBOL)
    ladder = CostLadder(np.array(SIZES))

    def apply(frame: bytes) -> None:
        for event in venue.receive(frame, time.time_ns()):
            if isinstance(event, BookUpdate):
                book.apply(event)

    def work() -> None:
        for frame in updates:
            apply(frame)
            ladder.update(book)

    def reference() -> None:
        for frame in updates:
            msgspec.json.decode(frame)

    pairs = []
    for _ in range(ROUNDS + 1):
        venue = Okx({SYMBOL: instrument})
        apply(snapshot)
        pairs.append((_timed(work), _timed(reference)))
    taken, plain = zip(*pairs[1:], strict=True)
    state = _state(instrument, book)
    request = Request(order=Order(side=Side.BUY, amount=1e5, unit=Unit.QUOTE))
    priced = [_timed(lambda: estimate(request, state)) for _ in range(ESTIMATES)]
    update_us = median(taken) / len(updates) / 1e3
    return Figures(
        update_us=update_us,
        decode_us=median(plain) / len(updates) / 1e3,
        ratio=median(a / b for a, b in pairs[1:]),
        estimate_us=median(priced) / 1e3,
        updates_per_s=1e6 / update_us,
    )


def _frames() -> tuple[Instrument, bytes, list[bytes]]:
    """The embedded exchange's own messages, without its sockets."""
    exchange = Exchange(instruments=[SYMBOL], seed=7)
    listing, channel = exchange.listings[SYMBOL], exchange.channels[Topic("books", SYMBOL)]
    channel.wake()
    snapshot, updates = channel.greeting()[0].encode(), list[bytes]()
    while len(updates) < UPDATES:
        listing.owe(STEP_S)
        listing.advance(exchange.now_ms())
        updates += [text.encode() for text in channel.news()]
    spot = Instrument(
        venue="okx",
        venue_symbol=SYMBOL,
        base="BTC",
        quote="USDT",
        settle="",
        kind=Kind.SPOT,
        product="spot",
        tick_size=0.1,
        lot_size=1e-8,
        min_size=1e-5,
    )
    return spot, snapshot, updates


def _state(instrument: Instrument, book: OrderBook) -> MarketState:
    return MarketState(
        source=Source.DEMO,
        instrument=instrument,
        book=book.snapshot(),
        trust=Trust(),
        sigma_day=None,
        sigma_origin="not measured in a self-test",
        adv=None,
        as_of_ns=time.time_ns(),
    )


def _timed(work: Callable[[], object]) -> int:
    begin = time.process_time_ns()
    work()
    return time.process_time_ns() - begin


if __name__ == "__main__":
    sys.stdout.write(msgspec.json.encode(measure()).decode())
