"""Prices and quantities of an estimate, and its total, with their explanations.

Source: each number's own, named in it. Example: two coins at 101 and 102: value 203 / filled 2 =
101.5 on average.
"""

from market.book import BookSnapshot
from market.instrument import Side
from models.base import CostComponent, CostEstimate, Input, MarketState, Origin
from models.explained.number import (
    ASSUMED,
    MEASURED,
    PUBLISHED,
    TYPED,
    Number,
    base,
    expected,
    number,
    of_fill,
    price,
    quote,
    ways,
)

WEIGHT = (MEASURED, TYPED, PUBLISHED, ASSUMED)
"""What a number made of several inputs rests on: the last of these among them."""


def total(of: CostEstimate, state: MarketState) -> Number:
    """What all of it costs."""
    added = [part for part in of.components if part.is_in_total]
    return number(
        "Total",
        of.total_bps,
        "bps",
        " + ".join(part.kind.replace("_", " ") for part in added),
        f"recipe {of.request.recipe}: every kind of cost once",
        *(
            Input(part.kind.replace("_", " "), f"by {part.model}", part.bps, "bps", _rests_on(part))
            for part in added
        ),
        Input("low", "all parts at their low end", of.low_bps, "bps", ASSUMED),
        Input("high", "all parts at their high end", of.high_bps, "bps", ASSUMED),
        Input("notional", "filled at the mid", of.notional, quote(of), MEASURED),
        Input("money", "total · notional / 1e4", of.total_quote, quote(of), ASSUMED),
        caveat="Ends of bands are added, as if all parts went wrong together.",
    )


def _rests_on(part: CostComponent) -> Origin:
    origins = {item.origin for item in part.explanation.inputs}
    return max(origins, key=WEIGHT.index, default=MEASURED)


def average(of: CostEstimate, state: MarketState) -> Number:
    """Mean price."""
    fill, parts = of.fill, ways(of)
    return number(
        "Average price",
        fill.average,
        price(of),
        "value / filled",
        parts,
        Input("value", "money that changes hands", fill.value, quote(of), of_fill(of)),
        Input("filled", "all that is traded", fill.filled, base(of), MEASURED),
        Input("slippage", "average against the arrival price", fill.slippage_bps, "bps", MEASURED),
        caveat=expected(of),
    )


def worst(of: CostEstimate, state: MarketState) -> Number:
    """Last price."""
    fill = of.fill
    return number(
        "Worst price",
        fill.worst,
        price(of),
        "price of the last level taken",
        ways(of),
        Input("levels", "levels touched", float(fill.levels), "", MEASURED),
        Input("beyond", "filled beyond the visible book", fill.beyond, base(of), ASSUMED),
        caveat=expected(of),
    )


def mid(of: CostEstimate, state: MarketState) -> Number:
    """Arrival price."""
    book = state.book
    inputs = _touch(book) if book is not None and of.trigger is None else ()
    when = "when the stop triggers" if of.trigger else "now"
    return number(
        "Arrival mid",
        of.fill.mid,
        price(of),
        "(best bid + best ask) / 2",
        f"the book {when}; every cost is measured against it",
        *inputs,
    )


def _touch(book: BookSnapshot) -> tuple[Input, ...]:
    return (
        Input("best bid", "highest price bid", float(book.bid_prices[0]), "quote/base", MEASURED),
        Input("best ask", "lowest price asked", float(book.ask_prices[0]), "quote/base", MEASURED),
    )


def filled(of: CostEstimate, state: MarketState) -> Number:
    """What is traded."""
    return number(
        "Filled",
        of.fill.filled,
        base(of),
        "taken + resting;  taken + resting + cancelled = quantity",
        f"order type {of.request.style}; docs/models.md, order types",
        Input("taken", "crosses the spread", of.taken, base(of), MEASURED),
        Input("resting", "waits in the book", of.resting, base(of), MEASURED),
        Input("cancelled", "neither of both", of.cancelled, base(of), MEASURED),
        Input("quantity", "after rounding down to the lot", of.fill.quantity, base(of), TYPED),
        Input("requested", "what was typed", of.requested, base(of), TYPED),
    )


def notional(of: CostEstimate, state: MarketState) -> Number:
    """What it is worth at the mid."""
    return number(
        "Notional",
        of.notional,
        quote(of),
        "filled · mid",
        "definition; basis points are of this",
        Input("filled", "all that is traded", of.fill.filled, base(of), MEASURED),
        Input("mid", "arrival price", of.fill.mid, price(of), MEASURED),
    )


def visible(of: CostEstimate, state: MarketState) -> Number:
    """What could be had."""
    side = "asks" if of.fill.side is Side.BUY else "bids"
    return number(
        "Book holds",
        of.fill.visible,
        base(of),
        f"sum of all sizes of the {side}",
        "the venue's book; a truncated view, most venues hold more beyond it",
        Input("Σ size", f"all visible {side}", of.fill.visible, base(of), MEASURED),
    )


def value(of: CostEstimate, state: MarketState) -> Number:
    """Money that moves."""
    return number(
        "Changes hands",
        of.fill.value,
        quote(of),
        "filled · average price",
        ways(of),
        Input("filled", "all that is traded", of.fill.filled, base(of), MEASURED),
        Input("average", "mean price", of.fill.average, price(of), of_fill(of)),
        caveat=expected(of),
    )
