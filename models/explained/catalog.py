"""The numbers beside the cost that can be explained, one line each.

Components carry their explanation themselves (models/base.py).
"""

from collections.abc import Callable, Mapping

from models.base import CostEstimate, MarketState
from models.explained import chances, fills
from models.explained.number import Number

NUMBERS: Mapping[str, Callable[[CostEstimate, MarketState], Number | None]] = {
    "total": fills.total,
    "average": fills.average,
    "worst": fills.worst,
    "mid": fills.mid,
    "filled": fills.filled,
    "notional": fills.notional,
    "visible": fills.visible,
    "value": fills.value,
    "risk": chances.risk,
    "maker_share": chances.maker_share,
    "chance": chances.chance,
    "trigger": chances.trigger,
    "volatility": chances.volatility,
}


def explained(key: str, estimate: CostEstimate, state: MarketState) -> Number | None:
    """The number of that key (NUMBERS), or None where this estimate has none."""
    return NUMBERS[key](estimate, state)
