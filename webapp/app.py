"""Registers routes and pages, and ties the publisher to the life of the app."""

from nicegui import app, ui
from starlette.responses import JSONResponse

from engine.directory import Directory
from engine.supervisor import Supervisor
from engine.watchlist import Watchlist
from webapp import api_sweeps, desk, downloads, theme
from webapp.auth import register_login
from webapp.export_jobs import ExportJobs
from webapp.headers import OnlyThisMachine, SafeHeaders
from webapp.labelling import Labelling
from webapp.learned import download as model_download
from webapp.performance import export as performance_export
from webapp.sampling import Sampler
from webapp.services import Services
from webapp.stream import Publisher
from webapp.tab import Shared


def register(services: Services, *, password: str | None = None, sample_s: float = 0.0) -> None:
    """Add everything to NiceGUI's app. main.py calls it once per start.

    `sample_s` is the time between two samples of a running ticket; 0 takes none.
    """
    publisher = Publisher(services)
    supervisor = Supervisor(services.clock)
    if password is None:
        app.add_middleware(OnlyThisMachine)
    else:
        register_login(password, services.clock.steady_ns)
    app.add_middleware(SafeHeaders)
    _routes(services)
    jobs = ExportJobs()
    downloads.register(services, jobs)
    performance_export.register(services)
    model_download.register(services)
    api_sweeps.register(services)
    sampler = Sampler(services.store.series, services.quoter, services.clock, sample_s)
    labelling = Labelling(services.trainer, services.store.labels, services.clock)
    shared = Shared(
        publisher=publisher,
        directory=Directory(services.runner, supervisor, services.clock),
        watchlist=Watchlist(services.runner, supervisor, services.clock),
        export_jobs=jobs,
        sampler=sampler,
    )
    desk.register(services, shared)
    app.on_startup(lambda: supervisor.start("publisher", publisher.run))
    app.on_startup(lambda: supervisor.start("cost samples", sampler.run))
    app.on_startup(lambda: supervisor.start("labels kept", labelling.run))
    app.on_shutdown(supervisor.close)
    app.on_shutdown(sampler.flush)
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


def _error_page(exception: Exception) -> None:
    """What a visitor sees when a page could not be built; the log has the rest."""
    ui.add_css(theme.CSS)
    with ui.element("main").classes("fm-door fm-panel"):
        with ui.element("h1").classes("fm-heading"):
            ui.label("This page could not be opened")
        ui.label(f"{type(exception).__name__}. The feed and the history are not touched by this.")
        ui.link("Open the Trade page", "/").classes("fm-link")
