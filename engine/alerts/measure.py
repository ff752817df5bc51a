"""The value a rule looks at, from the live market."""

from collections.abc import Callable

from engine.alerts.machine import Reading
from engine.alerts.rule import OF_TICKET, Quantity, Rule
from engine.hub import MarketHub
from engine.quoter import Quoter
from market.errors import OrderError
from market.instrument import Instrument, Side
from models.base import MarketState, Request

ReadTicket = Callable[[dict[str, str], Instrument], Request]
"""What a ticket means for an instrument; OrderError says what is wrong with it."""
WITHIN_BPS = 10.0


def measure(rule: Rule, hub: MarketHub, quoter: Quoter, read_ticket: ReadTicket) -> Reading:
    """One reading. A market that is silent or doubted gives none, with the reason."""
    state = hub.state(rule.key)
    if state is None:
        return Reading(reason="the market is not followed yet")
    if rule.quantity is Quantity.TRUST:
        return Reading(value=float(state.trust.grade), reason=state.trust.reason)
    if state.trust.refuses or state.book is None:
        return Reading(reason=state.trust.reason or "there is no book yet")
    if rule.quantity in OF_TICKET:
        return _cost(rule, state, quoter, read_ticket)
    return _of_market(rule.quantity, state)


def _of_market(quantity: Quantity, state: MarketState) -> Reading:
    assert state.book is not None
    if quantity is Quantity.SPREAD_BPS:
        return Reading(value=2 * state.book.half_spread_bps)
    if quantity is Quantity.DEPTH_QUOTE:
        return Reading(value=min(_depth_quote(state, side) for side in Side))
    if state.sigma_day is None:
        return Reading(reason="volatility is not known yet")
    return Reading(value=100 * state.sigma_day)


def _depth_quote(state: MarketState, side: Side) -> float:
    """Money within WITHIN_BPS of the mid on the side that an order of `side` takes."""
    assert state.book is not None
    prices, sizes = state.book.levels(side)
    mid = state.book.mid
    near = side.sign * (prices - mid) <= mid * WITHIN_BPS / 1e4
    return float((prices[near] * sizes[near]).sum())


def _cost(rule: Rule, state: MarketState, quoter: Quoter, read_ticket: ReadTicket) -> Reading:
    try:
        request = read_ticket(rule.ticket, state.instrument)
    except OrderError as error:
        return Reading(reason=str(error), is_error=True)
    quote = quoter.quote(rule.key, request)
    if quote.estimate is None:
        return Reading(reason=quote.refusal, is_error=bool(quote.field))
    total = quote.estimate.total_bps
    if rule.quantity is Quantity.COST_BPS or rule.band is None:
        return Reading(value=total)
    low, high = rule.band
    return Reading(value=max(low - total, total - high))
