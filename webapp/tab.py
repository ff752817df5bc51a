"""What a page is built from: the services all share, and the tab it is shown in."""

from dataclasses import dataclass

from engine.directory import Directory
from engine.watchlist import Watchlist
from webapp.services import Services
from webapp.session import Session
from webapp.stream import Publisher


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What all tabs have in common besides the services."""

    publisher: Publisher
    directory: Directory
    watchlist: Watchlist


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One tab: its own session, and what it has in common with the others."""

    services: Services
    shared: Shared
    session: Session
