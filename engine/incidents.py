"""What went wrong with a book, when it was noticed, when it was over: bounded, newest last.

An incident is one doubt (market/trust.py) about one market, from its first sign to its end. It is
told the moment a verdict carries it, because every page and every quote asks for the verdict.
A doubt about what a feed is (PROPERTIES) is no incident: nothing happened, and nothing will end it.
"""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from engine.market_key import MarketKey
from market.trust import PROPERTIES, Doubt, Grade, Trust
from market.units import NS_PER_S

KEPT: Final = 500
"""Incidents remembered that are over; older ones are only counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One doubt about one market. Times are ns UTC of our clock."""

    market: MarketKey
    code: str
    grade: Grade
    """The worst it came to."""
    text: str
    """As it was first told."""
    began_ns: int
    """First sign: the break, or the last message before a silence."""
    told_ns: int
    """From here on the trust grade said so."""
    ended_ns: int | None = None
    """None while it lasts."""

    @property
    def untold_s(self) -> float:
        """From the first sign until it was told (s)."""
        return (self.told_ns - self.began_ns) / NS_PER_S

    @property
    def lasted_s(self) -> float | None:
        """From the first sign to its end (s); None while it lasts."""
        return None if self.ended_ns is None else (self.ended_ns - self.began_ns) / NS_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """A fault that the user ordered from the embedded exchange."""

    fault: str
    symbol: str | None
    """None = every instrument."""
    options: tuple[tuple[str, object], ...]
    ns: int


class IncidentLog:
    """Written by the hub; read by pages."""

    def __init__(self, kept: int = KEPT) -> None:
        self._open: dict[MarketKey, dict[str, Incident]] = {}
        self._over: deque[Incident] = deque(maxlen=kept)
        self._drills: deque[Drill] = deque(maxlen=kept)
        self.counts: Counter[str] = Counter()
        """Code -> incidents ever begun."""

    def all(self) -> tuple[Incident, ...]:
        """Those that are over, oldest first, then those that last."""
        lasting = (incident for by_code in self._open.values() for incident in by_code.values())
        return (*self._over, *lasting)

    def drills(self) -> tuple[Drill, ...]:
        """What was ordered, oldest first."""
        return tuple(self._drills)

    def ordered(self, drill: Drill) -> None:
        """Note a fault that is about to be seen."""
        self._drills.append(drill)

    def see(
        self, market: MarketKey, trust: Trust, now_ns: int, began_ns: Callable[[Doubt], int]
    ) -> None:
        """A verdict: begin what is new in it, end what is no longer in it."""
        lasting = self._open.get(market)
        doubts = [doubt for doubt in trust.doubts if doubt.code not in PROPERTIES]
        if not lasting and not doubts:
            return
        if lasting is None:
            lasting = self._open[market] = {}
        codes = {doubt.code for doubt in doubts}
        for code in [code for code in lasting if code not in codes]:
            self._over.append(replace(lasting.pop(code), ended_ns=now_ns))
        for doubt in doubts:
            known = lasting.get(doubt.code)
            if known is None:
                self.counts[doubt.code] += 1
                lasting[doubt.code] = Incident(
                    market=market,
                    code=doubt.code,
                    grade=doubt.grade,
                    text=doubt.text,
                    began_ns=min(began_ns(doubt), now_ns),
                    told_ns=now_ns,
                )
            elif doubt.grade > known.grade:
                lasting[doubt.code] = replace(known, grade=doubt.grade)

    def close(self, market: MarketKey, now_ns: int) -> None:
        """The market is not followed any more: what lasted is over for us."""
        for incident in self._open.pop(market, {}).values():
            self._over.append(replace(incident, ended_ns=now_ns))
