"""What a draft means: a declaration, or what is wrong at which field.

Fields are called as in the draft; an axis is called by its column.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from market.errors import OrderError
from market.instrument import Side
from market.order import Unit
from models.base import Source
from models.sweep.axes import Axis, Grid, LatinHypercube, Linear, Listed, Log, Random
from models.sweep.declaration import (
    Embedded,
    Frozen,
    Market,
    Recorded,
    Scenario,
    States,
    Sweep,
    Tier,
)
from webapp.sweeps.draft import PERCENT, AxisText, Draft
from webapp.sweeps.scenarios import NAMED
from webapp.typed_number import parse

LONGEST_LIST = 100_000
"""Characters of a typed list."""
LARGEST_COUNT = 1_000_000
MOST_SAMPLES = 10_000_000
COLUMNS = ("depth_times", "spread_times", "volatility_times", "size", "sigma_day")
"""Axes that are fields of the declaration; all others are parameters."""


@dataclass(frozen=True, slots=True)
class Read:
    """A declaration, or problems by field."""

    sweep: Sweep | None
    problems: Mapping[str, str]


def read(draft: Draft) -> Read:
    """The declaration that the draft is."""
    problems: dict[str, str] = {}

    def take(field: str, meaning: Callable[[], Any]) -> Any:
        try:
            return meaning()
        except OrderError as error:
            problems.setdefault(field, sentence(error))
            return None

    axes = {name: take(name, partial(_axis, name, axis)) for name, axis in draft.axes.items()}
    drawn = draft.is_drawn
    values = {
        "name": take("name", lambda: _name(draft.name)),
        "states": _states(draft, take),
        "tiers": take("own_tiers", lambda: _tiers(draft)),
        "scenarios": take("own_scenarios", lambda: _scenarios(draft)),
        "samples": take("samples", lambda: _whole(draft.samples, "samples", 1, MOST_SAMPLES))
        if drawn
        else 0,
        "seed": take("seed", lambda: _whole(draft.seed, "seed", 0, 2**32 - 1)) if drawn else 0,
    }
    for field in ("sides", "order_types", "recipes", "depth_policies"):
        values[field] = take(field, partial(_chosen, field, getattr(draft, field)))
    if problems:
        return Read(None, problems)
    sweep = Sweep(
        impacts=tuple(draft.impacts),
        **values | {"sides": tuple(map(Side, values["sides"]))},
        **{name: axes.pop(name) for name in COLUMNS if name in axes},
        unit=Unit(draft.unit),
        parameters=axes,
    )
    return Read(sweep, {})


def sentence(error: OrderError) -> str:
    """For the field it belongs to."""
    return f"{error.problem}; allowed: {error.allowed}" if error.allowed else error.problem


def field_of(error: OrderError, draft: Draft) -> str:
    """The field of the draft that an error of the engine is about; empty = none of them."""
    name = error.field
    if name == "size" and error.problem.startswith("of the results"):
        return ""
    for axis in draft.axes:
        if name == axis or name.startswith(f"{axis}."):
            return axis
    last = name.removeprefix("states.")
    return OURS.get(last, last if last in Draft.__dataclass_fields__ else "")


OURS = {"tiers": "own_tiers", "fee tier": "tiers", "scenarios": "own_scenarios", "states": ""}
"""Fields of the draft by the names of the engine, where they differ."""


def numbers(text: str, field: str, *, is_percent: bool = False) -> tuple[float, ...]:
    """Numbers separated by spaces, semicolons, or commas with a space behind them."""
    if len(text) > LONGEST_LIST:
        raise OrderError(field, "is too long", f"at most {LONGEST_LIST:,} characters")
    parts = text.replace(";", " ").replace(", ", " ").rstrip(", ").split()
    if not parts:
        raise OrderError(field, "has no values", "numbers with spaces between them")
    return tuple(_number(part, field, "a number", is_percent) for part in parts)


def _number(text: str, field: str, allowed: str, is_percent: bool) -> float:
    """Per cent go by decimals: 7 % is the float 0.07, as if that had been typed."""
    value = parse(text, field, allowed)
    return float(Decimal(repr(value)) / 100) if is_percent else value


def _axis(name: str, axis: AxisText) -> Axis:
    is_percent = name in PERCENT
    if axis.kind == "list":
        return Listed(numbers(axis.values, name, is_percent=is_percent))
    low = _number(axis.low, name, "a lowest number", is_percent)
    high = _number(axis.high, name, "a highest number", is_percent)
    if axis.kind == "grid":
        return Grid(low, high, _number(axis.step, name, "a step above 0", is_percent))
    if axis.kind in ("linear", "log"):
        count = _whole(axis.step, name, 1, LARGEST_COUNT)
        return Linear(low, high, count) if axis.kind == "linear" else Log(low, high, count)
    spacing: Any = "log" if axis.spacing == "log" else "linear"
    kind = Random if axis.kind == "random" else LatinHypercube
    return kind(low, high, spacing)


def _whole(text: str, field: str, low: int, high: int) -> int:
    allowed = f"a whole number, {low:,} to {high:,}"
    value = parse(text, field, allowed)
    if not (value == int(value) and low <= value <= high):
        raise OrderError(field, f"is {text.strip()[:40]}", allowed)
    return int(value)


def _name(text: str) -> str:
    if not 1 <= len(text.strip()) <= 120:
        raise OrderError("name", f"has {len(text.strip())} characters", "1 to 120")
    return text.strip()


def _chosen(field: str, chosen: list[str]) -> tuple[str, ...]:
    if not chosen:
        raise OrderError(field, "nothing is chosen", "1 or more")
    return tuple(chosen)


def _states(draft: Draft, take: Callable[[str, Callable[[], Any]], Any]) -> States | None:
    if draft.states == "embedded":
        return Embedded(draft.embedded)
    if draft.states == "frozen":
        found = take("markets", lambda: _chosen("markets", draft.markets))
        return None if found is None else Frozen(tuple(map(_market, found)))
    file = take(
        "recording", lambda: _chosen("recording", [draft.recording] * bool(draft.recording))
    )
    count = take("count", lambda: _whole(draft.count, "count", 1, LARGEST_COUNT))
    if file is None or count is None:
        return None
    return Recorded(
        recording=file[0],
        symbol=draft.symbol,
        count=count,
        start=draft.start.strip(),
        end=draft.end.strip(),
        venue=draft.venue,
    )


def _market(text: str) -> Market:
    source, venue, symbol = text.split(" ", 2)
    return Market(Source(source), venue, symbol)


def _tiers(draft: Draft) -> tuple[Tier, ...]:
    own = []
    for part in filter(None, (piece.strip() for piece in draft.own_tiers.split(","))):
        maker, slash, taker = part.partition("/")
        if not slash:
            raise OrderError("own_tiers", f"“{part[:40]}” is no pair", "maker / taker, in bps")
        rates = [parse(rate, "own_tiers", "maker / taker, in bps") for rate in (maker, taker)]
        own.append(Tier(maker_bps=rates[0], taker_bps=rates[1]))
    return (*(Tier(name=name) for name in draft.tiers), *own)


def _scenarios(draft: Draft) -> tuple[Scenario, ...]:
    allowed = "name: depth, spread, volatility; the next"
    own = []
    for part in filter(None, (piece.strip() for piece in draft.own_scenarios.split(";"))):
        name, colon, times = part.rpartition(":")
        factors = numbers(times, "own_scenarios") if colon and name.strip() else ()
        if len(factors) != 3:
            raise OrderError("own_scenarios", f"“{part[:40]}” is no scenario", allowed)
        own.append(Scenario(name.strip()[:120], *factors))
    return (*(NAMED[name] for name in draft.scenarios if name in NAMED), *own)
