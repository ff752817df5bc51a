"""How far a book may be believed. An untrusted book gives no number, and says why."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Final


class Grade(IntEnum):
    """Ordered from best to worst, so the worst of several reasons is their max."""

    GOOD = 0
    """quote"""
    WARN = 1
    """quote, and say what is wrong"""
    REFUSE = 2
    """no number"""


CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "syncing": "waits for the first book, or for a whole one after a break",
        "gap": "an update is missing; a new book was asked for",
        "checksum": "our book is not the venue's; a new one was asked for",
        "decode": "a message could not be read; a new book was asked for",
        "snapshot_too_old": "a fetched book did not reach the stream; it is fetched again",
        "rate_limit": "the venue asks us to slow down",
        "refused": "the venue does not give this book",
        "unavailable": "the connection is gone, or the venue is silent",
        "feed": "the feed failed in another way",
        "empty": "no level on either side",
        "one_sided": "only bids or only asks",
        "crossed": "best bid above best ask",
        "locked": "best bid equal to best ask",
        "stale": "no update for longer than this book's rhythm or its venue's promise",
        "late": "messages arrive later than they used to",
        "shallow": "the visible book ends close to the mid",
        "partial": "the channel shows only the first few levels",
        "unverified": "nothing in what reaches us proves that this book is complete",
        "skew": "our clock and the venue's differ",
        "quiet_tape": "no trade for far longer than usual",
        "halted": "the instrument is not trading",
        "unlisted": "a recording does not say what its sizes are counted in",
    }
)
"""Every code a doubt may carry and what it stands for. Codes are stable: they are counted."""


PROPERTIES: Final = frozenset({"unverified", "partial", "unlisted"})
"""Codes of doubts that last as long as the feed does: what it is, not what happened to it."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """One reason to believe a book less."""

    grade: Grade
    code: str
    """One of CODES."""
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
