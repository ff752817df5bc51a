"""The one document of a tab: session, bus, frame, and the page that is shown inside."""

import asyncio
from functools import partial
from urllib.parse import parse_qsl, urlencode, urlsplit

from nicegui import background_tasks, ui
from starlette.requests import Request

from models.base import Source
from webapp import format as fmt
from webapp import theme
from webapp.components.bus import Bus
from webapp.components.refusals import Refusals
from webapp.components.source_banner import Notice
from webapp.pages.catalog import PAGES, Page
from webapp.services import Services
from webapp.session import Session
from webapp.tab import Shared, Tab
from webapp.ticket import from_link, to_link

BANNER_S = 1.0
ADDRESS_S = 0.3


def register(services: Services, shared: Shared) -> None:
    """All addresses build the same document, so that going between them keeps the tab's state."""

    def root(request: Request) -> None:
        _build(services, shared, dict(request.query_params))

    for page in PAGES:
        ui.page(page.path)(root)


def _build(services: Services, shared: Shared, values: dict[str, str]) -> None:
    ticket, refused = from_link(values)
    session = Session(services, ticket)
    tab = Tab(services=services, shared=shared, session=session)
    client = ui.context.client
    bus = Bus(lambda is_visible: view.show(is_visible), lambda: view.lost())
    view = shared.publisher.attach(client, bus.id, session)
    task: list[asyncio.Task[None]] = []

    def follow() -> None:
        if not task:
            task.append(background_tasks.create(session.run(), name=f"session {client.id[:8]}"))

    def end() -> None:
        for running in task:
            running.cancel()

    def keep_address() -> None:
        if client.sub_pages_router.current_path.partition("?")[0] == "/":
            with client:
                ui.navigate.history.replace(address(session))

    client.on_connect(follow)
    client.on_delete(end)
    session.on_change(keep_address)

    def open_link(path: str) -> None:
        """A link inside the document that carries a ticket, or a step back to one."""
        parts = urlsplit(path)
        values = dict(parse_qsl(parts.query))
        if values and parts.path == "/":
            linked, problems = from_link(values)
            session.load(linked)
            refusals.show(problems)

    client.sub_pages_router.on_path_changed(open_link)

    def show(page: Page) -> None:
        page.create(tab)
        # After the browser has put the bare address of the page into its bar.
        ui.timer(ADDRESS_S, keep_address, once=True)

    def switch_to_live() -> None:
        ticket.source = Source.LIVE.value
        session.edited()

    titles = {page.path: page.title for page in PAGES}
    with theme.frame(titles, source_notice(services, session), switch_to_live) as banner:
        refusals = Refusals()
        refusals.show(refused)
        ui.sub_pages({page.path: partial(show, page) for page in PAGES})
    ui.timer(BANNER_S, lambda: banner.show(source_notice(services, session)))


def address(session: Session) -> str:
    """The link that opens this ticket again."""
    values = to_link(session.ticket)
    return f"/?{urlencode(values)}" if values else "/"


def source_notice(services: Services, session: Session) -> Notice:
    start, ticket = services.start, session.ticket
    if not ticket.source:
        return Notice(look="waiting", title="STARTING", text=f"{start.reason} …")
    if ticket.source == Source.DEMO:
        why = "" if start.chosen is None or start.reason == "as configured" else f" {start.reason}."
        return Notice(
            look="demo",
            title="DEMO DATA",
            text=f"Simulated prices of the embedded exchange, not a market.{why}",
            can_switch=start.is_live_back,
        )
    if ticket.source == Source.REPLAY:
        return Notice(look="replay", title="RECORDING", text=_recording(services, session))
    return Notice(
        look="live",
        title="LIVE",
        text=f"{ticket.venue.upper()}, as it comes in",
    )


def _recording(services: Services, session: Session) -> str:
    """File, day and whether it is over."""
    file = services.runner.sources.options.replay_file
    text = file.name if file else "no file"
    state = services.hub.state(session.key) if session.key else None
    if state is not None and state.book is not None:
        text += f", recorded on {fmt.day(state.book.event_ns)}"
    health = services.runner.health(session.key.source, session.key.venue) if session.key else None
    if health is not None and health.state == "ended":
        text += ". It has been played to its end."
    return text
