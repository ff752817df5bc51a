"""What moves the total: assumptions with the totals at their two ends, as bars of one scale."""

from collections.abc import Sequence
from typing import Any

from models.sensitivity import Swing
from webapp import format as fmt

MOST = 8
"""Bars; the smaller ones move next to nothing."""
LEAST_BPS = 0.005
"""A swing below this is not shown: it would read 0.00."""
NOTHING = "No assumption moves this total by 0.01 bps or more."
NO_COST = "There is no cost now."


def rows(swings: Sequence[Swing], total_bps: float | None) -> dict[str, Any]:
    """Rows of (name, note, span, swing, start, width) with places on a scale of 0..1."""
    shown = [swing for swing in swings if abs(swing.swing_bps) >= LEAST_BPS][:MOST]
    if total_bps is None or not shown:
        return {"rows": [], "now": 0.0, "none": NO_COST if total_bps is None else NOTHING}
    ends = [end for swing in shown for end in (swing.low_bps, swing.high_bps)]
    low, high = min(*ends, total_bps), max(*ends, total_bps)
    scale = high - low or 1.0

    def place(bps: float) -> float:
        return round((bps - low) / scale, 3)

    return {
        "rows": [_row(swing, place) for swing in shown],
        "now": place(total_bps),
        "none": "",
    }


def _row(swing: Swing, place: Any) -> tuple[str, str, str, str, float, float]:
    first, last = sorted((swing.low_bps, swing.high_bps))
    unit = f" {swing.unit}".rstrip()
    moved = f"{fmt.significant(swing.low)} … {fmt.significant(swing.high)}{unit}"
    return (
        fmt.sentence(swing.meaning),
        moved,
        fmt.band(swing.low_bps, swing.high_bps),
        fmt.bps(swing.swing_bps, signed=True),
        place(first),
        round(place(last) - place(first), 3),
    )
