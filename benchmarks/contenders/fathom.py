"""Ours, as the app runs it: the venue's decoder, the book, the ladder."""

import numpy as np

from benchmarks.contenders.base import Costs
from benchmarks.workloads import Ladder
from feeds.okx import Okx
from market.book import BookUpdate, OrderBook
from market.instrument import Instrument
from models.ladder import CostLadder, LadderTerms
from models.ladder_kernel import FITTED_NET_BPS, NET_BPS


class Fathom:
    """Scan, merge, walk: three compiled passes."""

    name = "Fathom"

    def __init__(self, work: Ladder, instrument: Instrument) -> None:
        self.venue = Okx({work.symbol: instrument})
        self.book = OrderBook(work.symbol)
        terms = LadderTerms(taker_bps=work.taker_bps, fit=work.fit, quadratic=work.quadratic)
        self.ladder = CostLadder(np.array(work.sizes), terms)

    def start(self, snapshot: bytes) -> None:
        """A new connection."""
        self.venue.reset()
        self.book.clear()
        self.tick(snapshot)

    def tick(self, frame: bytes) -> object:
        """Every event of the frame, then the ladder on what the book became."""
        for event in self.venue.receive(frame, 0):
            if isinstance(event, BookUpdate):
                self.book.apply(event)
        return self.ladder.update(self.book)

    def costs(self) -> Costs:
        """Both nets."""
        out = self.ladder.out
        return [*out[..., NET_BPS].ravel(), *out[..., FITTED_NET_BPS].ravel()]

    def touch(self) -> tuple[float, float]:
        """First level of each side."""
        top = self.book.snapshot(depth=1)
        return float(top.bid_prices[0]), float(top.ask_prices[0])
