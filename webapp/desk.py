"""The one document of a tab: session, bus, frame, and the page that is shown inside."""

import asyncio
from functools import partial
from urllib.parse import parse_qsl, urlsplit

from nicegui import Client, background_tasks, ui
from starlette.requests import Request

from engine.hub import MarketKey
from engine.player import Player
from models.base import Source
from webapp import format as fmt
from webapp import theme
from webapp.components.bus import Bus
from webapp.components.refusals import Refusals
from webapp.components.source_banner import Notice
from webapp.components.storage_banner import StorageBanner
from webapp.components.transport import Transport
from webapp.pages.catalog import PAGES, Page
from webapp.saving import link_of
from webapp.services import Services
from webapp.session import Session
from webapp.tab import Shared, Tab
from webapp.ticket import from_link
from webapp.tickets import Tickets, from_values
from webapp.tools import Tools

BANNER_S = 1.0
ADDRESS_S = 0.3
TRANSPORT_S = 0.25


def register(services: Services, shared: Shared) -> None:
    """All addresses build the same document, so that going between them keeps the tab's state."""

    def root(request: Request) -> None:
        # Only the address of the Trade page carries a ticket; other pages read their own.
        is_trade = request.scope["path"] == "/"
        _build(services, shared, dict(request.query_params) if is_trade else {})

    for page in PAGES:
        ui.page(page.path)(root)


def _build(services: Services, shared: Shared, values: dict[str, str]) -> None:
    values, others, refused = from_values(values)
    ticket, problems = from_link(values)
    session = Session(services, ticket)
    tickets = Tickets(services, session, others)
    titles = {page.path: page.title for page in PAGES if page.is_listed}
    tools = Tools(services, session, titles)
    tab = Tab(services=services, shared=shared, session=session, tickets=tickets, tools=tools)
    client = ui.context.client
    bus = Bus(lambda is_visible: view.show(is_visible), lambda: view.lost())
    view = shared.publisher.attach(client, bus.id, session, lambda: page_of(client))
    task: list[asyncio.Task[None]] = []

    def follow() -> None:
        if not task:
            task.append(background_tasks.create(session.run(), name=f"session {client.id[:8]}"))
            tickets.begin()

    def end() -> None:
        tickets.close()
        for running in task:
            running.cancel()

    def keep_address() -> None:
        if page_of(client) == "/":
            with client:
                ui.navigate.history.replace(link_of(session, tickets))

    client.on_connect(follow)
    client.on_delete(end)
    forget = shared.sampler.watch(session)
    client.on_delete(lambda: forget())
    session.on_change(keep_address)

    def put_in(key: MarketKey) -> None:
        """Every tab that shows a recording shows the one that is played."""
        if ticket.source == Source.REPLAY:
            session.reopen(key)

    client.on_delete(services.studio.on_put_in(put_in))

    def open_link(path: str) -> None:
        """A link inside the document that carries a ticket, or a step back to one."""
        parts = urlsplit(path)
        values, _, _ = from_values(dict(parse_qsl(parts.query)))
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

    notice = source_notice(services, session)
    with theme.frame(titles, notice, switch_to_live, tools.build) as banner:
        transport = Transport(lambda: playing(services, session))
        saving = StorageBanner(services.store.health)
        refusals = Refusals()
        refusals.show([*refused, *problems])
        ui.sub_pages({page.path: partial(show, page) for page in PAGES})
    ui.timer(TRANSPORT_S, transport.refresh)

    def tell() -> None:
        banner.show(source_notice(services, session))
        saving.show(services.store.health)

    ui.timer(BANNER_S, tell)


def page_of(client: Client) -> str:
    """The address of the page that a tab shows."""
    return client.sub_pages_router.current_path.partition("?")[0]


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


def playing(services: Services, session: Session) -> Player | None:
    """What plays the recording that this tab shows; None for other sources."""
    return services.runner.player if session.ticket.source == Source.REPLAY else None


def _recording(services: Services, session: Session) -> str:
    """File, its day, the recorded time, and whether that stands still."""
    player, path = services.runner.player, services.runner.sources.recording
    if player is None:
        return path.name if path else "no file"
    now = player.playing
    text = now.file
    if now.has_times:
        text += f", recorded on {fmt.day(now.now_ns)}; prices of {fmt.utc(now.now_ns)}"
    if now.is_over:
        return f"{text}. It has been played to its end."
    return f"{text}, PAUSED" if now.is_paused else text
