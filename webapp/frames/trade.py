"""What the Trade page of one tab is sent, by topic."""

from collections.abc import Iterator
from typing import Any

from engine.quoter import Quote
from models.base import MarketState
from webapp.frames import beside, book, comparison, cost, curve, execution, swings, watched
from webapp.frames.headline import headline
from webapp.session import Session


def now(
    session: Session, state: MarketState | None, quote: Quote | None
) -> Iterator[tuple[str, Any]]:
    """What changes with every book and every edit."""
    estimate = quote.estimate if quote else None
    yield "cost", headline(session, state, quote)
    yield "takes", book.takes(estimate, state, int(session.ticket.grouping))
    yield "order", cost.order_facts(estimate, state)
    yield "execution", execution.carried_out(estimate)


def second(session: Session, quote: Quote | None) -> Iterator[tuple[str, Any]]:
    """What changes once a second."""
    estimate = quote.estimate if quote else None
    yield "ways", comparison.ways(session.ways)
    yield "swings", swings.rows(session.swings, estimate.total_bps if estimate else None)
    yield "mark", curve.mark(estimate) if estimate else None
    yield "reach", book.reach(estimate)
    yield "watched", watched.rows(session.elsewhere)
    yield "beside", beside.rows(session.beside)
