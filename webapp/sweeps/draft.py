"""A sweep as it is being typed: every number is text, as in the ticket, so that anything can stand.

`reading.py` makes a declaration of it, or says at which field the trouble is; `declared` does the
way back, from a declaration that was imported, run before or chosen from the presets.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from market.order import Unit
from models.base import MarketState
from models.sweep.axes import Axis, Grid, LatinHypercube, Linear, Listed, Log, Random
from models.sweep.declaration import Frozen, Recorded, Scenario, Sweep, Tier
from webapp import format as fmt
from webapp.sweeps.scenarios import NAMED

KINDS = {
    "list": "List",
    "grid": "Steps",
    "linear": "Linear",
    "log": "Logarithmic",
    "random": "Random",
    "latin_hypercube": "Latin hypercube",
}
"""As in models/sweep/axes.py."""
DRAWN = ("random", "latin_hypercube")
STATES = {
    "frozen": "Live books, frozen at the start",
    "recorded": "Books of a recording",
    "embedded": "Books in the declaration",
}
PERCENT = frozenset({"sigma_day"})
"""Axes that are typed in per cent."""


@dataclass(slots=True)
class AxisText:
    """One axis as typed."""

    kind: str = "list"
    values: str = ""
    low: str = ""
    high: str = ""
    step: str = ""
    """The step of a grid, the number of values of a spacing."""
    spacing: str = "linear"


@dataclass(slots=True)
class Draft:
    """What the builder shows."""

    name: str = "Cost against size"
    states: str = "frozen"
    markets: list[str] = field(default_factory=list)
    """As `market_text` has them."""
    recording: str = ""
    symbol: str = ""
    venue: str = ""
    count: str = "100"
    start: str = ""
    end: str = ""
    embedded: tuple[MarketState, ...] = ()
    sides: list[str] = field(default_factory=lambda: ["buy"])
    unit: str = Unit.BASE.value
    order_types: list[str] = field(default_factory=lambda: ["market"])
    recipes: list[str] = field(default_factory=lambda: ["exact"])
    impacts: list[str] = field(default_factory=list)
    """None chosen: the recipes' own."""
    depth_policies: list[str] = field(default_factory=lambda: ["partial"])
    tiers: list[str] = field(default_factory=list)
    own_tiers: str = ""
    """maker / taker in bps, pairs separated by commas."""
    scenarios: list[str] = field(default_factory=list)
    """Names of scenarios.NAMED."""
    own_scenarios: str = ""
    """name: depth, spread, volatility; the next."""
    axes: dict[str, AxisText] = field(default_factory=lambda: {"size": AxisText(values="1")})
    samples: str = "1000"
    seed: str = "0"

    @property
    def is_drawn(self) -> bool:
        """Whether some axis is a random one."""
        return any(axis.kind in DRAWN for axis in self.axes.values())


def market_text(source: str, venue: str, symbol: str) -> str:
    """One market in one text."""
    return f"{source} {venue} {symbol}"


def declared(sweep: Sweep) -> Draft:
    """A declaration as text again."""
    draft = Draft(
        name=sweep.name,
        sides=[side.value for side in sweep.sides],
        unit=sweep.unit.value,
        order_types=list(sweep.order_types),
        recipes=list(sweep.recipes),
        impacts=list(sweep.impacts),
        depth_policies=list(sweep.depth_policies),
        tiers=[tier.name for tier in sweep.tiers if tier.name],
        own_tiers=_rates(sweep.tiers),
        scenarios=[one.name for one in sweep.scenarios if NAMED.get(one.name) == one],
        own_scenarios=_scenarios([s for s in sweep.scenarios if NAMED.get(s.name) != s]),
        axes={name: _axis(name, axis) for name, axis in sweep.axes.items()},
        samples=str(sweep.samples or 1000),
        seed=str(sweep.seed),
    )
    states = sweep.states
    if isinstance(states, Frozen):
        draft.markets = [market_text(m.source.value, m.venue, m.symbol) for m in states.markets]
    elif isinstance(states, Recorded):
        draft.states, draft.recording, draft.symbol = "recorded", states.recording, states.symbol
        draft.venue, draft.count = states.venue, str(states.count)
        draft.start, draft.end = states.start, states.end
    else:
        draft.states, draft.embedded = "embedded", states.states
    return draft


def shown(name: str, value: float) -> str:
    """A value of an axis as it is typed: all its digits, per cent where the axis is."""
    if name not in PERCENT:
        return fmt.typed(value)
    return f"{(Decimal(repr(value)) * 100).normalize():f}"


def _axis(name: str, axis: Axis) -> AxisText:
    if isinstance(axis, Listed):
        return AxisText(values=", ".join(shown(name, value) for value in axis.values))
    text = AxisText(low=shown(name, axis.low), high=shown(name, axis.high))
    if isinstance(axis, Grid):
        text.kind, text.step = "grid", shown(name, axis.step)
    elif isinstance(axis, Linear | Log):
        text.kind, text.step = "linear" if isinstance(axis, Linear) else "log", str(axis.count)
    elif isinstance(axis, Random | LatinHypercube):
        text.kind = "random" if isinstance(axis, Random) else "latin_hypercube"
        text.spacing = axis.spacing
    return text


def _rates(tiers: Sequence[Tier]) -> str:
    return ", ".join(
        f"{fmt.typed(tier.maker_bps)} / {fmt.typed(tier.taker_bps)}"
        for tier in tiers
        if tier.maker_bps is not None and tier.taker_bps is not None
    )


def _scenarios(own: Sequence[Scenario]) -> str:
    return "; ".join(
        f"{one.name}: {fmt.typed(one.depth_times)}, {fmt.typed(one.spread_times)}, "
        f"{fmt.typed(one.volatility_times)}"
        for one in own
    )
