"""The verdict on one book: may a number stand on it?

Grades decide and fail closed: GOOD quotes, WARN quotes with the reason beside it, REFUSE gives
no number. Age is judged against the book's own cadence, because a quiet instrument is not a
broken one; what its venue promises about quiet books bounds how quiet it may be.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from engine.skew import NOT_YET, Skew, skew_text
from market.book import NOT_READY, Shape
from market.trust import Doubt, Grade, Trust

WARN_AGE_S, REFUSE_AGE_S = 2.0, 10.0
WARN_CADENCES, REFUSE_CADENCES = 10.0, 50.0
UNPROMISED_QUIET_S: Final = 75.0
"""Longest silence believed where the venue promises nothing about quiet books."""
WARN_LAG_S, REFUSE_LAG_S = 2.0, 10.0
SHALLOW_BPS: Final = 5.0
"""A visible book that ends nearer to the mid holds little more than the touch."""
WARN_SKEW_S: Final = 0.5
"""Our clock this far behind; less is shown and costs nothing."""
LATE_SKEW_S: Final = 1.0
"""Every message this old on arrival."""
QUIET_TAPE_S, QUIET_TAPE_CADENCES = 60.0, 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What is known about one book at one moment."""

    shape: Shape = "ok"
    broken: str | None = None
    """Why the book may not be used until a new snapshot."""
    broken_code: str = "syncing"
    age_s: float = 0.0
    """Since the last message about this book (our clock)."""
    cadence_s: float = 0.0
    """Mean time between its updates; 0 = not known yet."""
    quiet_book_s: float | None = None
    """Longest silence of a healthy book, as the venue promises it."""
    is_locked: bool = False
    is_partial: bool = False
    reach_bps: float | None = None
    """From the mid to where the visible book ends, on the side where it ends sooner."""
    skew: Skew = NOT_YET
    trade_age_s: float | None = None
    trade_cadence_s: float | None = None
    """Mean time between moments with trades; None until a rhythm can be told."""
    unverified: str = ""
    """Why no sequence or checksum of this book was verified; empty where one was."""
    is_trading: bool = True
    is_listed: bool = True


def judge(signs: Signs) -> Trust:
    """Trust in a book from what is known about it."""
    refusal = _unusable(signs)
    if refusal is not None:
        return Trust((refusal,))
    return Trust(
        (
            *_origin(signs),
            *_age(signs),
            *_lag(signs),
            *_depth(signs),
            *_clocks(signs.skew),
            *_tape(signs),
        )
    )


def _unusable(signs: Signs) -> Doubt | None:
    """What makes every other question idle."""
    if not signs.is_listed:
        return Doubt(
            Grade.REFUSE, "unlisted", "the recording does not say what one contract is worth"
        )
    if not signs.is_trading:
        return Doubt(
            Grade.REFUSE, "halted", "the venue does not trade this instrument now: nothing fills"
        )
    if signs.broken is not None:
        return Doubt(Grade.REFUSE, signs.broken_code, signs.broken)
    if signs.shape != "ok":
        return Doubt(Grade.REFUSE, signs.shape, NOT_READY[signs.shape])
    return None


def _origin(signs: Signs) -> Iterator[Doubt]:
    if signs.unverified:
        yield Doubt(Grade.WARN, "unverified", signs.unverified)


def _age(signs: Signs) -> Iterator[Doubt]:
    longest = signs.quiet_book_s or UNPROMISED_QUIET_S
    warn_s = min(max(WARN_AGE_S, WARN_CADENCES * signs.cadence_s), longest)
    refuse_s = min(max(REFUSE_AGE_S, REFUSE_CADENCES * signs.cadence_s), longest)
    if signs.age_s >= refuse_s:
        yield Doubt(Grade.REFUSE, "stale", f"stale: no update for {signs.age_s:.0f} s")
    elif signs.age_s >= warn_s:
        yield Doubt(Grade.WARN, "stale", f"slow: no update for {signs.age_s:.0f} s")


def _lag(signs: Signs) -> Iterator[Doubt]:
    lag_s = signs.skew.lag_s
    if lag_s >= WARN_LAG_S:
        grade = Grade.REFUSE if lag_s >= REFUSE_LAG_S else Grade.WARN
        yield Doubt(grade, "late", f"late: messages arrive {lag_s:.0f} s later than they used to")


def _depth(signs: Signs) -> Iterator[Doubt]:
    if signs.is_locked:
        yield Doubt(
            Grade.WARN, "locked", "locked: best bid equals best ask, so the spread shows as zero"
        )
    ends = f": the book ends {signs.reach_bps:.3g} bps from the mid" if signs.reach_bps else ""
    if signs.is_partial:
        yield Doubt(Grade.WARN, "partial", f"only the first levels are shown{ends}")
    elif signs.reach_bps is not None and signs.reach_bps < SHALLOW_BPS:
        yield Doubt(Grade.WARN, "shallow", f"shallow{ends}")


def _clocks(skew: Skew) -> Iterator[Doubt]:
    if skew.offset_s is not None and not -WARN_SKEW_S < skew.offset_s < LATE_SKEW_S:
        yield Doubt(Grade.WARN, "skew", skew_text(skew.offset_s))


def _tape(signs: Signs) -> Iterator[Doubt]:
    age_s, cadence_s = signs.trade_age_s, signs.trade_cadence_s
    if age_s is None or cadence_s is None:
        return
    if age_s >= max(QUIET_TAPE_S, QUIET_TAPE_CADENCES * cadence_s):
        yield Doubt(
            Grade.WARN,
            "quiet_tape",
            f"no trade for {age_s:.0f} s, where one comes every {cadence_s:.2g} s",
        )
