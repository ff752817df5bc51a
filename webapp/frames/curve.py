"""Cost against size as the page's chart is sent it, and where the order stands on it."""

from typing import Any

from models.base import CostEstimate
from models.size_curve import SizeCurve
from webapp import format as fmt

LINES = 11
"""Columns after the size: total, learned and square root with their bands, then both walks."""
NO_CURVE: dict[str, Any] = {"decimals": [2] * LINES, "rows": []}


def curve(found: SizeCurve | None) -> dict[str, Any]:
    """Rows of size, (total, low, high), (learned …), (square root …), buy, sell; null = none."""
    if found is None:
        return NO_CURVE
    columns = (*found.total, *found.learned, *found.impact, found.buy, found.sell)
    rows = [
        [fmt.sketched(size), *(fmt.sketched(value) for value in values)]
        for size, *values in zip(
            found.sizes.tolist(), *(column.tolist() for column in columns), strict=True
        )
    ]
    return {"decimals": [2] * LINES, "rows": rows}


def mark(estimate: CostEstimate) -> dict[str, Any]:
    """Where the order stands on the line of the total."""
    return {
        "x": fmt.sketched(estimate.fill.filled),
        "y": fmt.sketched(estimate.total_bps),
        "label": f"{fmt.bps(estimate.total_bps)} bps",
    }
