"""What slippage does Aegis, the layered desktop simulator, report?

    walk %     = 100 * side * (average - best) / best     against the best quote, not the mid
    linear %   = 0.7 * sum(w_i z_i) + 0.3 * walk %        w = 0.2, 0.3, 0.4, 0.3, 0.1
    quantile % = 0.6 * (mean + z std) + 0.4 * walk %      of the walks seen so far

average   walk; what the visible book lacks trades 0.5 % beyond its last price
best      first price met (quote/base)     z_i   z-scores of five features     z   normal quantile
Source: earlier system S3 "Aegis". The component is the walk; the two blends need a history and are
functions for comparison.
Wrong when: the spread matters, as it is left out. Unit error: a z-score is not a percentage, so the
linear blend mixes units.
Example: bid 99, asks 101 x 1, 102 x 2; buying 2: (101.5 - 101) / 101 = 0.495 %, 49.5 bps.
"""

from dataclasses import dataclass
from statistics import NormalDist, fmean, pstdev
from typing import ClassVar

from market.errors import OrderError
from market.units import BPS
from models.base import CostComponent, CostKind, Execution, Explanation, Input, Origin
from models.parameters import parameter
from models.slippage.penalised import penalised_average

PENALTY_FRAC = 0.005
WEIGHTS = (0.2, 0.3, 0.4, 0.3, 0.1)


def linear_blend_pct(z_scores: tuple[float, ...], walk_pct: float) -> float:
    """Aegis's "linear" slippage (percent, as it believed) of five z-scores."""
    score = sum(w * z for w, z in zip(WEIGHTS, z_scores, strict=True))
    return 0.7 * score + 0.3 * walk_pct


def quantile_blend_pct(walks_pct: list[float], walk_pct: float, quantile: float) -> float | None:
    """Aegis's "quantile" slippage (percent); None before two walks were seen."""
    if not 0 < quantile < 1:
        raise OrderError("quantile", f"is {quantile:g}", "between 0 and 1")
    if len(walks_pct) < 2:
        return None
    normal = fmean(walks_pct) + NormalDist().inv_cdf(quantile) * pstdev(walks_pct)
    return 0.6 * normal + 0.4 * walk_pct


@dataclass(frozen=True, slots=True)
class AegisSlippage:
    """Aegis's walk."""

    name: ClassVar[str] = "slippage_aegis"
    kind: ClassVar[CostKind] = CostKind.SLIPPAGE

    from_mid: float = parameter(
        0.0, low=0.0, high=1.0, unit="", meaning="1 = against the mid, 0 = the best quote"
    )

    def estimate(self, execution: Execution) -> CostComponent:
        """The walk against the reference that Aegis chose."""
        fill = execution.fill
        average = penalised_average(execution, PENALTY_FRAC)
        reference = fill.mid if self.from_mid else fill.best
        bps = BPS * fill.side.sign * (average - reference) / reference
        return CostComponent(
            kind=self.kind,
            bps=bps,
            low_bps=bps,
            high_bps=bps,
            model=self.name,
            explanation=Explanation(
                formula="1e4 · side · (average − reference) / reference",
                inputs=(
                    Input("average", "walk with penalty", average, "quote/base", Origin.MEASURED),
                    Input("reference", "price before", reference, "quote/base", Origin.MEASURED),
                    Input("from_mid", "1 = mid, 0 = best", self.from_mid, "", Origin.ASSUMED),
                ),
                source='earlier system S3 "Aegis"',
                caveat="" if self.from_mid else "The half-spread is left out.",
            ),
        )
