"""The verdict on one book: may a number stand on it?

Grades decide and fail closed: GOOD quotes, WARN quotes with the reason beside it, REFUSE gives
no number. Age is judged against the book's own cadence, because a quiet instrument is not a
broken one; a venue that promises a keep-alive within a minute bounds how quiet it may be.
"""

from market.book import NOT_READY, Shape
from market.trust import Doubt, Grade, Trust

WARN_AGE_S, REFUSE_AGE_S = 2.0, 10.0
WARN_CADENCES, REFUSE_CADENCES = 10.0, 50.0
LONGEST_QUIET_S = 75.0
"""OKX sends something at least every 60 s; the rest is slack for a slow network."""


def judge(shape: Shape, broken: str | None, age_s: float, cadence_s: float) -> Trust:
    """Trust in a book from what is known about it.

    shape      of the levels held now
    broken     why the book may not be used until a new snapshot, or None
    age_s      since the last message about this book (s, our clock)
    cadence_s  mean time between its updates (s)
    """
    if broken is not None:
        return Trust((Doubt(Grade.REFUSE, "syncing", broken),))
    if shape != "ok":
        return Trust((Doubt(Grade.REFUSE, shape, NOT_READY[shape]),))
    return Trust(_age_doubts(age_s, cadence_s))


def _age_doubts(age_s: float, cadence_s: float) -> tuple[Doubt, ...]:
    warn_s = min(max(WARN_AGE_S, WARN_CADENCES * cadence_s), LONGEST_QUIET_S)
    refuse_s = min(max(REFUSE_AGE_S, REFUSE_CADENCES * cadence_s), LONGEST_QUIET_S)
    if age_s >= refuse_s:
        return (Doubt(Grade.REFUSE, "stale", f"stale: no update for {age_s:.0f} s"),)
    if age_s >= warn_s:
        return (Doubt(Grade.WARN, "stale", f"slow: no update for {age_s:.0f} s"),)
    return ()
