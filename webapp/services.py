"""The small bundle that pages are given. Made once, in main.py."""

from dataclasses import dataclass

from engine.clock import Clock
from engine.hub import MarketHub
from engine.latency import Latencies
from engine.quoter import Quoter
from engine.runner import Runner
from engine.start import Start
from models.fee_schedules import Schedules
from storage.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What a page may use. Shared by all pages, so nothing of one user's lives here."""

    hub: MarketHub
    runner: Runner
    quoter: Quoter
    start: Start
    latencies: Latencies
    store: Store
    clock: Clock
    version: str
    own_fees: Schedules | None = None
    """The user's own fee schedules, which go before the published ones."""
