"""`quote`: price one order on a book given as JSON, or at a moment of a recording."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from engine.recorded_state import recorded_state
from market.errors import BookNotReady, OrderError
from market.instrument import Side
from market.order import Order, Unit
from models.base import CostEstimate, MarketState, Request
from models.catalog import IMPACTS, POLICIES, RECIPES, STYLES, recipe_for
from models.estimate import estimate
from models.estimate_text import as_text
from models.fee_schedules import custom_tier, read_schedules, schedule
from models.preview import as_preview
from models.quote_json import read_market

STANDARD_INPUT = "-"


def add_quote(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument(
        "market", help="book as JSON (models/quote_json.py), a recording, or - for standard input"
    )
    parser.add_argument("--side", choices=[side.value for side in Side], required=True)
    parser.add_argument("--amount", type=float, required=True)
    units = [unit.value for unit in Unit]
    parser.add_argument("--unit", choices=units, default=Unit.BASE.value, help="%(default)s")
    parser.add_argument("--type", choices=list(STYLES), default="market", help="%(default)s")
    parser.add_argument("--recipe", choices=list(RECIPES), help="fits the type")
    parser.add_argument(
        "--impact", choices=list(IMPACTS), default="", help="model of impact; the recipe's own"
    )
    parser.add_argument(
        "--beyond", choices=list(POLICIES), default="partial", help="the visible book: %(default)s"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="MODEL.FIELD=VALUE",
        help="a parameter, for example limit.ticks=1; may be repeated",
    )
    parser.add_argument("--sigma-day", type=float, help="volatility per square root of a day: 0.02")
    parser.add_argument("--tier", default="", help="fee tier; the venue's first otherwise")
    parser.add_argument("--maker-bps", type=float, help="own rate, with --taker-bps")
    parser.add_argument("--taker-bps", type=float)
    parser.add_argument("--fee-file", type=Path, help="fees in the format of fee_schedules.json")
    parser.add_argument("--at", default="", help="recording: +SECONDS, ISO-8601 or ns; its end")
    parser.add_argument("--instrument", default="", help="recording: the venue's own id")
    parser.add_argument("--venue", default="", help="recording: its venue")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.set_defaults(command=quote)


def quote(options: argparse.Namespace) -> int:
    """Price it and print it. OrderError for what cannot be meant, also while no price stands."""
    try:
        state = _state(options)
        priced = estimate(_request(options, state), state)
    except BookNotReady as error:
        raise OrderError("book", error.reason) from None
    sys.stdout.write(_shown(priced, for_machines=options.json) + "\n")
    return 0


def _shown(priced: CostEstimate, *, for_machines: bool) -> str:
    if not for_machines:
        return as_text(priced)
    return msgspec.json.format(msgspec.json.encode(as_preview(priced)), indent=2).decode()


def _state(options: argparse.Namespace) -> MarketState:
    if options.market == STANDARD_INPUT:
        return read_market(sys.stdin.buffer.read(), time.time_ns())
    path = Path(options.market)
    if path.suffix == ".json":
        return read_market(path.read_bytes(), time.time_ns())
    return recorded_state(path, options.instrument, options.at, options.venue)


def _request(options: argparse.Namespace, state: MarketState) -> Request:
    instrument = state.instrument
    own = read_schedules(options.fee_file.read_bytes()) if options.fee_file else None
    try:
        fees = schedule(instrument.venue, instrument.product, own)
    except OrderError:
        fees = None
    tier = None
    if options.maker_bps is not None or options.taker_bps is not None:
        if options.maker_bps is None or options.taker_bps is None:
            raise OrderError("fees", "one rate is missing", "--maker-bps and --taker-bps together")
        tier = custom_tier(options.maker_bps, options.taker_bps)
    elif options.tier:
        tier = (fees or schedule(instrument.venue, instrument.product, own)).tier(options.tier)
    return Request(
        order=Order(side=Side(options.side), amount=options.amount, unit=Unit(options.unit)),
        recipe=options.recipe or recipe_for(options.type),
        style=options.type,
        depth_policy=options.beyond,
        fees=fees,
        tier=tier,
        sigma_day=options.sigma_day,
        parameters=_parameters(options.set),
        impact=options.impact,
    )


def _parameters(pairs: Sequence[str]) -> dict[str, float]:
    parameters: dict[str, float] = {}
    for pair in pairs:
        key, _, value = pair.partition("=")
        try:
            parameters[key] = float(value)
        except ValueError:
            raise OrderError("set", f"{pair!r} is not MODEL.FIELD=VALUE", "limit.ticks=1") from None
    return parameters
