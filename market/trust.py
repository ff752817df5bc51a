"""How far a book may be believed. An untrusted book gives no number, and says why."""

from dataclasses import dataclass
from enum import IntEnum


class Grade(IntEnum):
    """Ordered from best to worst, so the worst of several reasons is their max."""

    GOOD = 0
    """quote"""
    WARN = 1
    """quote, and say what is wrong"""
    REFUSE = 2
    """no number"""


@dataclass(frozen=True, slots=True)
class Doubt:
    """One reason to believe a book less."""

    grade: Grade
    code: str
    """Short and stable, for counting: stale, crossed, gap, one_sided, shallow, syncing."""
    text: str
    """For the user: what was seen and what happens next."""


@dataclass(frozen=True, slots=True)
class Trust:
    """The verdict on one book at one moment."""

    doubts: tuple[Doubt, ...] = ()

    @property
    def grade(self) -> Grade:
        """The worst doubt decides."""
        return max((doubt.grade for doubt in self.doubts), default=Grade.GOOD)

    @property
    def refuses(self) -> bool:
        """True when no number may be shown."""
        return self.grade is Grade.REFUSE

    @property
    def reason(self) -> str:
        """All doubts, worst first, in one line."""
        return "; ".join(d.text for d in sorted(self.doubts, key=lambda d: -d.grade))
