"""The numbers of a market itself, explained; they do not depend on an order."""

from collections.abc import Callable, Mapping
from math import sqrt

from market.book import BookSnapshot
from market.instrument import Instrument, Kind, Side
from market.trade import Trade
from market.units import DAYS_PER_YEAR
from models.base import Input, MarketState
from models.explained.number import ASSUMED, MEASURED, PUBLISHED, Number, number

BOOK = "the visible book, exact for this instant"
WITHIN_BPS = 10.0
LEVELS = 5


def half_spread(state: MarketState, book: BookSnapshot) -> Number:
    """What each side of the touch is away from the mid."""
    bid, ask = float(book.bid_prices[0]), float(book.ask_prices[0])
    return number(
        "Half-spread",
        book.half_spread_bps,
        "bps",
        "1e4 · (ask − bid) / 2 / mid",
        BOOK,
        Input("ask", "lowest price offered", ask, _price(state.instrument), MEASURED),
        Input("bid", "highest price bid", bid, _price(state.instrument), MEASURED),
        Input("mid", "mean of the two", book.mid, _price(state.instrument), MEASURED),
    )


def microprice(state: MarketState, book: BookSnapshot) -> Number:
    """Where the two best sizes pull the price."""
    unit, base = _price(state.instrument), state.instrument.base
    return number(
        "Microprice",
        book.microprice,
        unit,
        "(ask · bid size + bid · ask size) / (bid size + ask size)",
        BOOK,
        Input("ask", "lowest price offered", float(book.ask_prices[0]), unit, MEASURED),
        Input("bid", "highest price bid", float(book.bid_prices[0]), unit, MEASURED),
        Input("ask size", "offered there", float(book.ask_sizes[0]), base, MEASURED),
        Input("bid size", "bid there", float(book.bid_sizes[0]), base, MEASURED),
        caveat="Not a price at which anything trades; the cost is counted from the mid.",
    )


def imbalance(state: MarketState, book: BookSnapshot) -> Number:
    """Which side of the top of the book is heavier."""
    base = state.instrument.base
    bid, ask = float(book.bid_sizes[:LEVELS].sum()), float(book.ask_sizes[:LEVELS].sum())
    return number(
        "Imbalance, 5 levels",
        book.imbalance(LEVELS),
        "of 1",
        "(B − A) / (B + A)",
        BOOK,
        Input("B", f"size of the first {LEVELS} bids", bid, base, MEASURED),
        Input("A", f"size of the first {LEVELS} asks", ask, base, MEASURED),
    )


def bids_within(state: MarketState, book: BookSnapshot) -> Number:
    """Depth near the mid, as a seller meets it."""
    return _within(state, book, Side.SELL, "Bids within 10 bps")


def asks_within(state: MarketState, book: BookSnapshot) -> Number:
    """Depth near the mid, as a buyer meets it."""
    return _within(state, book, Side.BUY, "Asks within 10 bps")


def _within(state: MarketState, book: BookSnapshot, side: Side, label: str) -> Number:
    reach = book.reach_bps(side)
    caveat = f"The visible side ends {reach:,.3g} bps from the mid: there may be more."
    return number(
        label,
        book.depth(side, WITHIN_BPS),
        state.instrument.base,
        "sum of sizes at prices within d of the mid",
        BOOK,
        Input("d", "distance from the mid", WITHIN_BPS, "bps", ASSUMED),
        Input("mid", "mean of best bid and ask", book.mid, _price(state.instrument), MEASURED),
        caveat=caveat if reach < WITHIN_BPS else "",
    )


def volume(state: MarketState) -> Number | None:
    """What trades in a day, as the venue says it."""
    if state.adv is None:
        return None
    return number(
        "Volume 24 h",
        state.adv,
        state.instrument.base,
        "as published by the venue, contracts counted in coins",
        f"ticker of {state.instrument.venue}",
        Input("V", "traded in the last 24 hours", state.adv, state.instrument.base, PUBLISHED),
    )


def volatility(state: MarketState) -> Number | None:
    """How far the price moves in a day, as measured here."""
    if state.sigma_day is None:
        return None
    return number(
        "Volatility",
        100 * state.sigma_day,
        "% a day",
        "σ_year = σ_day · √365",
        state.sigma_origin or "measured from finished minutes of this market",
        Input("σ_day", "volatility", state.sigma_day, "1/√day", MEASURED),
        Input("σ_year", "in a year", state.sigma_day * sqrt(DAYS_PER_YEAR), "1/√year", MEASURED),
        caveat=state.sigma_warning,
    )


def lot(instrument: Instrument) -> Number:
    """The step in which sizes may be chosen."""
    unit = "contracts" if instrument.has_contracts else instrument.base
    worth = instrument.quote if instrument.kind is Kind.INVERSE else instrument.base
    return number(
        "Lot",
        instrument.lot_size,
        unit,
        "sizes are whole numbers of lots; a size is rounded down to one",
        f"instrument list of {instrument.venue}",
        Input("least", "smallest order", instrument.min_size, unit, PUBLISHED),
        Input("worth", "one unit stands for", instrument.contract_size, worth, PUBLISHED),
        Input("tick", "step of the price", instrument.tick_size, _price(instrument), PUBLISHED),
    )


def last_trade(instrument: Instrument, trade: Trade) -> Number:
    """The newest print."""
    return number(
        "Last trade",
        trade.price,
        _price(instrument),
        f"the newest print; a {trade.aggressor.value} order took it",
        f"trades of {instrument.venue}",
        Input("size", "that changed hands", trade.size, instrument.base, MEASURED),
        caveat="What others paid; no cost is computed from it.",
    )


OF_BOOK: Mapping[str, Callable[[MarketState, BookSnapshot], Number]] = {
    "Half-spread": half_spread,
    "Microprice": microprice,
    "Imbalance, 5 levels": imbalance,
    "Bids within 10 bps": bids_within,
    "Asks within 10 bps": asks_within,
}
"""By the name that the page gives them."""
OF_STATE: Mapping[str, Callable[[MarketState], Number | None]] = {
    "Volume 24 h": volume,
    "Volatility": volatility,
}


def market_number(name: str, state: MarketState, trade: Trade | None) -> Number | None:
    """The number of that name, or None where this market has none now."""
    if name == "Lot":
        return lot(state.instrument)
    if name == "Last trade":
        return last_trade(state.instrument, trade) if trade else None
    if name in OF_STATE:
        return OF_STATE[name](state)
    if name in OF_BOOK and state.book is not None:
        return OF_BOOK[name](state, state.book)
    return None


NAMES = (*OF_BOOK, *OF_STATE, "Last trade", "Lot")


def _price(instrument: Instrument) -> str:
    return f"{instrument.quote}/{instrument.base}"
