"""How is a week's volume spread over its hours?

    share_h = w * mean over weeks (volume_h / volume of the week) + (1 - w) / 168
    w       = weeks / (weeks + PRIOR_WEEKS)

h   hour of the week, 0 = Monday 00:00 UTC
The mean of weekly shares, not the share of the sums: one wild week does not set the pattern. With
few weeks seen the profile is shrunk towards a flat one; with none it is flat.
Source: usual practice for VWAP schedules; crypto has a pattern over the week, not over a session.
Wrong when: news. Example: no weeks: every hour 1 / 168.
"""

from collections.abc import Sequence

import numpy as np

from market.errors import OrderError
from market.instrument import Floats
from market.trade import Candle
from market.units import NS_PER_S

HOURS = 168
HOUR_S = 3600.0
HOUR_NS = 3600 * NS_PER_S
MONDAY_NS = 4 * 24 * HOUR_NS
"""1970 began on a Thursday."""
PRIOR_WEEKS = 2.0
"""Weight of a flat profile."""


def hour_volumes(candles: Sequence[Candle]) -> tuple[float, ...]:
    """(168,) shares that add up to 1, from candles of an hour or less; whole weeks only count."""
    weeks: dict[int, Floats] = {}
    for candle in candles:
        week, hour = divmod((candle.open_ns - MONDAY_NS) // HOUR_NS, HOURS)
        weeks.setdefault(int(week), np.zeros(HOURS))[int(hour)] += candle.volume
    whole = [w / w.sum() for w in weeks.values() if np.count_nonzero(w) == HOURS]
    flat = np.full(HOURS, 1 / HOURS)
    if not whole:
        return tuple(flat.tolist())
    weight = len(whole) / (len(whole) + PRIOR_WEEKS)
    shares = weight * np.mean(whole, axis=0) + (1 - weight) * flat
    return tuple(shares.tolist())


def expected_volumes(
    profile: Sequence[float] | None, as_of_ns: int, starts_s: Floats, end_s: float
) -> Floats:
    """(n,) share of a week's volume between each start and the next (the last: the end)."""
    edges = np.append(starts_s, end_s)
    if profile is None:
        return np.diff(edges) / (HOURS * HOUR_S)
    if len(profile) != HOURS:
        raise OrderError("volume profile", f"has {len(profile)} hours", f"{HOURS}")
    hourly = np.concatenate([[0.0], np.cumsum(profile)])
    first = ((as_of_ns - MONDAY_NS) / HOUR_NS) % HOURS
    hours = first + edges / HOUR_S
    laps, hour = np.divmod(hours, HOURS)
    done = laps * hourly[-1] + np.interp(hour, np.arange(HOURS + 1), hourly)
    shares: Floats = np.diff(done)
    return shares
