"""Does an impact model pay someone for a round trip? It must not.

    cost = sum_i v_i [ sum_{j < i} f(v_j) D(i - j) + f(v_i) D0 ]        sum(v_i) = 0
    D(k) = A((k + 1) h) - 2 A(k h) + A((k - 1) h)       D0 = A(h)

v_i    rate (base/day) in piece i of length h (day)        f   impact of a rate, odd
A      kernel integrated twice from zero (models/impact/kernels.py); all integrals are exact
Random zero-sum schedules, and all "slowly in, fast out" pairs of rates, must cost nothing or more.
Source: Huberman & Stanzl 2004 (permanent impact must be linear); Gatheral 2010 (exponential decay
allows only linear f; for f = v^d and G = l^(-b): b + d >= 1 and b >= 2 - ln 3 / ln 2 = 0.415).
Wrong when: read as a proof of absence; it is a search.
Example: f = sqrt, exponential decay of time 1, in at 0.2 for 5/6, out at 1 for 1/6: cost < 0.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import log

import numpy as np

from market.errors import OrderError
from market.instrument import Floats
from models.impact.kernels import Kernel

LEAST_DECAY = 2 - log(3) / log(2)
"""Gatheral's bound on the exponent of a power-law decay, 0.415."""

Response = Callable[[Floats], Floats]
"""Impact of rates: odd and elementwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundTrip:
    """A schedule that ends where it began."""

    rates: Floats
    """(n,) base per day in equal pieces"""
    cost: float
    """quote; negative = a profit from impact alone"""
    turnover: float
    """base traded"""


def power_impact(exponent: float) -> Response:
    """f(v) = sign(v) |v|^exponent."""

    def response(rates: Floats) -> Floats:
        pushed: Floats = np.sign(rates) * np.abs(rates) ** exponent
        return pushed

    return response


def schedule_cost(rates: Floats, piece_day: float, impact: Response, kernel: Kernel) -> float:
    """Cost (quote) of trading at (n,) constant rates, one after the other."""
    n = len(rates)
    area = kernel.area(np.linspace(0.0, n * piece_day, n + 1))
    between = np.append(area[1], area[2:] - 2 * area[1:-1] + area[:-2])
    lag = np.arange(n)[:, None] - np.arange(n)[None, :]
    weights = np.where(lag >= 0, between[np.abs(lag)], 0.0)
    return float(rates @ weights @ impact(rates))


def cheapest_round_trip(
    impact: Response, kernel: Kernel, *, horizon_day: float = 1.0, pieces: int = 12, seed: int = 0
) -> RoundTrip:
    """The round trip with the lowest cost per base among those tried."""
    piece = horizon_day / pieces
    tried = (
        RoundTrip(
            rates=rates,
            cost=schedule_cost(rates, piece, impact, kernel),
            turnover=float(np.abs(rates).sum()) * piece,
        )
        for rates in _round_trips(pieces, np.random.default_rng(seed))
    )
    return min(tried, key=lambda trip: trip.cost / trip.turnover)


def check_no_arbitrage(impact: Response, kernel: Kernel, field: str = "impact") -> None:
    """OrderError where a round trip earns money."""
    trip = cheapest_round_trip(impact, kernel)
    if trip.cost < -TOLERANCE * trip.turnover:
        raise OrderError(
            field,
            f"pays {-trip.cost:.4g} for a round trip of {trip.turnover:.4g} base",
            "impact and decay that leave no profit",
        )


def power_law_is_possible(impact_exponent: float, decay_exponent: float) -> bool:
    """Gatheral's necessary conditions for f = v^d with G = l^(-b)."""
    return impact_exponent + decay_exponent >= 1 and decay_exponent >= LEAST_DECAY


def _round_trips(pieces: int, random: np.random.Generator) -> Iterator[Floats]:
    """Slowly in and fast out, the other way round, and random ones."""
    for split in range(1, pieces):
        rates = np.empty(pieces)
        rates[:split], rates[split:] = 1 / split, -1 / (pieces - split)
        for scale in (1.0, 5.0, 0.2):
            yield scale * rates
    for _ in range(TRIES):
        rates = random.standard_normal(pieces) * np.exp(random.standard_normal(pieces))
        yield rates - rates.mean()


TRIES = 300
TOLERANCE = 1e-9
