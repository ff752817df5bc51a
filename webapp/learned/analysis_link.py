"""What the address of the Analysis page says, and what may be asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from market.instrument import Side
from models.base import Source
from models.catalog import RECIPES
from models.learning.probes import COLUMNS
from models.learning.spec import LONGEST_DELAY_NS
from storage.analysis_asked import COSTS, Asked
from webapp.history_link import READERS

USUAL_FEATURE, USUAL_DELAY_NS = "spread_bps", 1_000_000_000
FIELDS = ("source", "costs", "venue", "instrument", "recipe", "side", "from", "to")
COST_LABELS = {"tickets": "watched tickets", "saved": "saved estimates"}
CHOICES: Mapping[str, tuple[str, ...]] = {
    "source": tuple(source.value for source in Source),
    "costs": tuple(COSTS),
    "recipe": tuple(RECIPES),
    "side": tuple(side.value for side in Side),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisLink:
    """What is asked; `problems` by field where a value cannot be meant."""

    asked: Asked
    feature: str
    delay_ns: int
    problems: Mapping[str, str]


def read_link(values: Mapping[str, str], source: str) -> AnalysisLink:
    """What the values mean; `source` stands where none is named, since sources are never mixed."""
    found: dict[str, Any] = {"source": source}
    problems: dict[str, str] = {}
    for name, allowed in CHOICES.items():
        value = values.get(name, "")
        if value in allowed:
            found[name] = value
        elif value:
            problems[name] = f"“{value[:30]}” is not offered; allowed: {', '.join(allowed)}"
    for name in ("from", "to"):
        if text := values.get(name, "").strip():
            field, read = READERS[name]
            try:
                found[field] = read(text)
            except ValueError as error:
                problems[name] = str(error)
    for name, field in (("venue", "venue"), ("instrument", "symbol")):
        found[field] = values.get(name, "")
    feature = values.get("feature", "")
    return AnalysisLink(
        asked=Asked(**found),
        feature=feature if feature in COLUMNS else USUAL_FEATURE,
        delay_ns=_delay(values.get("delay", "")),
        problems=problems,
    )


def _delay(text: str) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) < 20
    return min(int(text), LONGEST_DELAY_NS) if is_number else USUAL_DELAY_NS
