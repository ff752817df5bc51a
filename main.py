"""Wires everything and starts the server. The only place that knows all floors."""

import logging
import os
import sys
from contextlib import suppress
from pathlib import Path

from settings import Settings, SettingsError

VERSION = "0.1.0"


def serve(settings: Settings) -> None:
    """Build the parts, then serve until stopped."""
    folder = settings.data_dir.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        sys.exit(f"{CANNOT_START}\nFATHOM_DATA_DIR: {error}")
    # Read when numba and NiceGUI are imported, so both imports come after.
    os.environ.setdefault("NUMBA_CACHE_DIR", str(folder / "kernels"))
    os.environ.setdefault("NICEGUI_STORAGE_PATH", str(folder / "browsers"))

    from nicegui import app, ui

    from engine.clock import SystemClock
    from engine.errors import FeedError
    from engine.hub import MarketHub
    from engine.latency import Latencies, watch_loop_lag
    from engine.learning.trainer import Trainer
    from engine.log_tail import LogTail
    from engine.patience import once_kept
    from engine.quoter import Quoter
    from engine.runner import Runner
    from engine.scoreboard import Scoreboard
    from engine.shadow.desk import ShadowDesk
    from engine.sources import SourceOptions, Sources
    from engine.start import Start
    from engine.supervisor import Supervisor
    from engine.sweeps.pool import default_workers, open_pool
    from engine.sweeps.run import Budget
    from engine.vitals import Vitals
    from feeds.catalog import live_listing
    from feeds.recorded import guess_venue
    from market.errors import OrderError
    from models.fee_schedules import read_schedules
    from storage.errors import StorageError
    from storage.model_shelf import ModelShelf
    from storage.retention import Policy
    from storage.store import Store
    from webapp import alerting
    from webapp.app import register
    from webapp.secret import session_secret
    from webapp.services import ServerSetting, Services
    from webapp.studio import Studio
    from webapp.sweeping import sweep_desk

    logging.basicConfig(level=settings.log_level.upper(), format=LOG_FORMAT)
    for talkative in ("httpx", "websockets", "alembic"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    clock, latencies = SystemClock(), Latencies()
    hub = MarketHub(clock, latencies.feed)
    vitals, log = Vitals(hub, latencies, clock), LogTail()
    logging.getLogger().addHandler(log)
    supervisor = Supervisor(clock)
    try:
        live_listing(settings.venue)
        replay_venue = guess_venue(settings.replay_file) if settings.replay_file else ""
        own_fees = read_schedules(settings.fee_file.read_bytes()) if settings.fee_file else None
        secret = session_secret(folder)
        keep = Policy(recorded_days=settings.keep_days, saved_days=settings.keep_saved_days)
        store = Store.open_or_keep_trying(settings.sqlalchemy_url, code_version=VERSION, keep=keep)
    except (FeedError, OrderError, StorageError, OSError) as error:
        sys.exit(f"{CANNOT_START}\n{error}")
    options = SourceOptions(
        region=settings.okx_region,
        venue=settings.venue,
        demo_seed=settings.demo_seed,
        demo_rate_hz=settings.demo_rate_hz,
        demo_port=settings.demo_port,
        replay_file=settings.replay_file,
        replay_venue=replay_venue,
        replay_speed=settings.replay_speed,
    )
    runner = Runner(hub, Sources(options), supervisor, clock)
    start = Start(
        runner,
        clock,
        wanted=settings.source,
        venue=settings.venue,
        symbol=settings.instrument,
        live_timeout_s=settings.live_timeout_s,
    )
    password = settings.password.get_secret_value() if settings.password else None
    quoter = Quoter(hub, latencies.calculation, clock)
    alerts = alerting.board(
        runner,
        quoter,
        supervisor,
        clock,
        store,
        own_fees=own_fees,
        webhook_hosts=settings.allowed_hosts,
    )
    studio = Studio(runner, store.recordings, folder)
    workers = settings.sweep_workers or default_workers()
    sweeps = sweep_desk(
        hub,
        store,
        clock,
        folder=folder / "sweeps",
        recordings=folder / "recordings",
        workers=workers,
        open_pool=lambda: open_pool(workers, settings.dask_scheduler or ""),
        budget=Budget(points=settings.sweep_points, size_bytes=settings.sweep_mib << 20),
        own_fees=own_fees,
    )
    scoreboard = Scoreboard(hub, clock, store.scores)
    shadow = ShadowDesk(hub, clock, store.scores)
    trainer = Trainer(hub, clock, shelf=ModelShelf(store.models, store.metrics))
    services = Services(
        hub=hub,
        runner=runner,
        quoter=quoter,
        start=start,
        latencies=latencies,
        vitals=vitals,
        log=log,
        alerts=alerts,
        scoreboard=scoreboard,
        shadow=shadow,
        trainer=trainer,
        store=store,
        studio=studio,
        sweeps=sweeps,
        clock=clock,
        version=VERSION,
        folder=folder,
        settings=tuple(ServerSetting(*row) for row in settings.now()),
        has_tour=settings.tour,
        own_fees=own_fees,
    )
    register(services, password=password, sample_s=settings.sample_s)

    def begin() -> None:
        supervisor.start("loop lag", lambda: watch_loop_lag(latencies.loop_lag, clock))
        supervisor.start("vitals", vitals.run)
        supervisor.start("alerts", alerts.run)
        supervisor.start("start", start.run)
        supervisor.start("sweeps", lambda: once_kept("sweeps", sweeps.start, clock))
        supervisor.start("retention", store.retention.run)
        supervisor.start("learning", trainer.run)
        supervisor.start("scoreboard", scoreboard.run)
        supervisor.start("scores kept", scoreboard.persist)
        supervisor.start("shadow orders", shadow.run)
        supervisor.start("fills kept", shadow.persist)

    async def end() -> None:
        logging.getLogger().removeHandler(log)
        with suppress(StorageError):
            await trainer.close()
        await sweeps.close()
        await studio.close()
        await runner.close()
        with suppress(StorageError):
            await scoreboard.keep()
            await shadow.keep()
        await store.close()

    app.on_startup(begin)
    app.on_shutdown(end)
    with suppress(KeyboardInterrupt):
        ui.run(
            host=settings.host,
            port=settings.port,
            title="Fathom",
            show=settings.open_browser,
            reload=False,
            dark=None,
            language="en-US",
            reconnect_timeout=15,
            tailwind=False,
            storage_secret=secret,
            ws_per_message_deflate=settings.compression,
        )


def command(settings: Settings, arguments: list[str]) -> int:
    """Do what the arguments say instead of serving; the exit code."""
    folder = settings.data_dir.absolute()
    os.environ.setdefault("NUMBA_CACHE_DIR", str(folder / "kernels"))

    from engine.command_line import run
    from engine.sweeps.command import add_sweep
    from engine.sweeps.pool import default_workers
    from engine.sweeps.run import Budget
    from storage.command_line import add_commands
    from storage.verify_command import add_verify

    logging.basicConfig(level=logging.ERROR, format=LOG_FORMAT)
    database = add_commands(settings.sqlalchemy_url, folder)
    receipts = add_verify(settings.sqlalchemy_url, VERSION)
    sweeps = add_sweep(
        folder / "recordings",
        settings.sweep_workers or default_workers(),
        settings.dask_scheduler or "",
        Budget(points=settings.sweep_points, size_bytes=settings.sweep_mib << 20),
    )
    return run(arguments, folder / "recordings", [database, receipts, sweeps])


CANNOT_START = "Fathom cannot start."
LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

if __name__ == "__main__":
    try:
        loaded = Settings.load()
    except SettingsError as error:
        sys.exit(f"{CANNOT_START}\n{error}")
    # Arguments are ours only when this file is the program that was called: tests run it too.
    if sys.argv[1:] and Path(sys.argv[0]).resolve() == Path(__file__).resolve():
        sys.exit(command(loaded, sys.argv[1:]))
    serve(loaded)
