"""The headline of a tab: a number, or why there is none."""

from typing import Any

from engine.quoter import Quote
from engine.warm import is_warm
from models.base import MarketState
from models.scoring.words import sentence
from webapp import format as fmt
from webapp.frames import cost
from webapp.session import Phase, Session
from webapp.ticket import PARAMETERS

LOOKS = {Phase.CHOOSING: "loading", Phase.OPENING: "loading", Phase.FAILED: "refused"}
"""How a headline without a number looks, by phase; idle in all others."""
COMPILING = (
    "Making this machine's own fast code for the books. That happens once, on the first start, and "
    "takes about ten seconds; the price follows by itself."
)


def headline(session: Session, state: MarketState | None, quote: Quote | None) -> dict[str, Any]:
    """As the topic `cost` carries it."""
    if quote is not None and quote.estimate is not None:
        return cost.priced(quote.estimate, session.opinions) | {"score": sentence(session.score)}
    look, why = LOOKS.get(session.phase, "idle"), session.why
    if quote is not None:
        look, why = "refused", quote.refusal
    elif session.problems and session.phase is not Phase.STOPPED:
        look, why = "refused", "; ".join(_named(*each) for each in session.problems.items())
    elif look == "loading" and not is_warm():
        why = COMPILING
    shown = cost.unpriced(session.ticket, look, why, state.trust if state else None)
    return shown | {"score": ""}


def _named(field: str, problem: str) -> str:
    """A problem away from its field, which for a parameter says what it is about."""
    parameter = PARAMETERS.get(field)
    return f"{fmt.sentence(parameter.meaning)}: {problem}" if parameter else problem
