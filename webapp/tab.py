"""What a page is built from: the services all share, and the tab it is shown in."""

from dataclasses import dataclass

from engine.directory import Directory
from engine.watchlist import Watchlist
from webapp.export_jobs import ExportJobs
from webapp.sampling import Sampler
from webapp.services import Services
from webapp.session import Session
from webapp.stream import Publisher
from webapp.tickets import Tickets
from webapp.tools import Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What all tabs have in common besides the services."""

    publisher: Publisher
    directory: Directory
    watchlist: Watchlist
    export_jobs: ExportJobs
    sampler: Sampler


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One tab: its own session, and what it has in common with the others."""

    services: Services
    shared: Shared
    session: Session
    tickets: Tickets
    tools: Tools
