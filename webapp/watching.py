"""The same order on every market that is followed, ranked by what it costs with fees.

Markets of the ticket's pair come first and trade the same quantity; others, of the watchlist, trade
the same money at their own price. Each pays the entry tier of its own venue, the ticket's market
its own tier. Sources are never mixed: only markets of the ticket's source are asked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from market.errors import BookNotReady, OrderError
from market.fee_schedule import FeeSchedule
from market.instrument import Instrument
from market.order import Order, Unit
from models.base import CostEstimate, MarketState, Request
from models.estimate import estimate

NO_FEES = "the fees of this venue are not known, so it cannot be ranked"

Schedules = Callable[[Instrument], FeeSchedule | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """The order on one market."""

    state: MarketState
    is_same_pair: bool
    is_here: bool
    """Whether it is the ticket's own market."""
    estimate: CostEstimate | None = None
    refusal: str = ""

    @property
    def rank(self) -> tuple[bool, bool, float, str]:
        """Sorts: the ticket's pair first, then what has a number, then the cheaper."""
        bps = self.estimate.total_bps if self.estimate else 0.0
        name = f"{self.state.instrument.venue} {self.state.instrument.venue_symbol}"
        return not self.is_same_pair, self.estimate is None, bps, name


def elsewhere(
    request: Request, here: MarketState, states: Sequence[MarketState], schedules: Schedules
) -> tuple[Elsewhere, ...]:
    """The order here and on the other markets of the same source, the best first."""
    try:
        quantity = estimate(request, here).fill.quantity
    except (OrderError, BookNotReady, ArithmeticError):
        return ()
    others = [state for state in states if state.source is here.source]
    others = [state for state in others if state.instrument != here.instrument]
    found = [
        _priced(request, here, state, quantity, schedules(state.instrument))
        for state in (here, *others)
    ]
    return tuple(sorted(found, key=lambda one: one.rank))


def _priced(
    request: Request,
    here: MarketState,
    state: MarketState,
    quantity: float,
    fees: FeeSchedule | None,
) -> Elsewhere:
    is_here, is_same_pair = state is here, _pair(state) == _pair(here)
    asked = request
    try:
        if not is_here:
            asked = _asked(request, here, state, quantity, fees)
        priced = estimate(asked, state)
    except OrderError as error:
        return _refused(state, str(error), is_here=is_here, is_same_pair=is_same_pair)
    except (BookNotReady, ArithmeticError) as error:
        return _refused(state, str(error), is_here=is_here, is_same_pair=is_same_pair)
    if any(gap.kind == "fees" for gap in priced.absent):
        return _refused(state, NO_FEES, is_here=is_here, is_same_pair=is_same_pair)
    if priced.fill.unfilled > 0:
        why = f"its visible book holds {priced.fill.visible:,.6g} {state.instrument.base} only"
        return _refused(state, why, is_here=is_here, is_same_pair=is_same_pair)
    return Elsewhere(state=state, is_same_pair=is_same_pair, is_here=is_here, estimate=priced)


def _asked(
    request: Request,
    here: MarketState,
    state: MarketState,
    quantity: float,
    fees: FeeSchedule | None,
) -> Request:
    """The order in coins where the coin is the same one, else in money of the same currency."""
    side = request.order.side
    if state.instrument.base == here.instrument.base:
        order = Order(side=side, amount=quantity, unit=Unit.BASE)
    elif state.instrument.quote == here.instrument.quote and here.book is not None:
        order = Order(side=side, amount=quantity * here.book.mid, unit=Unit.QUOTE)
    else:
        pair = f"{here.instrument.base} or {here.instrument.quote}"
        raise OrderError("market", "is of other coins", f"a market in {pair}")
    order.check(state.instrument)
    tier = fees.tiers[0] if fees else None
    return replace(request, order=order, fees=fees, tier=tier)


def _pair(state: MarketState) -> tuple[str, str]:
    return state.instrument.base, state.instrument.quote


def _refused(state: MarketState, why: str, *, is_here: bool, is_same_pair: bool) -> Elsewhere:
    return Elsewhere(state=state, is_same_pair=is_same_pair, is_here=is_here, refusal=why)
