"""What is looked at in the results of a sweep, and how an address carries it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.sweeps import analysis
from engine.sweeps.query import COMPARISONS, Filter
from engine.sweeps.results import Results
from engine.sweeps.run import SweepRun
from market.errors import OrderError
from models.sweep.axes import Listed
from models.sweep.declaration import Sweep, from_json
from webapp.typed_number import parse

BETWEEN = "|"
"""Between two filters in an address; no name of ours holds it."""
FIXED = ("state", "market", "as_of_ns")
CHOICES = {
    "scenario": "scenarios",
    "recipe": "recipes",
    "impact": "impacts",
    "order_type": "order_types",
    "depth_policy": "depth_policies",
    "side": "sides",
    "tier": "tiers",
}
"""Columns of names, and the fields of the declaration that hold them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The results of a run, with what is asked of them again and again."""

    run: SweepRun
    results: Results
    columns: tuple[str, ...]
    axes: tuple[str, ...]
    """those that were declared, and the books"""
    measures: tuple[str, ...]
    numbers: frozenset[str]
    """columns that hold numbers"""
    varied: tuple[str, ...]
    """axes with more than one value, the most telling first"""


def opened(run: SweepRun, results: Results) -> Opened:
    """Read the columns. Blocks."""
    import pyarrow.types as kinds

    schema = results.schema
    axes = analysis.axes(results)
    sweep = from_json(run.declaration)
    own = [axis for axis in axes if axis not in FIXED and _varies(sweep, axis)]
    books = ["state"] if run.states > 1 else []
    return Opened(
        run=run,
        results=results,
        columns=tuple(schema.names),
        axes=axes,
        measures=analysis.measures(results),
        numbers=frozenset(
            field.name
            for field in schema
            if kinds.is_floating(field.type) or kinds.is_integer(field.type)
        ),
        varied=(*sorted(own, key=_rank), *books),
    )


def _varies(sweep: Sweep, axis: str) -> bool:
    """By what was declared, so that a million rows need not be read for it."""
    if axis in CHOICES:
        return len(getattr(sweep, CHOICES[axis])) > 1
    declared = sweep.axes.get(axis)
    return not (isinstance(declared, Listed) and len(declared.values) < 2)


def _rank(axis: str) -> tuple[int, str]:
    """Size first: it is what everyone asks about."""
    return (0 if axis == "size" else 1, axis)


@dataclass(slots=True, kw_only=True)
class Look:
    """One tab's choices in the results."""

    measure: str = "total_bps"
    how: analysis.How = "mean"
    x: str = ""
    y: str = ""
    sort: str = ""
    """A column, with - in front where it falls."""
    filters: list[str] = field(default_factory=list)
    """column,comparison,value as in the API"""

    def fit(self, to: Opened) -> None:
        """Choose what is there, where a choice is not."""
        if self.measure not in to.measures:
            self.measure = "total_bps"
        if self.how not in analysis.AGGREGATES:
            self.how = "mean"
        offered = to.varied or to.axes
        if self.x not in to.axes:
            self.x = offered[0]
        if self.y not in to.axes or self.y == self.x:
            others = [axis for axis in (*offered, *to.axes) if axis != self.x]
            self.y = others[0]
        if self.sort.removeprefix("-") not in to.columns:
            self.sort = ""


def filters_of(texts: Sequence[str], there: Opened) -> tuple[Filter, ...]:
    """The conditions; OrderError for one that cannot be meant."""
    return tuple(_filter(text, there) for text in texts)


def _filter(text: str, there: Opened) -> Filter:
    column, _, rest = text.partition(",")
    comparison, _, value = rest.partition(",")
    if column not in there.columns:
        raise OrderError("filter", f"no column {column[:40]!r}", ", ".join(there.columns))
    known = next((one for one in COMPARISONS if one == comparison), None)
    if known is None:
        raise OrderError("filter", f"no comparison {comparison[:40]!r}", ", ".join(COMPARISONS))
    if "null" in known:
        return Filter(column, known)
    if column in there.numbers:
        return Filter(column, known, parse(value, column, "a number"))
    return Filter(column, known, value)


def read_address(values: Mapping[str, str]) -> Look:
    """From the address of the page; what cannot be meant is put right by `fit`."""
    look = Look()
    for name in ("measure", "how", "x", "y", "sort"):
        setattr(look, name, values.get(name, getattr(look, name))[:80])
    look.filters = [text[:200] for text in values.get("filter", "").split(BETWEEN) if text][:20]
    return look


def to_address(look: Look) -> dict[str, str]:
    """For the address: what differs from a first look."""
    first = Look()
    values = {
        name: getattr(look, name)
        for name in ("measure", "how", "x", "y", "sort")
        if getattr(look, name) != getattr(first, name)
    }
    return values | ({"filter": BETWEEN.join(look.filters)} if look.filters else {})
