"""Trade: what would this order cost now?"""

from functools import partial

from nicegui import ui

from engine.directory import Directory
from engine.hub import MarketKey
from market.order import Unit
from models.base import Source
from webapp import explaining, saving, search
from webapp.choices import choices
from webapp.comparing import Comparing, load
from webapp.components.cost_table import CostTable
from webapp.components.explanation import explain
from webapp.components.headline import Headline
from webapp.components.instrument_search import InstrumentSearch
from webapp.components.ladder import Ladder
from webapp.components.live_table import LiveTable
from webapp.components.order_ticket import OrderTicket
from webapp.components.readings import Readings
from webapp.components.ticket_menu import TicketMenu
from webapp.components.tickets_table import TicketsTable
from webapp.components.tornado import Tornado
from webapp.components.trade_charts import charts, depth_chart
from webapp.frames import book, comparison, cost, market, watched
from webapp.frames.markets import name_of
from webapp.services import Services
from webapp.session import Session
from webapp.sizing import size_scale
from webapp.tab import Tab
from webapp.theme import panel
from webapp.ticket import DEADLINES
from webapp.tickets import Tickets

COMPARE_S = 1.0


def create(tab: Tab) -> None:
    """Build the page for the session of this tab."""
    services, session, tickets = tab.services, tab.session, tab.tickets
    readings = partial(
        Readings, is_grid=True, explains=explaining.NAMES, on_explain=partial(_explain, session)
    )
    with ui.element("h1").classes("fm-hidden"):
        ui.label("Trade: what would this order cost now?")
    with ui.element("div").classes("fm-desk") as desk:
        with ui.element("div").classes("fm-column"):
            ticket = _ticket(services, session, tab.shared.directory, tickets)
            with panel("This order", classes="is-order"):
                readings("order", cost.ORDER_FACTS)
                readings("execution").classes("fm-below")
            with panel("Market", classes="is-market"):
                readings("market", market.FACTS)
        with ui.element("div").classes("fm-column"):
            side_by_side = TicketsTable(tickets)
            _answer(session)
            _comparison(services, session, tickets)
            _elsewhere(session)
            with panel("What moves this cost", "each assumption alone", classes="is-swings"):
                Tornado()
            charts()
        with ui.element("div").classes("fm-column"):
            with panel(classes="is-book"):
                ladder = Ladder(book.LADDER_DEPTH, always=15, on_group=partial(_group, session))
            depth_chart()

    def refresh() -> None:
        if desk.is_deleted:
            forget()
            return
        offered = choices(session, services.runner.sources.offered())
        what = search.hint(session.instrument, session.ticket.instrument)
        scale = None
        if session.instrument is not None:
            scale = size_scale(session.instrument, session.state(), Unit(session.ticket.unit))
        ticket.show(offered, session.problems, hint=what, can_save=session.can_save, scale=scale)
        side_by_side.show()
        ladder.show(session.ticket.grouping)

    forget = session.on_change(refresh)
    refresh()


def _group(session: Session, every: str) -> None:
    session.ticket.grouping = every
    session.edited()


def _ticket(
    services: Services, session: Session, directory: Directory, tickets: Tickets
) -> OrderTicket:
    with panel("Order", classes="is-ticket"):
        TicketMenu(session, services.store.configurations)
        another = ui.button("+ Ticket", on_click=tickets.add).mark("add-ticket")
        another.props("flat dense no-caps color=none padding='0 8px'")
        another.props('aria-label="Another ticket beside this one"').classes("fm-ticket-add")
        return OrderTicket(
            session.ticket,
            choices(session, services.runner.sources.offered()),
            find=lambda: _search(session, directory),
            on_edit=session.edited,
            on_size=session.size_to,
            on_save=partial(saving.save, services, session),
            on_share=saving.Share(session, tickets).open,
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
    elif name in explaining.NAMES:
        ui.notify(f"There is no number for “{name}” to explain now.", position="top")


def _comparison(services: Services, session: Session, tickets: Tickets) -> None:
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

    async def update() -> None:
        tickets.update()
        await comparing.update()

    ui.timer(COMPARE_S, update)


def _elsewhere(session: Session) -> None:
    def act(_: str, name: str) -> None:
        """Only what was shown can be opened."""
        offered = {name_of(watched.key_of(one)): watched.key_of(one) for one in session.elsewhere}
        if name in offered:
            session.choose(offered[name])

    with panel("Your size elsewhere", "followed markets, fees counted", classes="is-elsewhere"):
        LiveTable(
            watched.HEADS,
            act,
            topic="watched",
            caption="The cost of this size on every followed market, the cheapest first",
            empty="There is no order to price elsewhere now.",
            opens="Put this market into the ticket",
        ).mark("watched")
        ui.link("Follow another market", "/markets").classes("fm-link fm-more")
