"""What the address of the History page says: filter and order, as typed and as meant.

The same names serve the page, its export and the programs that read /export/.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from market.instrument import Side
from market.units import NS_PER_S
from models.base import Source
from models.catalog import RECIPES, STYLES
from storage.filters import NEWEST_FIRST, HistoryFilter, Sort

FIELDS = (
    "from",
    "to",
    "source",
    "venue",
    "instrument",
    "side",
    "style",
    "recipe",
    "min",
    "max",
    "tag",
    "text",
)
"""Of the filter bar, in its order."""
LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLink:
    """A filter and an order; `problems` by field where a value cannot be meant."""

    wanted: HistoryFilter
    sort: Sort
    problems: Mapping[str, str]


def read_link(values: Mapping[str, str]) -> HistoryLink:
    """What the values mean; a field that makes no sense is left out and said."""
    found: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name in FIELDS:
        text = values.get(name, "").strip()
        if not text:
            continue
        field, read = READERS[name]
        try:
            found[field] = read(text[:LONGEST])
        except ValueError as error:
            problems[name] = str(error)
    sort = NEWEST_FIRST
    if values.get("sort"):
        try:
            sort = _sort(values["sort"])
        except ValueError as error:
            problems["sort"] = str(error)
    return HistoryLink(wanted=HistoryFilter(**found), sort=sort, problems=problems)


def sort_text(sort: Sort) -> str:
    """An order as a link carries it; empty for the usual one."""
    return "" if sort == NEWEST_FIRST else f"{'-' if sort.is_descending else ''}{sort.by}"


def _sort(text: str) -> Sort:
    return Sort(by=text.removeprefix("-"), is_descending=text.startswith("-"))


def _from(text: str) -> int:
    return _moment(text)[0]


def _to(text: str) -> int:
    start, length = _moment(text)
    return start + length - 1


def _moment(text: str) -> tuple[int, int]:
    """(first ns, length in ns) of a day, a minute or a second in UTC."""
    for form, seconds in (("%Y-%m-%d", 86_400), ("%Y-%m-%d %H:%M", 60), ("%Y-%m-%d %H:%M:%S", 1)):
        try:
            moment = datetime.strptime(text.replace("T", " ").rstrip("Z"), form)
        except ValueError:
            continue
        whole_s = int(moment.replace(tzinfo=UTC).timestamp())
        if not 0 <= whole_s < 9_000_000_000:
            break
        return whole_s * NS_PER_S, seconds * NS_PER_S
    raise ValueError(f"“{text[:30]}” is no moment; allowed: 2026-03-31 or 2026-03-31 14:05, UTC")


def _money(text: str) -> float:
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise ValueError(f"“{text[:30]}” is no amount; allowed: 0 or more, in quote")
    return value


def _among(allowed: Mapping[str, Any]) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        if text not in allowed:
            raise ValueError(f"“{text[:30]}” is not offered; allowed: {', '.join(allowed)}")
        return allowed[text]

    return read


READERS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "from": ("from_ns", _from),
    "to": ("to_ns", _to),
    "source": ("source", _among({source.value: source for source in Source})),
    "venue": ("venue", str.lower),
    "instrument": ("instrument", str),
    "side": ("side", _among({side.value: side for side in Side})),
    "style": ("style", _among({name: name for name in STYLES})),
    "recipe": ("recipe", _among({name: name for name in RECIPES})),
    "min": ("min_notional_quote", _money),
    "max": ("max_notional_quote", _money),
    "tag": ("tag", lambda text: " ".join(text.lower().split())),
    "text": ("text", str),
}
