"""Which explanation a name on the Trade page opens."""

from models.base import Absent, CostComponent, CostKind
from models.explained.catalog import explained
from models.explained.number import Number
from models.explained.of_market import NAMES as MARKET_NAMES
from models.explained.of_market import market_number
from models.impact.range import ImpactRange
from webapp.session import Session

OPINIONS = "opinions"
NUMBER_OF = {
    "total": "total",
    "Average price": "average",
    "Worst price": "worst",
    "Arrival mid": "mid",
    "Filled": "filled",
    "Notional": "notional",
    "Book holds": "visible",
    "Size": "filled",
    "At the venue": "filled",
    "Changes hands": "value",
    "Volatility used": "volatility",
    "Taken now": "filled",
    "Taken then": "filled",
    "Taken, over time": "filled",
    "Rests": "filled",
    "Cancelled": "filled",
    "Maker share": "maker_share",
    "Queue ahead": "chance",
    "Chance of a fill": "chance",
    "Back … front of queue": "chance",
    "Half of fills by": "chance",
    "Trigger": "trigger",
    "Chance of the trigger": "trigger",
    "Timing risk": "risk",
}
"""Names on the page -> numbers of models/explained/catalog.py."""
PART_OF = {"Taker fee": CostKind.FEES.value, "Opportunity": CostKind.OPPORTUNITY.value}
"""Names on the page -> parts of the cost that say more about them."""
NAMES = (*NUMBER_OF, *PART_OF, *MARKET_NAMES)


def explanation(
    session: Session, name: str
) -> CostComponent | Absent | Number | ImpactRange | None:
    """What explains that name now; None where there is no such number."""
    if name == OPINIONS:
        return session.opinions
    if name in MARKET_NAMES:
        state = session.state()
        return market_number(name, state, session.last_trade()) if state else None
    part = session.part(PART_OF.get(name, name))
    if part is not None:
        return part
    quote = session.last
    if name not in NUMBER_OF or quote is None or quote.estimate is None or quote.state is None:
        return None
    return explained(NUMBER_OF[name], quote.estimate, quote.state)
