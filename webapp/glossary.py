"""The words of the pages, each in a sentence or two."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

GLOSSARY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Arrival price": "The mid price when the order is about to be sent. Every cost is measured "
        "against it.",
        "Band": "The range a cost is expected to fall into nine times of ten. Models shows how "
        "often it really did.",
        "Basis point (bps)": "One hundredth of one per cent. 5 bps of 10,000 USDT is 5 USDT.",
        "Cost": "What you lose against trading everything at the arrival price. Positive: you pay, "
        "on both sides.",
        "Crossed book": "A best bid above the best ask: the book contradicts itself and gives no "
        "number.",
        "Depth": "How much waits in the book; as a cost, what walking past the best price adds.",
        "Fees": "What the venue takes, for making and for taking, by product and tier.",
        "Fill probability": "The chance that a resting order is executed before its deadline.",
        "Lot": "The smallest step of size a venue accepts. Sizes are rounded down to it.",
        "Maker and taker": "A maker's order waits in the book, a taker's is executed at once. "
        "Fees differ.",
        "Microprice": "The mid weighted by the sizes at the best prices: where the mid tends to "
        "go.",
        "Opportunity cost": "What waiting, or staying unfilled, is expected to cost.",
        "Permanent impact": "How far your trade moves the price for good. A walk of the book does "
        "not hold it.",
        "Receipt": "Everything a saved estimate was made from. Verify works it out again, bit for "
        "bit.",
        "Recipe": "Which parts are added to the total. Exact walk never charges impact twice.",
        "Slippage": "Average fill price against arrival price: spread and depth together.",
        "Spread": "Best ask minus best bid. Crossing it costs half of it against the mid.",
        "Temporary impact": "What an order pays for taking liquidity faster than it refills.",
        "Timing risk": "How much the price may move while an order is worked: a width, not a cost.",
        "Trust": "Whether a book may be believed: complete, fresh, not crossed, deep enough. A "
        "refused book gives no number.",
        "Volatility": "How far the price moves in a day, one standard deviation.",
    }
)
