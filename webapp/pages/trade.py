"""Trade: what would this order cost now?"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from nicegui import ui

from engine.directory import Directory
from engine.hub import MarketKey
from models.base import Source
from storage.errors import StorageError
from webapp import explaining, search
from webapp.choices import choices
from webapp.comparing import Comparing, load
from webapp.components.cost_table import CostTable
from webapp.components.explanation import explain
from webapp.components.headline import Headline
from webapp.components.instrument_search import InstrumentSearch
from webapp.components.ladder import Ladder
from webapp.components.live_chart import Line, LiveChart
from webapp.components.live_table import LiveTable
from webapp.components.order_ticket import OrderTicket
from webapp.components.readings import Readings
from webapp.components.ticket_menu import TicketMenu
from webapp.components.tornado import Tornado
from webapp.frames import comparison, cost, market
from webapp.services import Services
from webapp.session import Session
from webapp.tab import Tab
from webapp.theme import panel
from webapp.ticket import DEADLINES

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


COMPARE_S = 1.0


def create(tab: Tab) -> None:
    """Build the page for the session of this tab."""
    services, session, directory = tab.services, tab.session, tab.shared.directory
    with ui.element("h1").classes("fm-hidden"):
        ui.label("Trade: what would this order cost now?")
    with ui.element("div").classes("fm-desk") as desk:
        with ui.element("div").classes("fm-column"):
            ticket = _ticket(services, session, directory)
            with panel("This order", classes="is-order"):
                why = {"explains": explaining.NAMES, "on_explain": partial(_explain, session)}
                Readings("order", cost.ORDER_FACTS, is_grid=True, **why)
                Readings("execution", is_grid=True, **why).classes("fm-below")
            with panel("Market", classes="is-market"):
                Readings("market", market.FACTS, is_grid=True)
        with ui.element("div").classes("fm-column"):
            _answer(session)
            _comparison(services, session)
            with panel("What moves this cost", "each assumption alone", classes="is-swings"):
                Tornado()
            _charts()
        with ui.element("div").classes("fm-column"), panel(classes="is-book"):
            Ladder(market.LADDER_DEPTH, always=15)

    def refresh() -> None:
        if desk.is_deleted:
            forget()
            return
        offered = choices(session, services.runner.sources.offered())
        what = search.hint(session.instrument, session.ticket.instrument)
        ticket.show(offered, session.problems, hint=what, can_save=session.can_save)

    forget = session.on_change(refresh)
    refresh()


def _ticket(services: Services, session: Session, directory: Directory) -> OrderTicket:
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
        if session.key is not None:
            services.scoreboard.take(session.key, quote.estimate)
        # The only thing put into this HTML is a whole number of ours.
        ui.notify(
            f'Saved as number {int(number)}. <a class="fm-link" href="/history">See it</a>',
            html=True,
            position="top",
        )

    with panel("Order", classes="is-ticket"):
        TicketMenu(session, services.store.configurations)
        offered = choices(session, services.runner.sources.offered())
        return OrderTicket(
            session.ticket,
            offered,
            find=lambda: _search(session, directory),
            on_edit=session.edited,
            on_save=save,
        )


def _search(session: Session, directory: Directory) -> InstrumentSearch:
    ticket = session.ticket

    def here() -> MarketKey:
        source = Source(ticket.source) if ticket.source else Source.DEMO
        return MarketKey(source, ticket.venue, ticket.instrument)

    def pick(chosen: tuple[str, str, str]) -> None:
        key = search.market_of(directory, chosen)
        if key is not None:
            session.choose(key)

    async def enter(text: str) -> None:
        """The best of what is listed, or what was typed, to be judged at its field."""
        near = here()
        found = await search.best(directory, text, near)
        session.choose(found.key if found else near._replace(symbol=text.strip()[:40]))

    return InstrumentSearch(
        on_find=lambda text: search.matches(directory, text, here()),
        on_pick=pick,
        on_enter=enter,
    )


def _answer(session: Session) -> None:
    on_explain = partial(_explain, session)
    with ui.element("div").classes("fm-answer fm-column"):
        with panel("Cost of this order now"):
            Headline(cost.FACTS, on_explain)
        with panel("Where it comes from"):
            CostTable(on_explain).classes("fm-parts")


def _explain(session: Session, name: str) -> None:
    found = explaining.explanation(session, name)
    if found is not None:
        explain(found)


def _comparison(services: Services, session: Session) -> None:
    comparing = Comparing(services.hub, session)

    def act(_: str, key: str) -> None:
        load(session, key)

    with panel("The same order, other ways", classes="is-ways"):
        choice = ui.select(DEADLINES, label="Deadline").bind_value(session.ticket, "deadline")
        choice.props("outlined dense stack-label options-dense").mark("deadline")
        choice.classes("fm-deadline").on_value_change(session.edited)
        LiveTable(
            comparison.HEADS,
            act,
            topic="ways",
            caption="The same order carried out in other ways",
            empty="There is no order to compare now.",
            opens="Load this way into the ticket",
        ).mark("ways")
    ui.timer(COMPARE_S, comparing.update)


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
