"""The one owner and writer of every live book; what leaves it is frozen.

Events come in on the event loop, in order, from the connections; pages pull `state` when they
paint, so a slow browser cannot slow a book. Called back are only the followers of the tape, which
learn and score: each answers at once, and what takes long it does in a thread of its own.
"""

from collections.abc import Iterable

from engine.clock import Clock
from engine.health import MarketHealth
from engine.incidents import IncidentLog
from engine.latency import LatencyMeter
from engine.live_market import LiveMarket, MarketSample
from engine.market_key import MarketKey
from engine.tape import Stretch
from engine.tape_follower import TapeFollower
from feeds.base import FeedEvent, KeepAlive
from market.book import BookUpdate
from market.errors import BookNotReady
from market.instrument import Instrument
from market.trade import Candle, DayVolume, Trade
from market.trust import Doubt, Trust
from market.units import NS_PER_S
from models.base import MarketState
from models.fill.learned import LearnedFill
from models.learning.served import Learned
from models.planning.volume_profile import week_profile

__all__ = ["MarketHub", "MarketKey", "MarketSample"]

SAMPLE_NS = NS_PER_S


class MarketHub:
    """Books, volatilities and volumes by market; single writer."""

    def __init__(
        self, clock: Clock, feed_latency: LatencyMeter, incidents: IncidentLog | None = None
    ) -> None:
        self.incidents = incidents if incidents is not None else IncidentLog()
        """What went wrong with these books, and when it was over."""
        self._clock = clock
        self._feed_latency = feed_latency
        self._markets: dict[MarketKey, LiveMarket] = {}
        self._followers: tuple[TapeFollower, ...] = ()

    def follow_tape(self, follower: TapeFollower) -> None:
        """Let `follower` see every event of every market that is open."""
        self._followers = (*self._followers, follower)

    def open(
        self,
        key: MarketKey,
        instrument: Instrument,
        quiet_book_s: float | None = None,
        unverified: str = "",
    ) -> None:
        """Make room for a market; its book is not ready until a snapshot came.

        quiet_book_s  longest silence of a healthy book that its venue promises (s), or None
        unverified    why nobody here knows that its books are complete, or empty
        """
        if key not in self._markets:
            self._markets[key] = LiveMarket(key, instrument, quiet_book_s, self._clock, unverified)

    def adopt(self, market: LiveMarket) -> None:
        """Put a market that was built elsewhere in the place of the open one of that name.

        The giver keeps no hand on it. A market that is not open is dropped.
        """
        if market.key in self._markets:
            self.incidents.close(market.key, market.clock.now_ns())
            market.tape.follow_on(self._markets[market.key].tape)
            self._markets[market.key] = market
            for follower in self._followers:
                follower.broke(market.key)

    def open_as(self, markets: Iterable[LiveMarket]) -> None:
        """Open markets that already have a past."""
        self._markets |= {market.key: market for market in markets}

    def markets(self) -> tuple[LiveMarket, ...]:
        """The markets themselves, for whoever built this hub to hand them on."""
        return tuple(self._markets.values())

    def close(self, key: MarketKey) -> None:
        """Forget a market and free its memory."""
        market = self._markets.pop(key, None)
        if market is not None:
            self.incidents.close(key, market.clock.now_ns())
            for follower in self._followers:
                follower.broke(key)

    def keys(self) -> Iterable[MarketKey]:
        """All open markets."""
        return tuple(self._markets)

    def is_open(self, key: MarketKey) -> bool:
        """Whether that market is followed."""
        return key in self._markets

    def apply(self, key: MarketKey, event: FeedEvent) -> None:
        """Take one event of a market; events of a market that is not open are dropped."""
        market = self._markets.get(key)
        if market is None:
            return
        for follower in self._followers:
            follower.before(key, event)
        if isinstance(event, BookUpdate):
            self._apply_update(market, event)
        elif isinstance(event, Trade):
            market.traded(event)
        elif isinstance(event, DayVolume):
            market.volume = event
            market.is_changed = True
        elif isinstance(event, KeepAlive):
            market.heard(event.recv_ns)
        for follower in self._followers:
            follower.after(key, event)

    def seed(
        self,
        key: MarketKey,
        candles: list[Candle],
        volume: DayVolume | None,
        hours: list[Candle] | None = None,
    ) -> None:
        """Start a market's volatility and volume from what the venue remembers.

        candles  finished minutes      hours  finished hours, for the pattern of its week
        """
        market = self._markets.get(key)
        if market is None:
            return
        if hours is not None:
            market.hour_volumes, market.hours_origin = week_profile(hours, key.venue)
        if candles:
            market.volatility.seed(candles)
        if volume is not None and market.volume is None:
            market.volume = volume
        market.is_changed = True

    def break_book(self, key: MarketKey, reason: str, code: str = "syncing") -> None:
        """No price from this book until a new snapshot: emptied, so no old level survives.

        code  kind of the break, one of market.trust.CODES
        """
        market = self._markets.get(key)
        if market is not None:
            market.breaks(reason, code)
            self._trust(market)
            for follower in self._followers:
                follower.broke(key)

    def learned(self, key: MarketKey, learned: Learned | None) -> None:
        """What the models learned on this market's tape; the next state carries it."""
        market = self._markets.get(key)
        if market is not None:
            market.learned = learned
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

    def look(self) -> None:
        """Judge every market, so that incidents are seen though nobody asks for a price."""
        for market in self._markets.values():
            self._trust(market)

    def health(self, key: MarketKey) -> MarketHealth | None:
        """How a market is doing; None if not open."""
        market = self._markets.get(key)
        return market.health(self._trust(market)) if market else None

    def history(self, key: MarketKey) -> tuple[MarketSample, ...]:
        """The market second by second, oldest first."""
        market = self._markets.get(key)
        return tuple(market.history) if market else ()

    def last_trade(self, key: MarketKey) -> Trade | None:
        """The newest print."""
        market = self._markets.get(key)
        return market.last_trade if market else None

    def now_ns(self, key: MarketKey) -> int | None:
        """The time that market lives in: ours, or its recording's; None if not open."""
        market = self._markets.get(key)
        return market.clock.now_ns() if market else None

    def trades_since(self, key: MarketKey, number: int) -> Stretch | None:
        """Trades from that number on, 0 = all that are kept; None if not open."""
        market = self._markets.get(key)
        return market.tape.since(number) if market else None

    def lend_fill_model(self, key: MarketKey, learned: LearnedFill | None) -> None:
        """What states carry from now on, for estimates that ask for the learned fill model."""
        market = self._markets.get(key)
        if market is not None:
            market.fill_model = learned
            market.is_changed = True

    def updates(self, key: MarketKey) -> int:
        """Book updates applied since the market was opened."""
        market = self._markets.get(key)
        return market.updates if market else 0

    def age_s(self, key: MarketKey) -> float | None:
        """Since the venue last said anything about this book (s); None before that."""
        market = self._markets.get(key)
        return market.age_s if market else None

    def _apply_update(self, market: LiveMarket, update: BookUpdate) -> None:
        if market.broken is not None and not update.is_snapshot:
            return
        market.apply(update)
        if update.recv_ns >= market.next_sample_ns:
            market.next_sample_ns = update.recv_ns + SAMPLE_NS
            market.turn(update.recv_ns)
        if market.clock is self._clock:
            self._feed_latency.add(self._clock.now_ns() - update.recv_ns)

    def _trust(self, market: LiveMarket) -> Trust:
        trust = market.trust()
        now_ns = market.clock.now_ns()

        def began_ns(doubt: Doubt) -> int:
            if market.broken is not None:
                return market.broken_ns or now_ns
            return market.heard_ns if doubt.code == "stale" else now_ns

        if market.updates or market.broken_code != "syncing":
            # A market that waits for its very first book is no incident.
            self.incidents.see(market.key, trust, now_ns, began_ns)
        return trust

    def _freeze(self, market: LiveMarket, trust: Trust) -> MarketState:
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
            sigma_warning=market.volatility.warning(),
            hour_volumes=market.hour_volumes,
            hours_origin=market.hours_origin,
            adv=market.volume.base if market.volume else None,
            as_of_ns=market.clock.now_ns(),
            fill_model=market.fill_model,
            learned=market.learned,
        )
