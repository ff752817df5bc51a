"""What will this order slip by the time it arrives, as learned from this market's own tape?

    slippage = walk + change(D)        change from the champion of the delay nearest to D (by ratio)
    band     = 90 %, measured on the labels that have arrived so far

walk     slippage on the book as it stands (bps; models/walk.py)
change   phi(z) . theta, z the scaled features of book, side and size (models/learning/served.py)
D        delay_ms, between pricing the order and its meeting the book (ms); 0: S1's target `now`,
         the slippage itself learned from the features, without the walk
Source: docs/learning.md; the state carries every coefficient, so a receipt gives the same number.
Wrong when: the market is not what it was while it was learned; the explanation says whether the
model has beaten the walk so far. It prices orders that cross at once, of sizes that were followed;
for others there is no number.
Example: walk 1.2 bps, learned change 0.3 bps with a band of -1.0 to 2.1: 1.5 bps, 0.2 to 3.3.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from market.instrument import Floats
from market.units import NS_PER_MS
from models.base import (
    Absent,
    CostComponent,
    CostKind,
    Execution,
    Explanation,
    Input,
    MarketState,
    Origin,
)
from models.learning.served import Learned, Prediction, ServedModel, bucket_of, predicted
from models.learning.spec import delay_text
from models.parameters import parameter
from models.slippage.features import FEATURES, S1_FEATURES, features, s1_features

NOT_LEARNING = "nothing is learned from this market"
WARM = "Started from a snapshot, not fitted anew since."
LATER = "learned slippage is of orders that cross at once; this one waits"


@dataclass(frozen=True, slots=True)
class LearnedSlippage:
    """Spread, depth and what happens to them meanwhile, in one number."""

    name: ClassVar[str] = "learned"
    kind: ClassVar[CostKind] = CostKind.SLIPPAGE

    delay_ms: float = parameter(
        250.0, low=0.0, high=600_000.0, unit="ms", meaning="delay until the order meets the book"
    )

    def estimate(self, execution: Execution) -> CostComponent | Absent:
        """With a band, or what is missing."""
        if execution.waiting or execution.trigger or execution.children:
            return self._absent(LATER)
        missing, learned = self.missing(execution.state), execution.state.learned
        if missing or learned is None:
            return self._absent(missing)
        served = learned.champion(learned.nearest(round(self.delay_ms * NS_PER_MS)))
        assert served is not None, "nothing is missing"
        widening = served.widening(bucket_of(execution.fill.notional))
        if widening is None:
            return self._absent("learning: too few orders of this size were followed so far")
        row = _row(execution, served, learned)
        walk = execution.fill.slippage_bps
        return self._component(execution, served, predicted(served, row, walk, widening), learned)

    def missing(self, state: MarketState) -> str:
        """Why this market gives no learned number at this delay; empty when it does."""
        learned = state.learned
        if learned is None:
            return NOT_LEARNING
        delay_ns = learned.nearest(round(self.delay_ms * NS_PER_MS))
        if delay_ns is None:
            return f"no delay near {self.delay_ms:g} ms is followed"
        if learned.champion(delay_ns) is None or learned.sigma_day is None:
            return learned.missing(delay_ns) or "learning: volatility is being measured"
        return ""

    def _component(
        self, execution: Execution, served: ServedModel, said: Prediction, learned: Learned
    ) -> CostComponent:
        walk = execution.fill.slippage_bps
        delay = delay_text(served.delay_ns)
        learned_part = said.middle - walk if served.adds_walk else said.middle
        return CostComponent(
            kind=self.kind,
            bps=said.middle,
            low_bps=said.low,
            high_bps=said.high,
            model=self.name,
            explanation=Explanation(
                formula="walk + θ · φ(z)" if served.adds_walk else "θ · φ(z)",
                inputs=(
                    Input("walk", "on the book as it stands", walk, "bps", Origin.MEASURED),
                    Input(
                        "θ · φ(z)",
                        f"{served.model}, {delay}, {served.rows:,} labels",
                        learned_part,
                        "bps",
                        Origin.MEASURED,
                    ),
                    Input("flow", "recent order flow", learned.flow, "base", Origin.MEASURED),
                    Input(
                        "σ",
                        "volatility of the last minute, per day",
                        learned.sigma_day or 0.0,
                        "",
                        Origin.MEASURED,
                    ),
                ),
                source=f"learned from this market's tape; {served.verdict}",
                caveat=WARM if served.is_warm else "",
            ),
        )

    def _absent(self, reason: str) -> Absent:
        return Absent(kind=self.kind, model=self.name, reason=reason)


def _row(execution: Execution, served: ServedModel, learned: Learned) -> Floats:
    """(p,) the features of this order that the model was taught."""
    book, fill = execution.state.book, execution.fill
    assert book is not None, "what was filled had a book"
    assert learned.sigma_day is not None, "checked by the caller"
    size = np.array([fill.filled])
    known = dict(
        zip(
            FEATURES,
            features(book, fill.side, size, sigma_day=learned.sigma_day, flow=learned.flow)[0],
            strict=True,
        )
    )
    known |= zip(S1_FEATURES, s1_features(book, fill.side, size * book.mid)[0], strict=True)
    return np.array([known[name] for name in served.features])
