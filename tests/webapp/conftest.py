"""Real parts, wired small: a hub that is fed by hand, and the app on its demo exchange."""

from importlib import import_module

import pytest

from engine.clock import ManualClock
from engine.hub import MarketHub, MarketKey
from engine.latency import Latencies
from engine.learning.trainer import Trainer
from engine.log_tail import LogTail
from engine.quoter import Quoter
from engine.runner import Runner
from engine.scoreboard import Scoreboard
from engine.shadow.desk import ShadowDesk
from engine.sources import SourceOptions, Sources
from engine.start import Start
from engine.supervisor import Supervisor
from engine.sweeps.pool import HerePool
from engine.sweeps.run import Budget
from engine.vitals import Vitals
from models.base import Source
from storage.store import Store
from webapp import alerting
from webapp.services import Services
from webapp.studio import Studio
from webapp.sweeping import sweep_desk

KEY = MarketKey(Source.DEMO, "okx", "BTC-USDT-SWAP")


@pytest.fixture
async def services(tmp_path):
    """All that a page may use; nothing runs until a test makes it."""
    clock, latencies = ManualClock(), Latencies()
    hub = MarketHub(clock, latencies.feed)
    runner = Runner(hub, Sources(SourceOptions()), Supervisor(clock), clock)
    start = Start(
        runner, clock, wanted="demo", venue="okx", symbol="BTC-USDT-SWAP", live_timeout_s=1.0
    )
    store = Store.open_now(f"sqlite:///{tmp_path}/fathom.db")
    quoter, supervisor = Quoter(hub, latencies.calculation, clock), Supervisor(clock)
    alerts = alerting.board(
        runner, quoter, supervisor, clock, store, own_fees=None, webhook_hosts=frozenset()
    )
    studio = Studio(runner, store.recordings, tmp_path)
    sweeps = sweep_desk(
        hub,
        store,
        clock,
        folder=tmp_path / "sweeps",
        recordings=tmp_path / "recordings",
        workers=1,
        open_pool=HerePool,
        budget=Budget(),
    )
    yield Services(
        hub=hub,
        runner=runner,
        quoter=quoter,
        start=start,
        latencies=latencies,
        vitals=Vitals(hub, latencies, clock),
        log=LogTail(),
        alerts=alerts,
        scoreboard=Scoreboard(hub, clock),
        shadow=ShadowDesk(hub, clock),
        trainer=Trainer(hub, clock),
        store=store,
        studio=studio,
        sweeps=sweeps,
        clock=clock,
        version="test",
        folder=tmp_path,
    )
    await sweeps.close()
    await studio.close()
    await supervisor.close()
    await runner.close()
    await store.close()


@pytest.fixture
def demo_app(monkeypatch, tmp_path):
    """The settings with which `user` starts main.py, as if it was called without arguments."""
    monkeypatch.setattr("sys.argv", ["main.py"])
    # The simulated user calls the server "test".
    monkeypatch.setattr(import_module("webapp.headers"), "LOCAL_NAMES", {"test"})
    monkeypatch.setenv("FATHOM_SOURCE", "demo")
    monkeypatch.setenv("FATHOM_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("FATHOM_OPEN_BROWSER", "false")
    monkeypatch.setenv("FATHOM_TOUR", "false")
