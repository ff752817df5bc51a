"""Trade: what would this order cost now?"""

from collections.abc import Iterator
from contextlib import contextmanager

from nicegui import ui

from storage.errors import StorageError
from webapp.choices import choices
from webapp.components.cost_table import CostTable
from webapp.components.explanation import explain
from webapp.components.headline import Headline
from webapp.components.ladder import Ladder
from webapp.components.live_chart import Line, LiveChart
from webapp.components.order_ticket import OrderTicket
from webapp.components.readings import Readings
from webapp.frames import cost, market
from webapp.services import Services
from webapp.session import Session
from webapp.theme import panel

COST_LINES = (
    Line(label="Total, bps", color="accent", fill=True),
    Line(label="Low", color="accent", quiet=True),
    Line(label="High", color="accent", quiet=True),
)
MARKET_LINES = (
    Line(label="Mid", color="text"),
    Line(label="Spread, bps", color="muted", right=True, step=True),
)
CURVE_LINES = (
    Line(label="Buy, bps", color="bid", marks=True),
    Line(label="Sell, bps", color="ask"),
)


def create(services: Services, session: Session) -> None:
    """Build the page for the session of this tab."""
    with ui.element("h1").classes("fm-hidden"):
        ui.label("Trade: what would this order cost now?")
    with ui.element("div").classes("fm-desk") as desk:
        with ui.element("div").classes("fm-column"):
            ticket = _ticket(services, session)
            with panel("This order", classes="is-order"):
                Readings("order", cost.ORDER_FACTS, is_grid=True)
            with panel("Market", classes="is-market"):
                Readings("market", market.FACTS, is_grid=True)
        with ui.element("div").classes("fm-column"):
            _answer(session)
            _charts()
        with ui.element("div").classes("fm-column"), panel(classes="is-book"):
            Ladder(market.LADDER_DEPTH, always=15)

    def refresh() -> None:
        if desk.is_deleted:
            forget()
            return
        offered = choices(session, services.runner.sources.offered())
        ticket.show(offered, session.problems, can_save=session.can_save)

    forget = session.on_change(refresh)
    refresh()


def _ticket(services: Services, session: Session) -> OrderTicket:
    async def save() -> None:
        quote = session.last
        if quote is None or quote.estimate is None or quote.state is None:
            ui.notify("There is no cost to save now.", position="top")
            return
        try:
            number = await services.store.estimates.save(quote.estimate, quote.state)
        except StorageError as error:
            ui.notify(str(error), type="warning", timeout=0, close_button="Close")
            return
        # The only thing put into this HTML is a whole number of ours.
        ui.notify(
            f'Saved as number {int(number)}. <a class="fm-link" href="/history">See it</a>',
            html=True,
            position="top",
        )

    with panel("Order", classes="is-ticket"):
        offered = choices(session, services.runner.sources.offered())
        return OrderTicket(session.ticket, offered, on_edit=session.edited, on_save=save)


def _answer(session: Session) -> None:
    def explain_part(kind: str) -> None:
        part = session.part(kind)
        if part is not None:
            explain(part)

    with ui.element("div").classes("fm-answer fm-column"):
        with panel("Cost of this order now"):
            Headline(cost.FACTS)
        with panel("Where it comes from"):
            CostTable(explain_part).classes("fm-parts")


def _charts() -> None:
    with ui.element("div").classes("fm-charts"):
        with _plot("Cost over time", "this order, one point a second"):
            LiveChart("cost", COST_LINES)
        with _plot("Slippage against size", "exact walk of the book"):
            LiveChart("curve", CURVE_LINES, axis="log", unit="base")
        with _plot("Market", "mid and spread"):
            LiveChart("market", MARKET_LINES)


@contextmanager
def _plot(title: str, note: str) -> Iterator[None]:
    with panel(title, note, classes="fm-chart"), ui.element("div").classes("fm-plot"):
        yield
