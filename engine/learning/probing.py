"""Probes every book that the hub applies, within a budget, and labels what the tape has answered.

Runs where books are applied, so it does little: most updates only compare two numbers. Whatever
goes wrong here stops the learning of that one market, never its book.
"""

import logging
from typing import Final

from engine.hub import MarketHub, MarketKey
from feeds.base import FeedEvent
from market.book import BookUpdate
from market.trade import Trade
from models.learning.collector import Collector
from models.learning.market_learning import Publication
from models.learning.spec import LearningSpec

log = logging.getLogger(__name__)

NOTHING: Final = Publication()


class Probing:
    """One collector a market; a TapeFollower of the hub."""

    def __init__(self, hub: MarketHub, spec: LearningSpec) -> None:
        self._hub = hub
        self._spec = spec
        self.collectors: dict[MarketKey, Collector[Publication]] = {}
        self.troubles: dict[MarketKey, str] = {}
        """Why a market is no longer probed."""

    def start(self, key: MarketKey, published: Publication = NOTHING) -> Collector[Publication]:
        """Probe a market from now on."""
        collector = Collector(self._spec, published)
        self.collectors[key] = collector
        return collector

    def stop(self, key: MarketKey) -> None:
        """Probe it no longer."""
        self.collectors.pop(key, None)
        self.troubles.pop(key, None)

    def advance(self, key: MarketKey, ns: int) -> None:
        """Ask and label what fell due before `ns`, with the book as it stands until then."""
        collector = self.collectors.get(key)
        if collector is None or not collector.is_due(ns):
            return
        try:
            state = self._hub.state(key)
            is_believed = state is not None and not state.trust.refuses
            collector.advance(state.book if is_believed and state else None, ns)
            self._hub.learned(key, collector.shown.learned(collector, ns))
        except Exception as error:
            self._fail(key, error)

    # -- TapeFollower ------------------------------------------------------------------------

    def before(self, key: MarketKey, event: FeedEvent) -> None:
        """The book still stands as it did until now."""
        if isinstance(event, BookUpdate | Trade):
            self.advance(key, event.recv_ns)

    def after(self, key: MarketKey, event: FeedEvent) -> None:
        """Nothing to do: a new book is asked when its moment has come."""

    def broke(self, key: MarketKey) -> None:
        """What waits for this tape waits in vain."""
        collector = self.collectors.get(key)
        if collector is not None:
            collector.broke()

    def _fail(self, key: MarketKey, error: Exception) -> None:
        # A fault of ours in here must not reach the connection that brought the event.
        log.exception("learning from %s at %s stopped", key.symbol, key.venue)
        self.stop(key)
        self.troubles[key] = f"learning stopped: {type(error).__name__}: {error}"
        self._hub.learned(key, None)
