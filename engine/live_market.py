"""Everything the hub knows about one followed instrument. Never leaves the hub.

Ages are taken from the steady counter and from the wall clock, whichever says more: a clock that is
set back must not make an old book fresh, and a machine that slept counts the night.
"""

import copy
from collections import Counter, deque
from dataclasses import dataclass
from typing import Final, Self

from engine.clock import Clock
from engine.health import MarketHealth, MarketPhase
from engine.market_key import MarketKey
from engine.skew import NOT_MEASURABLE, Skew, SkewMeter
from engine.tape import Tape
from engine.trust import Signs, judge
from feeds.base import UNLISTED
from market.book import BookUpdate, OrderBook
from market.instrument import Instrument
from market.merge import ASKS, BIDS, PRICES
from market.trade import DayVolume, Trade
from market.trust import Trust
from market.units import BPS, NS_PER_S
from models.base import MarketState, Source
from models.fill.learned import LearnedFill
from models.learning.served import Learned
from models.volatility import MarketVolatility

CADENCE_MEMORY: Final = 0.05
"""Weight of the newest gap between two updates in their running mean."""
LONGEST_GAP_S: Final = 60.0
"""Longer pauses are outages, not the rhythm of the book."""
RHYTHM_TRADES: Final = 30
"""Moments with trades before their rhythm is believed."""
HISTORY: Final = 1800
"""Samples of the market kept for plots: half an hour."""
FIRST_BOOK: Final = "waiting for the first book"


@dataclass(frozen=True, slots=True)
class MarketSample:
    """The market at one second, for plots."""

    ns: int
    mid: float
    spread_bps: float
    sigma_day: float | None


class LiveMarket:
    """One book with its rhythm, its breaks and what it says about clocks."""

    def __init__(
        self,
        key: MarketKey,
        instrument: Instrument,
        quiet_book_s: float | None,
        clock: Clock,
        unverified: str = "",
    ) -> None:
        self.key = key
        self.instrument = instrument
        self.book = OrderBook(key.symbol)
        self.volatility = MarketVolatility()
        self.volume: DayVolume | None = None
        self.hour_volumes: tuple[float, ...] | None = None
        self.hours_origin = "the venue was not asked for its hours yet"
        self.learned: Learned | None = None
        self.last_trade: Trade | None = None
        self.tape = Tape()
        self.fill_model: LearnedFill | None = None
        """What learned from this market how resting orders fill."""
        self.broken: str | None = FIRST_BOOK
        self.broken_code = "syncing"
        self.broken_ns = 0
        """When the present outage began; 0 before the first book."""
        self.heard_ns = 0
        """When the venue last said anything about this book."""
        self.updates = 0
        self.history: deque[MarketSample] = deque(maxlen=HISTORY)
        self.next_sample_ns = 0
        self.is_changed = True
        self.state: MarketState | None = None
        self.clock = clock
        self._quiet_book_s = quiet_book_s
        self._unverified = unverified
        self._heard_steady_ns = 0
        self._cadence_s = 0.0
        self._is_partial = False
        self._trade_cadence_s = 0.0
        self._trade_moments = 0
        self._skew = None if key.source is Source.REPLAY else SkewMeter()
        self._breaks: Counter[str] = Counter()
        self._resyncs = 0
        self._last_break, self._last_break_ns = "", 0
        self._last_outage_s: float | None = None

    def twin(self, clock: Clock) -> Self:
        """The same market with a life of its own from here on, in another clock's time."""
        frozen = (self.instrument, self.state, *self.history, *self.tape.since(0).trades)
        return copy.deepcopy(self, {id(self.clock): clock} | {id(each): each for each in frozen})

    # -- written -----------------------------------------------------------------------------

    def apply(self, update: BookUpdate) -> None:
        """An update that the book may take: a snapshot, or one after it."""
        if self.broken is not None:
            self._mended()
        elif self._skew is not None:
            # Not of a first snapshot: it may have been stamped when the book last changed.
            self._skew.add(update.event_ns, update.recv_ns)
        self.book.apply(update)
        self.updates += 1
        self._is_partial = update.is_partial
        gap_s = (update.recv_ns - self.heard_ns) / NS_PER_S
        if self.heard_ns and 0 <= gap_s < LONGEST_GAP_S:
            self._cadence_s += CADENCE_MEMORY * (gap_s - self._cadence_s)
        self.heard(update.recv_ns)
        self.is_changed = True

    def heard(self, recv_ns: int) -> None:
        """The venue spoke of this book."""
        self.heard_ns = recv_ns
        self._heard_steady_ns = self.clock.steady_ns()

    def traded(self, trade: Trade) -> None:
        """A print. Several of one moment are one beat of the rhythm."""
        before = self.last_trade
        self.last_trade = trade
        self.tape.add(trade)
        if before is None or trade.recv_ns <= before.recv_ns:
            return
        self._trade_moments += 1
        gap_s = (trade.recv_ns - before.recv_ns) / NS_PER_S
        weight = max(CADENCE_MEMORY, 1.0 / self._trade_moments)
        self._trade_cadence_s += weight * (gap_s - self._trade_cadence_s)

    def breaks(self, reason: str, code: str) -> None:
        """No price until a new snapshot: emptied, so that no old level survives."""
        now_ns = self.clock.now_ns()
        self.book.clear()
        if self.broken is None:
            self.broken_ns = now_ns
        self.broken, self.broken_code = reason, code
        self._breaks[code] += 1
        self.tape.breaks += 1
        self._last_break, self._last_break_ns = reason, now_ns
        self.is_changed = True

    def _mended(self) -> None:
        if self.broken_ns:
            self._resyncs += 1
            self._last_outage_s = max(0.0, (self.clock.now_ns() - self.broken_ns) / NS_PER_S)
        self.broken, self.broken_code = None, "syncing"

    def turn(self, now_ns: int) -> None:
        """About once a second: what is too dear for every tick."""
        if self._skew is not None:
            self._skew.turn(self.clock.now_ns(), self.clock.steady_ns())
        if self.book.shape != "ok":
            return
        self.volatility.update(self.book.mid, now_ns)
        touch = self.book.snapshot(depth=1)
        self.history.append(
            MarketSample(now_ns, touch.mid, 2 * touch.half_spread_bps, self.volatility.sigma_day())
        )

    # -- read --------------------------------------------------------------------------------

    @property
    def age_s(self) -> float | None:
        """Since the venue last said anything about this book; None before that."""
        if not self.heard_ns:
            return None
        steady_s = (self.clock.steady_ns() - self._heard_steady_ns) / NS_PER_S
        return max(steady_s, self._since(self.heard_ns))

    @property
    def skew(self) -> Skew:
        """Our clock against the venue's."""
        return self._skew.skew() if self._skew is not None else NOT_MEASURABLE

    def trust(self) -> Trust:
        """The verdict now."""
        is_sound = self.broken is None and self.book.shape == "ok"
        bid_reach, ask_reach = self._reaches() if is_sound else (None, None)
        has_rhythm = self._trade_moments >= RHYTHM_TRADES
        return judge(
            Signs(
                shape=self.book.shape,
                broken=self.broken,
                broken_code=self.broken_code,
                age_s=self.age_s or 0.0,
                cadence_s=self._cadence_s,
                quiet_book_s=self._quiet_book_s,
                is_locked=is_sound and self._is_locked(),
                is_partial=self._is_partial,
                reach_bps=_least(bid_reach, ask_reach),
                skew=self.skew,
                trade_age_s=self._trade_age_s if has_rhythm else None,
                trade_cadence_s=self._trade_cadence_s if has_rhythm else None,
                unverified=self._unverified,
                is_trading=self.instrument.is_live,
                is_listed=self.instrument.product != UNLISTED,
            )
        )

    def health(self, trust: Trust) -> MarketHealth:
        """How it is doing, with the verdict just made."""
        age_s = self.age_s
        has_cadence = self._cadence_s > 0
        is_sound = self.broken is None and self.book.shape == "ok"
        return MarketHealth(
            market=self.key,
            phase=self._phase(),
            trust=trust,
            age_s=age_s,
            cadence_s=self._cadence_s if has_cadence else None,
            updates=self.updates,
            updates_per_s=1 / max(self._cadence_s, age_s or 0.0) if has_cadence else 0.0,
            gaps=self._breaks["gap"],
            breaks=self._breaks.total(),
            break_counts=tuple(sorted((+self._breaks).items())),
            resyncs=self._resyncs,
            last_break=self._last_break,
            last_break_ns=self._last_break_ns or None,
            last_outage_s=self._last_outage_s,
            reach_bps=_least(*self._reaches()) if is_sound else None,
            trade_age_s=self._trade_age_s,
            skew=self.skew,
        )

    @property
    def _trade_age_s(self) -> float | None:
        return self._since(self.last_trade.recv_ns) if self.last_trade else None

    def _since(self, ns: int) -> float:
        return max(0.0, (self.clock.now_ns() - ns) / NS_PER_S)

    def _phase(self) -> MarketPhase:
        if self.broken is None:
            return MarketPhase.LIVE
        if self.broken_code == "refused":
            return MarketPhase.REFUSED
        return MarketPhase.BROKEN if self.broken_ns else MarketPhase.WAITING

    def _is_locked(self) -> bool:
        levels, _ = self.book.raw()
        return bool(levels[BIDS, PRICES, 0] == levels[ASKS, PRICES, 0])

    def _reaches(self) -> tuple[float, float]:
        """How far from the mid the bids and the asks end (bps)."""
        levels, _ = self.book.raw()
        n_bids, n_asks = self.book.level_count
        mid = self.book.mid
        last_bid, last_ask = levels[BIDS, PRICES, n_bids - 1], levels[ASKS, PRICES, n_asks - 1]
        return float(mid - last_bid) / mid * BPS, float(last_ask - mid) / mid * BPS


def _least(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else min(a, b)
