"""At which urgency is crossing now as good as waiting?

    saved = now_bps - later_bps           drift = saved / wait            sigmas = saved / risk
    lambda = saved / risk^2

now, later   expected cost of the two ways (bps of arrival notional)      risk   of waiting (bps)
wait         mean time until a unit is traded (min)
drift        move against us (bps a minute) that eats the saving: expect more, cross now
lambda       risk aversion (1/bps) at which mean plus lambda times variance is the same
Source: Almgren & Chriss 2000, mean-variance; definition for the drift.
Wrong when: the expected costs are. Example: 10 bps now, 6 later with 20 bps of risk after a mean
wait of 2 minutes: drift 2 bps a minute, 0.2 standard deviations, lambda 0.01.
"""

from dataclasses import dataclass

from models.base import CostEstimate


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakEven:
    """What must be true for the two ways to cost the same."""

    saved_bps: float
    """by waiting; negative: crossing now is cheaper as it is"""
    drift_bps_per_min: float | None
    """None where waiting takes no time"""
    sigmas: float | None
    """the saving in standard deviations of the risk taken for it"""
    risk_aversion_per_bps: float | None


def break_even(now: CostEstimate, later: CostEstimate) -> BreakEven:
    """Both estimates are of the same order on the same state."""
    saved = now.total_bps - later.total_bps
    wait, risk = mean_wait_s(later), later.risk_bps
    return BreakEven(
        saved_bps=saved,
        drift_bps_per_min=saved / wait * 60 if wait > 0 else None,
        sigmas=saved / risk if risk else None,
        risk_aversion_per_bps=saved / risk**2 if risk else None,
    )


def mean_wait_s(estimate: CostEstimate) -> float:
    """Mean time from arrival until a unit is traded (s)."""
    filled = estimate.fill.filled
    if estimate.children:
        return sum(child.start_s * child.filled for child in estimate.children) / filled
    waiting = estimate.waiting
    if waiting is None:
        return 0.0
    chance = waiting.fill_probability
    mean = (1 - chance) * waiting.horizon_s + chance * (waiting.median_s or 0.0)
    return mean * waiting.quantity / filled
