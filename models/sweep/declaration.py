"""A declared sweep: everything that is to be priced, as one frozen value and as JSON.

    points = states * shocks * recipes * order types * policies * sides * sizes * ... , exactly

The market states are live books frozen at the start, books sampled from a recording, or states
embedded in the declaration itself; each can be shocked (depth, spread and volatility times k, or
named scenarios of all three). The JSON is canonical, so that one declaration has one SHA-256.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any

import msgspec

from market.errors import OrderError
from market.instrument import Side
from market.order import Unit
from models.base import MarketState, Source
from models.sweep.axes import Axis, Listed
from models.sweep.state_json import plain, rich

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
MAX_TEXT = 64 << 20
"""bytes of a declaration: embedded books are large, a slip of the hand is larger."""


class Market(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One followed market."""

    source: Source
    venue: Name
    symbol: Name
    """The venue's own id."""


class Frozen(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="frozen"
):
    """The books of these markets as they stand when the sweep is submitted."""

    markets: tuple[Market, ...]


class Recorded(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="recorded"
):
    """Books of one market, evenly spaced in the time of a recording."""

    recording: Name
    """File name in the folder of recordings."""
    symbol: str
    """The venue's own id; may be empty where the recording holds one market."""
    count: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    start: str = ""
    """+SECONDS after the first message, ISO-8601 or ns; empty = the first book."""
    end: str = ""
    """The same; empty = the last book."""
    venue: str = ""
    """Where the recording does not say it."""


class Embedded(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="embedded"
):
    """States in the declaration itself: a frozen sweep that can be shared whole."""

    states: tuple[MarketState, ...]


States = Frozen | Recorded | Embedded


class Tier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tier of the venue's schedule by name, or rates of one's own."""

    name: str = ""
    maker_bps: float | None = None
    taker_bps: float | None = None


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A named shock."""

    name: Name
    depth_times: float = 1.0
    spread_times: float = 1.0
    volatility_times: float = 1.0


class Sweep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The declaration. What is left out has one value: the default of a ticket."""

    name: Name
    states: States
    size: Axis
    unit: Unit = Unit.BASE
    """Of the sizes."""
    sides: tuple[Side, ...] = (Side.BUY,)
    order_types: tuple[str, ...] = ("market",)
    recipes: tuple[str, ...] = ("exact",)
    """A recipe names the slippage and impact models of its sum (models/catalog.py)."""
    impacts: tuple[str, ...] = ()
    """Models of impact in the place of the recipes' own (models/recipe.py); "" = its own."""
    depth_policies: tuple[str, ...] = ("partial",)
    sigma_day: Axis | None = None
    """Volatility per square root of a day (fraction); None = as measured."""
    tiers: tuple[Tier, ...] = ()
    """Empty: the first tier that the venue publishes."""
    parameters: dict[str, Axis] = {}
    """Axes by "model.field" or "order type.field"."""
    scenarios: tuple[Scenario, ...] = ()
    depth_times: Axis | None = None
    spread_times: Axis | None = None
    volatility_times: Axis | None = None
    measures: tuple[str, ...] = ()
    """Columns to compute and keep besides the total (models/sweep/evaluate.py); empty = all."""
    samples: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)] = 0
    """Joint draws of the random and Latin axes."""
    seed: Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)] = 0

    @property
    def axes(self) -> Mapping[str, Axis]:
        """Numeric axes by the name of their column."""
        named = {
            "depth_times": self.depth_times,
            "spread_times": self.spread_times,
            "volatility_times": self.volatility_times,
            "size": self.size,
            "sigma_day": self.sigma_day,
        }
        given = {name: axis for name, axis in named.items() if axis is not None}
        return {**given, **self.parameters}


def to_json(sweep: Sweep) -> bytes:
    """Canonical text: keys sorted, shortest text of every float; OrderError for NaN.

    Read back once, so that a whole number given for a float has the float's text.
    """
    return _encoded(from_json(_encoded(sweep)))


def _encoded(sweep: Sweep) -> bytes:
    return msgspec.json.encode(sweep, order="sorted", enc_hook=plain)


def from_json(text: bytes | str) -> Sweep:
    """A declaration from its JSON, strictly; OrderError with the path inside where it is wrong."""
    if len(text) > MAX_TEXT:
        raise OrderError("sweep", f"is {len(text):,} bytes long", f"at most {MAX_TEXT:,}")
    try:
        return msgspec.json.decode(text, type=Sweep, dec_hook=rich)
    except msgspec.ValidationError as error:
        problem, _, where = str(error).partition(" - at `$")
        field = where.strip(".`") or "sweep"
        raise OrderError(field, problem, _allowed(field, problem)) from None
    except (msgspec.DecodeError, ValueError) as error:
        raise OrderError("sweep", f"is not JSON: {error}") from None


def checked(sweep: Sweep) -> Sweep:
    """The same with every field in its declared type, as if read from JSON; OrderError else."""
    read = from_json(_encoded(changed(sweep, states=Frozen(()))))
    return changed(read, states=sweep.states)


def _allowed(field: str, problem: str) -> str:
    if problem.endswith("got `null`"):
        return "a finite number"
    leaf = field.rpartition(".")[2].partition("[")[0]
    if leaf == "kind":
        return "frozen, recorded, embedded" if field.startswith("states") else AXIS_KINDS
    enum = {"sides": Side, "unit": Unit, "source": Source}.get(leaf)
    return ", ".join(enum) if enum else ""


AXIS_KINDS = "list, grid, linear, log, random, latin_hypercube"


def digest(sweep: Sweep) -> str:
    """SHA-256 of the canonical text, in hex."""
    return sha256(to_json(sweep)).hexdigest()


def one(value: float) -> Axis:
    """An axis of a single value."""
    return Listed((value,))


def changed(sweep: Sweep, **fields: Any) -> Sweep:
    """The same sweep with other fields: another recording, embedded states."""
    return msgspec.structs.replace(sweep, **fields)
