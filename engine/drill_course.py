"""What followed an ordered fault: which doubts came up, when they were told and over."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine.drill import CATALOG
from engine.incidents import Drill, Incident
from market.units import NS_PER_S
from models.base import Source

SETTLED_S: Final = 15.0
"""A fault that nothing showed of by then has changed nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One fault and one doubt that it raised; no doubt where it raised none."""

    drill: Drill
    incident: Incident | None
    is_settled: bool
    """Nothing more is to be expected of it."""

    @property
    def seen_s(self) -> float | None:
        """From the order to the first sign (s); a silence begins before it can be noticed."""
        return self._since(self.incident.began_ns) if self.incident else None

    @property
    def told_s(self) -> float | None:
        """From the order until the trust grade said so (s)."""
        return self._since(self.incident.told_ns) if self.incident else None

    @property
    def recovered_s(self) -> float | None:
        """From the order to the end of the doubt (s); None while it lasts."""
        if self.incident is None or self.incident.ended_ns is None:
            return None
        return self._since(self.incident.ended_ns)

    def _since(self, ns: int) -> float:
        return max(0.0, (ns - self.drill.ns) / NS_PER_S)


def courses(
    drills: Sequence[Drill], incidents: Sequence[Incident], now_ns: int
) -> tuple[Course, ...]:
    """Newest drill first; an incident belongs to the last drill before it that may concern it."""
    found: dict[int, list[Incident]] = {number: [] for number in range(len(drills))}
    for incident in incidents:
        fitting = [n for n, drill in enumerate(drills) if _may_concern(drill, incident)]
        if fitting:
            found[fitting[-1]].append(incident)
    rows: list[Course] = []
    for number in reversed(range(len(drills))):
        drill = drills[number]
        is_settled = now_ns - drill.ns > SETTLED_S * NS_PER_S
        raised: list[Incident | None] = [*found[number]] or [None]
        rows += [Course(drill=drill, incident=each, is_settled=is_settled) for each in raised]
    return tuple(rows)


def _may_concern(drill: Drill, incident: Incident) -> bool:
    if incident.market.source is not Source.DEMO or incident.told_ns < drill.ns:
        return False
    fault = CATALOG.get(drill.fault)
    is_of_one = drill.symbol is not None and fault is not None and fault.is_of_instrument
    return not is_of_one or incident.market.symbol == drill.symbol
