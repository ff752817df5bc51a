"""A saved estimate as a ticket again: the same order, priced in the same way, on today's market."""

from decimal import Decimal
from urllib.parse import urlencode

from models.base import MarketState, Request
from models.fee_schedules import CUSTOM
from storage.history import SavedEstimate
from storage.receipt import Receipt
from webapp import format as fmt
from webapp.ticket import MANUAL, PARAMETERS, Ticket, to_link


def link_of(receipt: Receipt) -> str:
    """The Trade page with everything that the receipt's ticket held."""
    return _address(ticket_of(receipt))


def link_of_line(saved: SavedEstimate) -> str:
    """The same where there is no receipt: what a line of history knows of the ticket."""
    ticket = _of_market(saved.source.value, saved.venue, saved.venue_symbol)
    ticket.side, ticket.unit = saved.side.value, saved.unit.value
    ticket.quantity, ticket.recipe, ticket.style = (
        fmt.typed(saved.amount),
        saved.recipe,
        saved.style,
    )
    return _address(ticket)


def ticket_of(receipt: Receipt) -> Ticket:
    """What was typed and chosen for that estimate."""
    return ticket_for(receipt.request, receipt.state)


def link_of_request(request: Request, state: MarketState) -> str:
    """The Trade page with an order on the market of a state."""
    return _address(ticket_for(request, state))


def ticket_for(request: Request, state: MarketState) -> Ticket:
    """The order and its market as they are typed."""
    instrument = state.instrument
    ticket = _of_market(state.source.value, instrument.venue, instrument.venue_symbol)
    ticket.side, ticket.unit = request.order.side.value, request.order.unit.value
    ticket.quantity = fmt.typed(request.order.amount)
    ticket.recipe, ticket.style = request.recipe, request.style
    ticket.depth_policy, ticket.impact = request.depth_policy, request.impact
    _take_fees(ticket, request)
    if request.sigma_day is not None:
        ticket.volatility, ticket.sigma = MANUAL, _percent(request.sigma_day)
    for key, value in request.parameters.items():
        if key in PARAMETERS:
            ticket.type_parameter(key, fmt.typed(value))
    return ticket


def _of_market(source: str, venue: str, symbol: str) -> Ticket:
    return Ticket(source=source, venue=venue, instrument=symbol)


def _take_fees(ticket: Ticket, request: Request) -> None:
    """The tier by its name; an entry tier is what a ticket means without one."""
    tier = request.tier
    if tier is None:
        return
    if tier.name == CUSTOM:
        ticket.tier = CUSTOM
        ticket.maker, ticket.taker = fmt.typed(tier.maker_bps), fmt.typed(tier.taker_bps)
    elif request.fees is None or tier != request.fees.tiers[0]:
        ticket.tier = tier.name


def _percent(fraction: float) -> str:
    """Per cent with all digits, so that nothing is rounded on the way back."""
    return f"{(Decimal(repr(fraction)) * 100).normalize():f}"


def _address(ticket: Ticket) -> str:
    return f"/?{urlencode(to_link(ticket))}"
