"""The small bundle that pages are given. Made once, in main.py."""

from dataclasses import dataclass
from pathlib import Path

from engine.alerts.board import AlertBoard
from engine.clock import Clock
from engine.hub import MarketHub
from engine.latency import Latencies
from engine.learning.trainer import Trainer
from engine.log_tail import LogTail
from engine.quoter import Quoter
from engine.runner import Runner
from engine.scoreboard import Scoreboard
from engine.shadow.desk import ShadowDesk
from engine.start import Start
from engine.vitals import Vitals
from models.fee_schedules import Schedules
from storage.store import Store
from webapp.studio import Studio
from webapp.sweeping import SweepDesk


@dataclass(frozen=True, slots=True)
class ServerSetting:
    """One choice made before the start, for the Settings page."""

    name: str
    value: str
    allowed: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What a page may use. Shared by all pages, so nothing of one user's lives here."""

    hub: MarketHub
    runner: Runner
    quoter: Quoter
    start: Start
    latencies: Latencies
    vitals: Vitals
    log: LogTail
    alerts: AlertBoard
    scoreboard: Scoreboard
    shadow: ShadowDesk
    trainer: Trainer
    store: Store
    studio: Studio
    sweeps: SweepDesk
    clock: Clock
    version: str
    folder: Path
    """Where everything is kept that is no row of the database."""
    settings: tuple[ServerSetting, ...] = ()
    has_tour: bool = True
    """Whether a new browser is shown the tour."""
    own_fees: Schedules | None = None
    """The user's own fee schedules, which go before the published ones."""
