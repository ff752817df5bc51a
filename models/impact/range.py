"""How far apart are the impact models on the same execution? Information, never a cost.

    low, high = min, max of impact_bps over the models that apply

A model applies where the quantity, as a share of a day's volume, lies in the range it was fitted on
or stated for, and where its inputs are known. Factors of 2 to 5 between models are normal and say
how little is known; the earlier systems' formulas are not asked.
Source: the ranges are those of the models' own files.
Wrong when: read as a confidence interval. It is a spread between opinions.
Example: 1 % of a day's volume in one hour at 3 % a day: 17 (I-Star) to 27 bps (Almgren-Chriss).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from models import catalog
from models.base import (
    Absent,
    CostComponent,
    CostModel,
    Execution,
    MarketState,
    Request,
)
from models.impact.almgren_2005 import Almgren2005Impact
from models.impact.almgren_chriss import AlmgrenChrissImpact
from models.impact.i_star import IStarImpact
from models.impact.obizhaeva_wang import ObizhaevaWangImpact
from models.impact.propagator import PropagatorImpact
from models.impact.square_root import SquareRootImpact
from models.parameters import configured
from models.resolve import resolve

SHARES: Mapping[type[CostModel], tuple[float, float]] = {
    SquareRootImpact: (1e-5, 0.2),
    AlmgrenChrissImpact: (1e-5, 0.25),
    Almgren2005Impact: (1e-5, 0.25),
    IStarImpact: (1e-3, 0.3),
    PropagatorImpact: (1e-5, 0.2),
    ObizhaevaWangImpact: (1e-5, 0.2),
}
"""Models of a whole impact and the shares of a day's volume for which they speak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpactRange:
    """What the models that apply say about one execution."""

    components: tuple[CostComponent, ...]
    """Cheapest first; empty where no model applies."""
    absent: tuple[Absent, ...]
    """Models that do not apply, and why."""

    @property
    def low(self) -> CostComponent | None:
        """The cheapest opinion."""
        return self.components[0] if self.components else None

    @property
    def high(self) -> CostComponent | None:
        """The dearest opinion."""
        return self.components[-1] if self.components else None


def opinions(request: Request, state: MarketState) -> ImpactRange:
    """The same of a request; raises OrderError or BookNotReady, as an estimate does."""
    style = catalog.style(request.style, request.parameters)
    order = resolve(request.order, state, request.depth_policy, style.own_price)
    return impact_range(style.execute(order, request, state))


def impact_range(execution: Execution) -> ImpactRange:
    """Ask every model, with the parameters that the request carries."""
    priced = [_priced(model, share, execution) for model, share in SHARES.items()]
    found = [p.beside_total() for p in priced if isinstance(p, CostComponent)]
    return ImpactRange(
        components=tuple(sorted(found, key=lambda component: component.bps)),
        absent=tuple(p for p in priced if isinstance(p, Absent)),
    )


def _priced(
    model: type[CostModel], shares: tuple[float, float], execution: Execution
) -> CostComponent | Absent:
    adv = execution.state.adv
    if adv:
        share, (low, high) = execution.fill.filled / adv, shares
        if not low <= share <= high:
            reason = f"{share:.2g} of a day's volume is outside {low:g} to {high:g}"
            return Absent(kind=model.kind, model=model.name, reason=reason)
    return configured(model, execution.request.parameters).estimate(execution)
