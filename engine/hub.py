"""The one owner and writer of every live book; what leaves it is frozen.

Events come in on the event loop, in order, from the connections; pages pull `state` when they
paint. Nothing calls back, so a slow browser cannot slow a book.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from engine.clock import Clock
from engine.latency import LatencyMeter
from engine.trust import judge
from feeds.base import UNLISTED, FeedEvent, KeepAlive
from market.book import BookUpdate, OrderBook
from market.errors import BookNotReady
from market.instrument import Instrument
from market.trade import Candle, DayVolume, Trade
from market.trust import Doubt, Grade, Trust
from market.units import NS_PER_S
from models.base import MarketState, Source
from models.volatility import MarketVolatility

CADENCE_MEMORY = 0.05
"""Weight of the newest gap between two updates in their running mean."""
LONGEST_GAP_S = 60.0
"""Longer pauses are outages, not the rhythm of the book."""
NOT_LISTED = Trust(
    (Doubt(Grade.REFUSE, "unlisted", "the recording does not say what one contract is worth"),)
)
SAMPLE_NS = NS_PER_S
HISTORY = 1800
"""Samples of the market kept for plots: half an hour."""


class MarketKey(NamedTuple):
    """One instrument of one source. Two sources never share a book."""

    source: Source
    venue: str
    symbol: str
    """The venue's own id."""


@dataclass(frozen=True, slots=True)
class MarketSample:
    """The market at one second, for plots."""

    ns: int
    mid: float
    spread_bps: float
    sigma_day: float | None


class _Market:
    """Everything the hub knows about one instrument. Never leaves the hub."""

    def __init__(self, key: MarketKey, instrument: Instrument) -> None:
        self.key = key
        self.instrument = instrument
        self.book = OrderBook(key.symbol)
        self.volatility = MarketVolatility()
        self.volume: DayVolume | None = None
        self.last_trade: Trade | None = None
        self.broken: str | None = "waiting for the first book"
        self.heard_ns = 0
        """When the venue last said anything about this book."""
        self.cadence_s = 0.0
        self.updates = 0
        self.history: deque[MarketSample] = deque(maxlen=HISTORY)
        self.next_sample_ns = 0
        self.is_changed = True
        self.state: MarketState | None = None


class MarketHub:
    """Books, volatilities and volumes by market; single writer."""

    def __init__(self, clock: Clock, feed_latency: LatencyMeter) -> None:
        self._clock = clock
        self._feed_latency = feed_latency
        self._markets: dict[MarketKey, _Market] = {}

    def open(self, key: MarketKey, instrument: Instrument) -> None:
        """Make room for a market; its book is not ready until a snapshot came."""
        if key not in self._markets:
            self._markets[key] = _Market(key, instrument)

    def close(self, key: MarketKey) -> None:
        """Forget a market and free its memory."""
        self._markets.pop(key, None)

    def keys(self) -> Iterable[MarketKey]:
        """All open markets."""
        return tuple(self._markets)

    def apply(self, key: MarketKey, event: FeedEvent) -> None:
        """Take one event of a market; events of a market that is not open are dropped."""
        market = self._markets.get(key)
        if market is None:
            return
        if isinstance(event, BookUpdate):
            self._apply_update(market, event)
        elif isinstance(event, Trade):
            market.last_trade = event
        elif isinstance(event, DayVolume):
            market.volume = event
            market.is_changed = True
        elif isinstance(event, KeepAlive):
            market.heard_ns = event.recv_ns

    def seed(self, key: MarketKey, candles: list[Candle], volume: DayVolume | None) -> None:
        """Start a market's volatility and volume from what the venue remembers."""
        market = self._markets.get(key)
        if market is None:
            return
        if candles:
            market.volatility.seed(candles)
        if volume is not None and market.volume is None:
            market.volume = volume
        market.is_changed = True

    def break_book(self, key: MarketKey, reason: str) -> None:
        """No price from this book until a new snapshot: emptied, so no old level survives."""
        market = self._markets.get(key)
        if market is None:
            return
        market.book.clear()
        market.broken = reason
        market.is_changed = True

    def state(self, key: MarketKey) -> MarketState | None:
        """The frozen state, the very same object while nothing changed; None if not open."""
        market = self._markets.get(key)
        if market is None:
            return None
        trust = self._trust(market)
        if market.state is None or market.is_changed or market.state.trust != trust:
            market.state = self._freeze(market, trust)
            market.is_changed = False
        return market.state

    def history(self, key: MarketKey) -> tuple[MarketSample, ...]:
        """The market second by second, oldest first."""
        market = self._markets.get(key)
        return tuple(market.history) if market else ()

    def last_trade(self, key: MarketKey) -> Trade | None:
        """The newest print."""
        market = self._markets.get(key)
        return market.last_trade if market else None

    def updates(self, key: MarketKey) -> int:
        """Book updates applied since the market was opened."""
        market = self._markets.get(key)
        return market.updates if market else 0

    def age_s(self, key: MarketKey) -> float | None:
        """Since the venue last said anything about this book (s); None before that."""
        market = self._markets.get(key)
        if market is None or not market.heard_ns:
            return None
        return max(0.0, (self._clock.now_ns() - market.heard_ns) / NS_PER_S)

    def _apply_update(self, market: _Market, update: BookUpdate) -> None:
        if update.is_snapshot:
            market.broken = None
        elif market.broken is not None:
            return
        market.book.apply(update)
        market.updates += 1
        gap_s = (update.recv_ns - market.heard_ns) / NS_PER_S
        if market.heard_ns and 0 <= gap_s < LONGEST_GAP_S:
            market.cadence_s += CADENCE_MEMORY * (gap_s - market.cadence_s)
        market.heard_ns = update.recv_ns
        market.is_changed = True
        if update.recv_ns >= market.next_sample_ns:
            self._sample(market, update.recv_ns)
        self._feed_latency.add(self._clock.now_ns() - update.recv_ns)

    def _sample(self, market: _Market, now_ns: int) -> None:
        """Once a second: what volatility and plots need, kept off the tick path."""
        market.next_sample_ns = now_ns + SAMPLE_NS
        if market.book.shape != "ok":
            return
        market.volatility.update(market.book.mid, now_ns)
        touch = market.book.snapshot(depth=1)
        market.history.append(
            MarketSample(
                now_ns, touch.mid, 2 * touch.half_spread_bps, market.volatility.sigma_day()
            )
        )

    def _trust(self, market: _Market) -> Trust:
        if market.instrument.product == UNLISTED:
            return NOT_LISTED
        age_s = (self._clock.now_ns() - market.heard_ns) / NS_PER_S
        return judge(market.book.shape, market.broken, age_s, market.cadence_s)

    def _freeze(self, market: _Market, trust: Trust) -> MarketState:
        try:
            book = market.book.snapshot()
        except BookNotReady:
            book = None
        return MarketState(
            source=market.key.source,
            instrument=market.instrument,
            book=book,
            trust=trust,
            sigma_day=market.volatility.sigma_day(),
            sigma_origin=market.volatility.origin(),
            adv=market.volume.base if market.volume else None,
            as_of_ns=self._clock.now_ns(),
        )
