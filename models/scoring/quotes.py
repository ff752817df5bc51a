"""How good was a quote, once the book of a little later is known?

    met    = side (average' - mid) / mid 1e4 + rest      average' = mean price of walking the same
                                                          size on the book at t + delta
    error  = met - quoted                                 > 0: it cost more than quoted
    bias   = mean error        MAE = mean |error|        RMSE = sqrt(mean error^2)
    held   = low <= met <= high, of the quotes that had a band

mid    arrival price, when the quote was made (quote/base)        quoted   its total (bps)
rest   parts of the quote that are no price: fees (bps). They are the same on both sides.
The same quote is scored for several delta: the time an order takes to arrive.
Source: definition of implementation shortfall; docs/scoring.md.
Wrong when: our own order would have changed the book. Only orders that trade at once are scored.
Example: bought at 101 on average a second later, mid 100, quoted 90 bps without fees: error +10.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import floor, log10, sqrt
from typing import Final, NamedTuple

from market.errors import OrderError
from market.instrument import Side
from market.units import BPS, NS_PER_S
from models.base import CostEstimate, CostKind, Source

DELAYS_S: Final = (1.0, 5.0, 60.0)
"""After which a quote is scored (s)."""
ROUNDING: Final = 1e-9
"""bps. A band narrower than that is a point; a point that far from an edge lies on it."""


class ScoreKey(NamedTuple):
    """What is scored together. Sources are never mixed."""

    source: Source
    venue: str
    venue_symbol: str
    quote: str
    """Currency of the bucket."""
    recipe: str
    model: str
    """Names of the parts that price the slippage."""
    bucket: int
    """Decade of the notional: 3 = 1,000 to 9,999 of the quote currency."""
    delay_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteSums:
    """Running sums of one key, as they are kept; they add up."""

    key: ScoreKey
    count: int = 0
    error: float = 0.0
    """bps"""
    absolute: float = 0.0
    squared: float = 0.0
    banded: int = 0
    """Quotes that had a band."""
    held: int = 0
    """Of those, how many were met within it."""
    last_ns: int = 0

    def plus(self, other: "QuoteSums") -> "QuoteSums":
        """Both together."""
        return replace(
            self,
            count=self.count + other.count,
            error=self.error + other.error,
            absolute=self.absolute + other.absolute,
            squared=self.squared + other.squared,
            banded=self.banded + other.banded,
            held=self.held + other.held,
            last_ns=max(self.last_ns, other.last_ns),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteScore:
    """One line of the scoreboard."""

    key: ScoreKey
    count: int
    bias_bps: float
    mean_absolute_bps: float
    root_mean_square_bps: float
    coverage: float | None
    """Share of quotes met within their band; None where they had none."""
    banded: int
    last_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What is needed of a quote to score it later."""

    key: ScoreKey
    """With delay 0."""
    side: Side
    quantity: float
    """base"""
    mid: float
    """arrival price (quote/base)"""
    total_bps: float
    low_bps: float
    high_bps: float
    rest_bps: float
    """Fees."""
    quoted_ns: int


def score_of(sums: QuoteSums) -> QuoteScore:
    """The line of these sums; at least one quote."""
    n = sums.count
    return QuoteScore(
        key=sums.key,
        count=n,
        bias_bps=sums.error / n,
        mean_absolute_bps=sums.absolute / n,
        root_mean_square_bps=sqrt(sums.squared / n),
        coverage=sums.held / sums.banded if sums.banded else None,
        banded=sums.banded,
        last_ns=sums.last_ns,
    )


def together(lines: Iterable[QuoteSums], key: ScoreKey) -> QuoteSums | None:
    """Several keys as one line; None where there is none."""
    total = QuoteSums(key=key)
    for line in lines:
        total = total.plus(line)
    return total if total.count else None


def scorable(estimate: CostEstimate) -> Scored:
    """What to keep of a quote; OrderError with the reason why it cannot be scored."""
    if estimate.waiting or estimate.trigger or estimate.children:
        raise OrderError("order type", "does not trade at once")
    fill = estimate.fill
    if fill.unfilled > 0 or fill.beyond > 0:
        raise OrderError("quote", "ends beyond the visible book")
    return Scored(
        key=key_of(estimate),
        side=fill.side,
        quantity=fill.filled,
        mid=fill.mid,
        total_bps=estimate.total_bps,
        low_bps=estimate.low_bps,
        high_bps=estimate.high_bps,
        rest_bps=sum(
            part.bps
            for part in estimate.components
            if part.is_in_total and part.kind is CostKind.FEES
        ),
        quoted_ns=estimate.as_of_ns,
    )


def key_of(estimate: CostEstimate, delay_s: float = 0.0) -> ScoreKey:
    """Where a quote belongs."""
    return ScoreKey(
        source=estimate.source,
        venue=estimate.instrument.venue,
        venue_symbol=estimate.instrument.venue_symbol,
        quote=estimate.instrument.quote,
        recipe=estimate.request.recipe,
        model="+".join(
            part.model
            for part in estimate.components
            if part.is_in_total and part.kind is not CostKind.FEES
        ),
        bucket=bucket_of(estimate.notional),
        delay_s=delay_s,
    )


def bucket_of(notional: float) -> int:
    """Decade of an amount of money (quote, above 0)."""
    return floor(log10(notional))


def judged(quote: Scored, delay_s: float, average: float) -> QuoteSums:
    """One quote met at `average` (quote/base), as sums of one."""
    met = quote.side.sign * (average - quote.mid) / quote.mid * BPS + quote.rest_bps
    error = met - quote.total_bps
    is_banded = quote.high_bps - quote.low_bps > ROUNDING
    is_held = quote.low_bps - ROUNDING <= met <= quote.high_bps + ROUNDING
    return QuoteSums(
        key=quote.key._replace(delay_s=delay_s),
        count=1,
        error=error,
        absolute=abs(error),
        squared=error * error,
        banded=int(is_banded),
        held=int(is_banded and is_held),
        last_ns=quote.quoted_ns + round(delay_s * NS_PER_S),
    )
