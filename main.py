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
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Read when numba and NiceGUI are imported, so both imports come after.
    os.environ.setdefault("NUMBA_CACHE_DIR", str(folder / "kernels"))
    os.environ.setdefault("NICEGUI_STORAGE_PATH", str(folder / "browsers"))

    from nicegui import app, ui

    from engine.clock import SystemClock
    from engine.errors import FeedError
    from engine.hub import MarketHub
    from engine.latency import Latencies, watch_loop_lag
    from engine.quoter import Quoter
    from engine.runner import Runner
    from engine.sources import SourceOptions, Sources
    from engine.start import Start
    from engine.supervisor import Supervisor
    from feeds.catalog import live_listing
    from feeds.recorded import guess_venue
    from market.errors import OrderError
    from models.fee_schedules import read_schedules
    from storage.errors import StorageError
    from storage.store import Store
    from webapp.app import register
    from webapp.secret import session_secret
    from webapp.services import Services

    logging.basicConfig(level=settings.log_level.upper(), format=LOG_FORMAT)
    for talkative in ("httpx", "websockets", "alembic"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    clock, latencies = SystemClock(), Latencies()
    hub = MarketHub(clock, latencies.feed)
    supervisor = Supervisor(clock)
    try:
        live_listing(settings.venue)
        replay_venue = guess_venue(settings.replay_file) if settings.replay_file else ""
        own_fees = read_schedules(settings.fee_file.read_bytes()) if settings.fee_file else None
        secret = session_secret(folder)
        store = Store.open_now(settings.sqlalchemy_url, code_version=VERSION)
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
    services = Services(
        hub=hub,
        runner=runner,
        quoter=Quoter(hub, latencies.calculation, clock),
        start=start,
        latencies=latencies,
        store=store,
        clock=clock,
        version=VERSION,
        own_fees=own_fees,
    )
    register(services, password=password)

    def begin() -> None:
        supervisor.start("loop lag", lambda: watch_loop_lag(latencies.loop_lag, clock))
        supervisor.start("start", start.run)

    async def end() -> None:
        await runner.close()
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

    logging.basicConfig(level=logging.ERROR, format=LOG_FORMAT)
    return run(arguments, folder / "recordings")


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
