"""`learn`: learning over a recording, or over the demo exchange for a while, without pages."""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Final

import msgspec

from engine.clock import SystemClock
from engine.hub import MarketHub, MarketKey
from engine.latency import LatencyMeter
from engine.learning.headless import learn
from engine.learning.report import as_fields, as_table
from engine.learning.trainer import Trainer
from engine.runner import Runner
from engine.sources import DEMO_VENUE, SourceOptions, Sources
from engine.supervisor import Supervisor
from market.errors import OrderError
from market.units import NS_PER_S
from models.base import Source
from models.learning.spec import MODELS, LearningSpec
from models.learning.state import LearningState

DEMO: Final = "demo"
DEFAULT: Final = LearningSpec()


def add_learn(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("file", help=f"a recording (.jsonl.gz), or {DEMO}: the embedded exchange")
    parser.add_argument("--venue", default="", help="recording: its venue")
    parser.add_argument(
        "--instrument", action="append", default=[], help="one of them; may be repeated"
    )
    parser.add_argument(
        "--delay-ms",
        type=float,
        action="append",
        default=[],
        help="until an order meets the book; 0 is now; may be repeated",
    )
    parser.add_argument("--model", action="append", choices=MODELS, default=[])
    parser.add_argument("--around", type=float, help="sizes around this amount (quote)")
    parser.add_argument("--min-rows", type=int, default=DEFAULT.min_rows, help="%(default)s")
    parser.add_argument("--refit", type=int, default=DEFAULT.refit_books, help="%(default)s books")
    parser.add_argument("--seconds", type=float, default=120.0, help="demo: %(default)g")
    parser.add_argument("--seed", type=int, default=7, help="demo: %(default)s")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.set_defaults(command=learn_command)


def learn_command(options: argparse.Namespace) -> int:
    """Learn and print. OrderError for what cannot be meant."""
    spec = _spec(options)
    symbols = tuple(options.instrument)
    if options.file == DEMO:
        states = asyncio.run(_on_demo(options, spec, symbols or ("BTC-USDT-SWAP",)))
    else:
        states = learn(Path(options.file), options.venue, spec, symbols)
    if options.json:
        text = msgspec.json.format(msgspec.json.encode(as_fields(states)), indent=2).decode()
    else:
        text = as_table(states)
    sys.stdout.write(text + "\n")
    return 0


def _spec(options: argparse.Namespace) -> LearningSpec:
    delays = tuple(round(ms * NS_PER_S / 1e3) for ms in options.delay_ms)
    return LearningSpec(
        delays_ns=tuple(sorted(set(delays))) or DEFAULT.delays_ns,
        models=tuple(dict.fromkeys(options.model)) or MODELS,
        around=options.around,
        min_rows=options.min_rows,
        refit_books=options.refit,
    )


async def _on_demo(
    options: argparse.Namespace, spec: LearningSpec, symbols: tuple[str, ...]
) -> tuple[LearningState, ...]:
    """The embedded exchange over its socket, in real time."""
    if not 1 <= options.seconds <= 86_400:
        raise OrderError("seconds", f"is {options.seconds:g}", "1 to 86,400")
    clock = SystemClock()
    hub, supervisor = MarketHub(clock, LatencyMeter()), Supervisor(clock)
    runner = Runner(hub, Sources(SourceOptions(demo_seed=options.seed)), supervisor, clock)
    trainer = Trainer(hub, clock, spec)
    try:
        for symbol in symbols:
            await runner.hold(MarketKey(Source.DEMO, DEMO_VENUE, symbol))
        supervisor.start("learning", trainer.run)
        await asyncio.sleep(options.seconds)
        await trainer.turn()
        return trainer.states()
    finally:
        await runner.close()
