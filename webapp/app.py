"""Registers routes and pages, and ties the publisher to the life of the app."""

from nicegui import app, ui
from starlette.responses import JSONResponse, StreamingResponse

from engine.directory import Directory
from engine.supervisor import Supervisor
from engine.watchlist import Watchlist
from storage.export import MEDIA_TYPES, Format, export
from webapp import desk, theme
from webapp.auth import register_login
from webapp.headers import OnlyThisMachine, SafeHeaders
from webapp.services import Services
from webapp.stream import Publisher
from webapp.tab import Shared


def register(services: Services, *, password: str | None = None) -> None:
    """Add everything to NiceGUI's app. main.py calls it once per start."""
    publisher = Publisher(services)
    supervisor = Supervisor(services.clock)
    if password is None:
        app.add_middleware(OnlyThisMachine)
    else:
        register_login(password, services.clock.steady_ns)
    app.add_middleware(SafeHeaders)
    _routes(services)
    shared = Shared(
        publisher=publisher,
        directory=Directory(services.runner, supervisor, services.clock),
        watchlist=Watchlist(services.runner, supervisor, services.clock),
    )
    desk.register(services, shared)
    app.on_startup(lambda: supervisor.start("publisher", publisher.run))
    app.on_shutdown(supervisor.close)
    app.on_page_exception(_error_page)


def _routes(services: Services) -> None:
    @app.get("/health/live")
    def live() -> JSONResponse:
        return JSONResponse({"status": "live", "version": services.version})

    @app.get("/health/ready")
    def ready() -> JSONResponse:
        chosen = services.start.chosen
        if chosen is None:
            return JSONResponse({"status": "starting", "reason": services.start.reason}, 503)
        return JSONResponse({"status": "ready", "source": chosen.source.value})

    @app.get("/history/export.{file_format}")
    def download(file_format: Format) -> StreamingResponse:
        name = f'attachment; filename="fathom-history.{file_format}"'
        return StreamingResponse(
            export(services.store.estimates, file_format),
            media_type=MEDIA_TYPES[file_format],
            headers={"Content-Disposition": name},
        )


def _error_page(exception: Exception) -> None:
    """What a visitor sees when a page could not be built; the log has the rest."""
    ui.add_css(theme.CSS)
    with ui.element("main").classes("fm-door fm-panel"):
        with ui.element("h1").classes("fm-heading"):
            ui.label("This page could not be opened")
        ui.label(f"{type(exception).__name__}. The feed and the history are not touched by this.")
        ui.link("Open the Trade page", "/").classes("fm-link")
