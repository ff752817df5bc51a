"""What an alert watches, and when it calls.

A rule compares one quantity of one market with a level. It calls only after the level was passed
for `for_s` without a break, stays on until the value is back beyond `recovery` for `keep_s`, and
keeps quiet for `cooldown_s` after it called. The states are those of Grafana's alerting.
"""

from collections.abc import Mapping
from enum import StrEnum
from math import isfinite
from typing import Any, Final

import msgspec

from engine.market_key import MarketKey
from market.errors import OrderError
from models.base import Source


class Quantity(StrEnum):
    """What can be watched."""

    COST_BPS = "cost_bps"
    BAND_EXCESS_BPS = "band_excess_bps"
    SPREAD_BPS = "spread_bps"
    DEPTH_QUOTE = "depth_quote"
    VOLATILITY_PERCENT = "volatility_percent"
    TRUST = "trust"


UNITS: Final[Mapping[Quantity, tuple[str, str]]] = {
    Quantity.COST_BPS: ("Cost of the ticket", "bps"),
    Quantity.BAND_EXCESS_BPS: ("Cost outside the band it had", "bps beyond the band"),
    Quantity.SPREAD_BPS: ("Spread", "bps"),
    Quantity.DEPTH_QUOTE: ("Depth within 10 bps, thinner side", "quote"),
    Quantity.VOLATILITY_PERCENT: ("Volatility", "% a day"),
    Quantity.TRUST: ("Trust", "0 trusted, 1 doubtful, 2 refused"),
}
"""What each is called, and its unit."""
OF_TICKET: Final = frozenset({Quantity.COST_BPS, Quantity.BAND_EXCESS_BPS})


class Comparison(StrEnum):
    """On which side of the level a rule calls."""

    ABOVE = "above"
    BELOW = "below"


MOST_NAME, MOST_S = 60, 86_400.0


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule; JSON both ways by msgspec, strictly."""

    name: str
    source: Source
    venue: str
    symbol: str
    quantity: Quantity
    comparison: Comparison
    level: float
    """In the quantity's unit."""
    recovery: float | None = None
    """Back to normal only beyond this; None = the level itself."""
    for_s: float = 0.0
    keep_s: float = 0.0
    cooldown_s: float = 60.0
    no_data_s: float = 30.0
    """After so long without a value the rule says so."""
    ticket: dict[str, str] = {}
    """The order a cost is watched for, as a link carries it."""
    band: tuple[float, float] | None = None
    """(low, high) total bps as quoted when the rule was made, for BAND_EXCESS_BPS."""
    webhook: str = ""
    """Address that is told as well; empty = none."""
    is_on: bool = True

    @property
    def key(self) -> MarketKey:
        """The market."""
        return MarketKey(self.source, self.venue, self.symbol)

    def check(self) -> None:
        """OrderError for what cannot be meant, with the field and the allowed range."""
        if not self.name.strip() or len(self.name) > MOST_NAME:
            raise OrderError("name", "is empty or too long", f"1 to {MOST_NAME} characters")
        for field, most in (("for_s", MOST_S), ("keep_s", MOST_S), ("cooldown_s", MOST_S)):
            _within(field, getattr(self, field), 0.0, most)
        _within("no_data_s", self.no_data_s, 1.0, MOST_S)
        _within("level", self.level, -1e12, 1e12)
        if self.recovery is not None:
            _within("recovery", self.recovery, -1e12, 1e12)
            is_beyond = self.recovery > self.level
            if is_beyond == (self.comparison is Comparison.ABOVE) and self.recovery != self.level:
                side = "at most" if self.comparison is Comparison.ABOVE else "at least"
                raise OrderError(
                    "recovery", "lies where the rule calls", f"{side} the level, {self.level:g}"
                )
        if self.quantity is Quantity.BAND_EXCESS_BPS and self.band is None:
            raise OrderError("band", "there was no quote to compare with", "price the ticket first")

    def is_breached(self, value: float, *, is_on_already: bool) -> bool:
        """Whether that value calls; while the alert is on, `recovery` decides."""
        at = self.level
        if is_on_already and self.recovery is not None:
            at = self.recovery
        return value > at if self.comparison is Comparison.ABOVE else value < at


def from_json(text: str | bytes) -> Rule:
    """A checked rule; OrderError names what is wrong, unknown fields too."""
    try:
        rule = msgspec.json.decode(text, type=Rule)
    except msgspec.DecodeError as error:
        raise OrderError("rule", str(error), "a rule as the export writes it") from None
    rule.check()
    return rule


def to_json(rule: Rule) -> str:
    """What `from_json` takes."""
    return msgspec.json.encode(rule).decode()


def replaced(rule: Rule, **changes: Any) -> Rule:
    """A checked copy with other values."""
    fresh = msgspec.structs.replace(rule, **changes)
    fresh.check()
    return fresh


def _within(field: str, value: float, low: float, high: float) -> None:
    if not (isfinite(value) and low <= value <= high):
        raise OrderError(field, f"{value:g} cannot be", f"{low:g} to {high:g}")
