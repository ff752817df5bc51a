"""What one order would have cost at each moment of a recording.

The recording is played through the same decoder, hub and estimate as live, in recorded time, and
the order is priced afresh at every sample: each moment stands alone, as if nothing had been traded
before it. A moment whose book may not be believed gives no number and is counted with its reason.
Runs in a thread that gives way often; flat memory but for the moments.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np

from engine.deck import Deck
from engine.reel import Reel
from feeds.base import Venue
from feeds.playback import Playback
from feeds.recording import Direction
from market.errors import BookNotReady, OrderError
from market.trust import Grade
from market.units import NS_PER_S
from models.base import CostEstimate, MarketState, Request
from models.estimate import estimate

MOST_MOMENTS: Final = 20_000
LEAST_S, MOST_S = 0.1, 86_400.0
MOST_MESSAGES: Final = 1_000_000
BINS: Final = 40
WORK_S, REST_S = 0.002, 0.0005
"""How long the thread works before the event loop gets its turn."""

Unit = Literal["seconds", "messages"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How far apart the moments are."""

    every: float
    unit: Unit = "seconds"

    def check(self) -> None:
        """OrderError outside the allowed range."""
        if self.unit == "messages":
            if not (1 <= self.every <= MOST_MESSAGES and self.every == int(self.every)):
                allowed = f"a whole number from 1 to {MOST_MESSAGES:,}"
                raise OrderError("every", f"{self.every:g} messages", allowed)
        elif not LEAST_S <= self.every <= MOST_S:
            raise OrderError("every", f"{self.every:g} s", f"{LEAST_S:g} to {MOST_S:,.0f} s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The order at one moment. Costs are None where there was no number."""

    ns: int
    """Recorded time."""
    mid: float | None
    total_bps: float | None
    """Positive: the trader pays."""
    total_quote: float | None
    average_price: float | None
    filled: float | None
    """Base; what the order asks for beyond that does not stand in the visible book."""
    asked: float | None
    """Base after rounding to the lot."""
    code: str = ""
    """Why there is no number: a code of market.trust, `order` or `model`."""
    reason: str = ""

    @property
    def is_partial(self) -> bool:
        """Whether the visible book was too thin for the whole order."""
        return self.filled is not None and self.asked is not None and self.filled < self.asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The costs (bps) of all priced moments as a distribution."""

    count: int
    mean: float
    p5: float
    p50: float
    p95: float
    low: float
    high: float
    edges: tuple[float, ...]
    """n + 1 edges of the n bins of the histogram."""
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The order over the whole recording."""

    file: str
    venue: str
    symbol: str
    currency: str
    """What money is counted in."""
    request: Request
    pace: Pace
    moments: tuple[Moment, ...]

    @property
    def spread(self) -> Spread | None:
        """None where no moment had a number."""
        costs = np.array([m.total_bps for m in self.moments if m.total_bps is not None])
        if not len(costs):
            return None
        counts, edges = np.histogram(costs, bins=BINS)
        p5, p50, p95 = np.percentile(costs, (5, 50, 95))
        return Spread(
            count=len(costs),
            mean=float(costs.mean()),
            p5=float(p5),
            p50=float(p50),
            p95=float(p95),
            low=float(costs.min()),
            high=float(costs.max()),
            edges=tuple(edges.tolist()),
            counts=tuple(counts.tolist()),
        )

    @property
    def refusals(self) -> tuple[tuple[str, int, str], ...]:
        """(code, moments, first text) of those without a number, the most frequent first."""
        counted = Counter(moment.code for moment in self.moments if moment.code)
        texts = {m.code: m.reason for m in reversed(self.moments) if m.code}
        return tuple((code, count, texts[code]) for code, count in counted.most_common())

    @property
    def partial(self) -> int:
        """Moments at which the visible book was too thin for the whole order."""
        return sum(moment.is_partial for moment in self.moments)


def run_through(
    path: Path,
    venue: Callable[[], Venue],
    symbol: str,
    request: Request,
    pace: Pace,
    told: Callable[[int], bool],
) -> Course | None:
    """Price `request` at every sample of a recording. Blocks; None when `told` says stop.

    venue  makes a decoder that knows the instruments
    told   is given the recorded time reached, now and then
    Raises OrderError where there would be too many moments, or none.
    """
    pace.check()
    moments: list[Moment] = []
    decoder = venue()
    deck = Deck(Playback(path, decoder), only=(symbol,))
    yielded = time.monotonic()
    for state in _samples(deck, Reel(path), symbol, pace):
        if len(moments) == MOST_MOMENTS:
            longer = f"more than every {pace.every:g} {pace.unit}: at most {MOST_MOMENTS:,} moments"
            raise OrderError("every", "there are too many moments", longer)
        if state is not None:
            moments.append(price(request, state, deck.clock.ns))
        if time.monotonic() - yielded > WORK_S:
            time.sleep(REST_S)
            yielded = time.monotonic()
            if not told(deck.clock.ns):
                return None
    if not moments:
        raise OrderError("instrument", f"{symbol} has no book in {path.name}", "another one")
    return Course(
        file=path.name,
        venue=decoder.name,
        symbol=symbol,
        currency=decoder.instrument(symbol).quote,
        request=request,
        pace=pace,
        moments=tuple(moments),
    )


def _samples(deck: Deck, reel: Reel, symbol: str, pace: Pace) -> Iterator[MarketState | None]:
    """The state at each sample from the first book on; None after lines that end no interval."""
    key, due = deck.key(symbol), 0
    step_ns, messages = round(pace.every * NS_PER_S), 0
    while lines := reel.next():
        for line in lines:
            due_ns = deck.playback.due_ns(line)
            while pace.unit == "seconds" and due and due < due_ns:
                deck.clock.ns = due
                yield deck.hub.state(key)
                due += step_ns
            deck.take(line)
            has_book = deck.hub.updates(key) > 0
            if pace.unit == "seconds" and has_book and not due:
                due = deck.clock.ns
            if pace.unit == "messages" and has_book and line.t == Direction.RECV:
                messages += 1
                if (messages - 1) % int(pace.every) == 0:
                    yield deck.hub.state(key)
                    continue
            yield None
    if due and due <= deck.clock.ns:
        yield deck.hub.state(key)


def price(request: Request, state: MarketState, ns: int) -> Moment:
    """One moment. Never raises for what a user or a venue can do wrong.

    ns  recorded time; the state may be older, where nothing has changed since
    """
    mid = state.book.mid if state.book is not None else None
    try:
        return _priced(ns, mid, estimate(request, state))
    except BookNotReady as error:
        worst = max(state.trust.doubts, key=lambda doubt: doubt.grade, default=None)
        is_told = worst is not None and worst.grade is Grade.REFUSE
        code, reason = (worst.code, worst.text) if worst and is_told else ("book", error.reason)
    except OrderError as error:
        code, reason = "order", str(error)
    except ArithmeticError as error:
        code, reason = "model", f"the model has no number for this input ({error})"
    return Moment(
        ns=ns,
        mid=mid,
        total_bps=None,
        total_quote=None,
        average_price=None,
        filled=None,
        asked=None,
        code=code,
        reason=reason,
    )


def _priced(ns: int, mid: float | None, found: CostEstimate) -> Moment:
    return Moment(
        ns=ns,
        mid=mid,
        total_bps=found.total_bps,
        total_quote=found.total_quote,
        average_price=found.fill.average,
        filled=found.fill.filled,
        asked=found.fill.quantity,
    )
