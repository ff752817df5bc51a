"""Chances, risk and volatility of an estimate, with their explanations.

Source: each number's own, named in it. Example: half an order waits a day at 2 % a day: 1e4 * 0.02
* 1/2 = 100 bps of timing risk.
"""

from market.units import BPS
from models.base import CostEstimate, Input, MarketState, Trigger, Waiting
from models.explained.number import (
    ASSUMED,
    MEASURED,
    TYPED,
    Number,
    base,
    number,
    of_fill,
    price,
    quote,
    sigma,
)

TOUCH = "first passage of a price without drift; Lo, MacKinlay & Zhang 2002 (models/fill)"


def risk(of: CostEstimate, state: MarketState) -> Number | None:
    """One standard deviation; None where nothing waits."""
    if of.risk_bps is None:
        return None
    used, origin = sigma(of, state)
    return number(
        "Timing risk",
        of.risk_bps,
        "bps",
        "1e4 · σ_day · √( Σ (share still to do)² · time until the next part in days )",
        "one standard deviation of the cost; Almgren & Chriss 2000",
        Input("σ_day", "volatility", used, "1/√day", origin),
        *_spans(of),
        caveat="A width beside the total, not a cost: the price is as likely to help.",
    )


def _spans(of: CostEstimate) -> tuple[Input, ...]:
    if of.waiting is not None:
        return (
            Input("deadline", "until the rest crosses", of.waiting.horizon_s, "s", TYPED),
            Input("p", "chance of a fill", of.waiting.fill_probability, "", ASSUMED),
            Input("share", "of the order that rests", of.resting / of.fill.filled, "", MEASURED),
        )
    last = of.children[-1].start_s if of.children else 0.0
    return (
        Input("parts", "sent one after the other", float(len(of.children)), "", TYPED),
        Input("last", "start of the last part", last, "s", TYPED),
    )


def maker_share(of: CostEstimate, state: MarketState) -> Number:
    """Share of the value that rests and fills."""
    waiting = of.waiting
    inputs = () if waiting is None else _of_waiting(waiting)
    return number(
        "Maker share",
        of.maker_share,
        "",
        "p · resting · limit price / value;  0 where nothing rests",
        "what rests pays the maker fee if it fills, and crosses as taker otherwise",
        *inputs,
        Input("value", "money that changes hands", of.fill.value, quote(of), of_fill(of)),
    )


def chance(of: CostEstimate, state: MarketState) -> Number | None:
    """That what rests fills; None where nothing rests."""
    waiting = of.waiting
    if waiting is None:
        return None
    return number(
        "Chance of a fill",
        waiting.fill_probability,
        "",
        "through + (touch − through) · (1 − e^(−v · time / queue))",
        TOUCH,
        *_of_waiting(waiting),
        Input("touch", "the mid reaches the price", waiting.touch_probability, "", ASSUMED),
        Input(
            "through",
            "the mid trades through it, with room for this size",
            waiting.low_probability,
            "",
            ASSUMED,
        ),
        Input("queue", "ahead of the order", waiting.queue_ahead, base(of), MEASURED),
        Input("v", "half of a day's volume", (state.adv or 0.0) / 2, "base/day", MEASURED),
        caveat="Indicative: chances made from touches are a poor proxy of real fills.",
    )


def _of_waiting(waiting: Waiting) -> tuple[Input, ...]:
    return (
        Input("p", "chance of a fill", waiting.fill_probability, "", ASSUMED),
        Input("resting", "waits in the book", waiting.quantity, "base", MEASURED),
        Input("limit", "price it waits at", waiting.price, "quote/base", TYPED),
        Input("T", "deadline", waiting.horizon_s, "s", TYPED),
    )


def trigger(of: CostEstimate, state: MarketState) -> Number | None:
    """That a stop is sent; None for other orders."""
    trigger = of.trigger
    if trigger is None or trigger.probability is None:
        return None
    used, origin = sigma(of, state)
    return number(
        "Chance of the trigger",
        trigger.probability,
        "",
        "2 Φ(−d / (s √T))",
        TOUCH,
        Input("trigger", "price that sends the order", trigger.price, price(of), TYPED),
        Input("d", "from the other side's best", _distance(of, trigger, state), "bps", MEASURED),
        Input("σ_day", "volatility", used, "1/√day", origin),
        Input("T", "horizon", trigger.horizon_s, "s", TYPED),
    )


def _distance(of: CostEstimate, trigger: Trigger, state: MarketState) -> float:
    if state.book is None:
        return 0.0
    best = float(state.book.levels(of.fill.side)[0][0])
    return abs(trigger.price - best) / state.book.mid * BPS


def volatility(of: CostEstimate, state: MarketState) -> Number | None:
    """As used; None while unknown."""
    used, origin = sigma(of, state)
    if not used:
        return None
    return number(
        "Volatility used",
        used,
        "1/√day",
        "√(86400 · S / W)" if origin is MEASURED else "as typed",
        state.sigma_origin if origin is MEASURED else "typed",
        Input("σ_year", "times √365", used * 365**0.5, "1/√year", origin),
        caveat=state.sigma_warning if origin is MEASURED else "",
    )
