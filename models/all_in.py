"""What does a position cost from opening to closing, funding included?

    round trip = open + close                     both on the book as it stands
    funding    = side rate_bps periods            positive rate: who is long pays
    hold       = round trip + funding

rate_bps   funding per period (bps of the position)        periods   horizon / period, not rounded
Spot pays no funding; a perpetual does. The horizon at which both cost the same is
    periods = (spot round trip - perpetual round trip) / (side rate_bps)
Source: definitions; the venue publishes rate and period.
Wrong when: the funding rate changes (it does, every period); the book at the close is another.
Example: spot 20 bps both ways, perpetual 10; 1 bps each 8 h: after 10 periods, 80 h, a long
perpetual is no longer cheaper.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite

from market.errors import OrderError
from market.instrument import Side
from market.order import Order, Unit
from market.units import bps_of
from models.base import CostEstimate, MarketState, Request
from models.estimate import estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Funding:
    """What a venue charges for holding a perpetual."""

    rate_bps: float
    """per period; positive: longs pay shorts"""
    period_h: float = 8.0

    def __post_init__(self) -> None:
        if not isfinite(self.rate_bps):
            raise OrderError("funding rate", f"is {self.rate_bps:g} bps", "a number of bps")
        if not 0 < self.period_h <= 168:
            raise OrderError("funding period", f"is {self.period_h:g} h", "above 0, at most 168 h")

    def cost_bps(self, side: Side, horizon_h: float) -> float:
        """Of the position, for a position of that side held so long."""
        if not 0 <= horizon_h < float("inf"):
            raise OrderError("horizon", f"is {horizon_h:g} h", "0 or more")
        return side.sign * self.rate_bps * horizon_h / self.period_h


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Opened, held, closed."""

    opened: CostEstimate
    closed: CostEstimate
    funding_bps: float
    total_bps: float
    """of the opening notional"""
    total_quote: float


def held(
    request: Request,
    state: MarketState,
    *,
    horizon_h: float = 0.0,
    funding: Funding | None = None,
    close_style: str | None = None,
    close_parameters: Mapping[str, float] | None = None,
) -> Held:
    """The round trip of a request: what was filled is closed on the other side."""
    opened = estimate(request, state)
    closing = replace(
        request,
        order=Order(side=request.order.side.opposite, amount=opened.fill.filled, unit=Unit.BASE),
        style=close_style or request.style,
        parameters=request.parameters if close_parameters is None else close_parameters,
    )
    closed = estimate(closing, state)
    paid = funding.cost_bps(request.order.side, horizon_h) if funding else 0.0
    money = opened.total_quote + closed.total_quote + paid / 1e4 * opened.notional
    return Held(
        opened=opened,
        closed=closed,
        funding_bps=paid,
        total_bps=bps_of(money, opened.notional),
        total_quote=money,
    )


def even_after_h(spot: Held, perpetual: Held, side: Side, funding: Funding) -> float | None:
    """Hours after which both have cost the same; None where they never do."""
    perpetual_bps = perpetual.total_bps - perpetual.funding_bps
    saved = spot.total_bps - perpetual_bps
    per_hour = funding.cost_bps(side, 1.0)
    if per_hour == 0 or saved / per_hour < 0:
        return None
    return saved / per_hour


@dataclass(frozen=True, slots=True, kw_only=True)
class TakerOrMaker:
    """The same order crossing now and resting first."""

    taker: CostEstimate
    maker: CostEstimate

    @property
    def saved_bps(self) -> float:
        """By resting, on average; negative where crossing is cheaper."""
        return self.taker.total_bps - self.maker.total_bps


def taker_or_maker(request: Request, state: MarketState, horizon_s: float = 60.0) -> TakerOrMaker:
    """Market against post-only at the best price, with the deadline given."""
    resting = {**request.parameters, "post_only.horizon_s": horizon_s}
    return TakerOrMaker(
        taker=estimate(replace(request, style="market"), state),
        maker=estimate(replace(request, style="post_only", parameters=resting), state),
    )
