"""How is a week's volume spread over its hours?

    share_h = w * mean over weeks (volume_h / volume of the week) + (1 - w) / 168
    w       = weeks / (weeks + PRIOR_WEEKS)

h   hour of the week, 0 = Monday 00:00 UTC
A week is any 168 hours in a row, counted back from the last hour known.
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
    return _shares(_whole_weeks(candles))


def week_profile(candles: Sequence[Candle], venue: str) -> tuple[tuple[float, ...] | None, str]:
    """The shares and where they come from; None and why, where there is no whole week."""
    weeks = _whole_weeks(candles)
    if not weeks:
        hours = len({candle.open_ns // HOUR_NS for candle in candles})
        return None, f"{venue} gave {hours} hours of volume; {HOURS} in a row are needed"
    flat = PRIOR_WEEKS / (len(weeks) + PRIOR_WEEKS)
    span = "the last 168 hours" if len(weeks) == 1 else f"the last {len(weeks)} weeks, by hour,"
    return _shares(weeks), f"{span} at {venue}, moved {flat:.0%} of the way to flat"


def _whole_weeks(candles: Sequence[Candle]) -> list[Floats]:
    """(168,) volumes by hour of the week, of every week without a hole."""
    if not candles:
        return []
    last = max(candle.open_ns for candle in candles) // HOUR_NS
    weeks: dict[int, dict[int, float]] = {}
    for candle in candles:
        hour = candle.open_ns // HOUR_NS
        volumes = weeks.setdefault((last - hour) // HOURS, {})
        of_week = (hour - MONDAY_NS // HOUR_NS) % HOURS
        volumes[of_week] = volumes.get(of_week, 0.0) + candle.volume
    whole = [week for week in weeks.values() if len(week) == HOURS and sum(week.values()) > 0]
    return [np.array([week[hour] for hour in range(HOURS)]) for week in whole]


def _shares(weeks: Sequence[Floats]) -> tuple[float, ...]:
    flat = np.full(HOURS, 1 / HOURS)
    if not weeks:
        return tuple(flat.tolist())
    weight = len(weeks) / (len(weeks) + PRIOR_WEEKS)
    shares = weight * np.mean([week / week.sum() for week in weeks], axis=0) + (1 - weight) * flat
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
