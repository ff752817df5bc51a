"""What ccxt hands out, in our types: markets, whole books, trades, volume, bars. Pure.

ccxt's amounts of contract markets are contracts; `Instrument.base_of` makes them coins.
"""

import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any, Final

import numpy as np

from feeds.base import UNKNOWN_STEP, DecodeError
from feeds.figures import are_sound, day_volume
from market.book import BookUpdate
from market.instrument import Floats, Instrument, Kind, Side
from market.trade import Candle, DayVolume, Trade
from market.units import NS_PER_MS

PRODUCTS: Final = {"spot": "spot", "swap": "swap", "future": "futures"}
"""ccxt's type of a market -> our product. Options are not priced."""

DECIMAL_PLACES, SIGNIFICANT_DIGITS, TICK_SIZE = 2, 3, 4
"""ccxt's ways to write a precision."""

MOST_LEVELS: Final = 1000
"""Levels a side that are taken: some venues send books of tens of thousands."""


def instrument_of(market: Mapping[str, Any], venue: str, precision_mode: int) -> Instrument | None:
    """One entry of `load_markets`; None for what cannot be priced (options, quanto contracts).

    The symbol is ccxt's: on many venues several markets share the venue's own id.
    """
    product, kind = PRODUCTS.get(market.get("type") or ""), _kind(market)
    contract_size = 1.0 if kind is Kind.SPOT else _positive(market.get("contractSize"))
    if product is None or kind is None or contract_size is None:
        return None
    precision, limits = market.get("precision") or {}, market.get("limits") or {}
    lot = step(precision.get("amount"), precision_mode)
    return Instrument(
        venue=venue,
        venue_symbol=market["symbol"],
        base=market["base"],
        quote=market["quote"],
        settle="" if kind is Kind.SPOT else market["settle"],
        kind=kind,
        product=product,
        tick_size=step(precision.get("price"), precision_mode),
        lot_size=lot,
        min_size=_positive((limits.get("amount") or {}).get("min")) or lot,
        contract_size=contract_size,
        min_notional=_positive((limits.get("cost") or {}).get("min")),
        is_live=market.get("active") is not False,
    )


def _kind(market: Mapping[str, Any]) -> Kind | None:
    """None where a contract is worth neither coins nor money of its own pair."""
    if market.get("type") == "spot":
        return Kind.SPOT
    is_linear, is_inverse = bool(market.get("linear")), bool(market.get("inverse"))
    if market.get("quanto") or is_linear == is_inverse or not market.get("settle"):
        return None
    if is_inverse:
        return Kind.INVERSE if market["settle"] == market["base"] else None
    return Kind.LINEAR


def step(precision: Any, mode: int) -> float:
    """A precision as a step; where none can be told, one so fine that it rounds nothing."""
    if precision is None or not math.isfinite(float(precision)):
        return UNKNOWN_STEP
    if mode == DECIMAL_PLACES:
        return float(f"1e{-int(precision)}")
    if mode == TICK_SIZE and float(precision) > 0:
        return float(precision)
    return UNKNOWN_STEP  # significant digits: the step changes with the price


def book_update(book: Mapping[str, Any], instrument: Instrument, recv_ns: int) -> BookUpdate:
    """A whole book. One-sided and crossed ones are passed on; the trust grade refuses them.

    Raises DecodeError for numbers that no market has, and for sides out of order.
    """
    bids, asks = (_side(book[name], instrument) for name in ("bids", "asks"))
    if (np.diff(bids[:, 0]) >= 0).any() or (np.diff(asks[:, 0]) <= 0).any():
        raise _damaged(instrument, "a side that is not sorted")
    nonce = book.get("nonce")
    return BookUpdate(
        symbol=instrument.venue_symbol,
        is_snapshot=True,
        rows=np.concatenate((bids, asks)),
        n_bids=len(bids),
        seq=nonce if isinstance(nonce, int) else -1,
        event_ns=_event_ns(book, recv_ns),
        recv_ns=recv_ns,
    )


def _side(levels: Iterable[Any], instrument: Instrument) -> Floats:
    try:
        rows = [(float(level[0]), float(level[1])) for level in islice(levels, MOST_LEVELS)]
    except (TypeError, ValueError, IndexError):
        raise _damaged(instrument, "a level that is no number") from None
    values = np.array(rows, dtype=np.float64).reshape(-1, 2)
    with np.errstate(all="ignore"):
        values[:, 1] = instrument.base_of(values[:, 1], values[:, 0])
    if not are_sound(values):
        raise _damaged(instrument, "a level without a positive price or with a negative size")
    return values


def trade_of(trade: Mapping[str, Any], instrument: Instrument, recv_ns: int) -> Trade | None:
    """A print in coins; None where the venue does not say who took. Raises DecodeError."""
    if trade.get("side") not in tuple(Side):
        return None
    price, amount = _positive(trade.get("price")), _positive(trade.get("amount"))
    if price is None or amount is None:
        raise _damaged(instrument, "a trade without a positive price and size")
    return Trade(
        symbol=instrument.venue_symbol,
        price=price,
        size=float(instrument.base_of(amount, price)),
        aggressor=Side(trade["side"]),
        event_ns=_event_ns(trade, recv_ns),
        recv_ns=recv_ns,
    )


def volume_of(ticker: Mapping[str, Any], instrument: Instrument, recv_ns: int) -> DayVolume:
    """Rolling 24 h volume, where its unit can be told.

    ccxt's `baseVolume` of contract markets is coins on some venues and contracts on others: what
    makes a price of that day together with the volume in money is believed. Raises DecodeError,
    final, where neither does or there is nothing to tell by.
    """
    last, told = _positive(ticker.get("last")), ticker.get("baseVolume")
    if last is None or told is None:
        raise _unusable(instrument, "no price or no amount in it")
    as_coins, as_contracts = float(told), float(instrument.base_of(float(told), last))
    quote = ticker.get("quoteVolume")
    if quote is None and as_coins != as_contracts:
        raise _unusable(instrument, "its unit cannot be told")
    money = as_coins * last if quote is None else float(quote)
    low, high = (_positive(ticker.get(name)) or last for name in ("low", "high"))
    for base in (as_coins, as_contracts):
        with suppress(DecodeError):
            return day_volume(
                base,
                money,
                low=min(low, last),
                high=max(high, last),
                instrument=instrument,
                event_ms=_event_ns(ticker, recv_ns) // NS_PER_MS,
                recv_ns=recv_ns,
            )
    raise _unusable(
        instrument, f"{money:g} {instrument.quote} for {told:g} fits no price of the day"
    )


def candle_of(bar: list[float], instrument: Instrument) -> Candle:
    """A bar. The unit of a contract market's volume is not documented, so it is not a number."""
    open_ms, opened, high, low, close, volume = bar[:6]
    if not 0 < low <= min(opened, close) <= max(opened, close) <= high:
        raise _damaged(instrument, "a candle whose figures disagree")
    return Candle(
        open_ns=int(open_ms) * NS_PER_MS,
        open=opened,
        high=high,
        low=low,
        close=close,
        volume=math.nan if instrument.has_contracts else float(volume or 0.0),
    )


def _event_ns(told: Mapping[str, Any], recv_ns: int) -> int:
    """The venue's stamp; without one, ours, which the clocks are never measured by."""
    stamp = told.get("timestamp")
    return int(stamp) * NS_PER_MS if stamp else recv_ns


def _positive(value: Any) -> float | None:
    number = float(value) if isinstance(value, int | float | str) and value != "" else math.nan
    return number if math.isfinite(number) and number > 0 else None


def _damaged(instrument: Instrument, what: str) -> DecodeError:
    symbol = instrument.venue_symbol
    return DecodeError(f"{instrument.venue} {symbol}: {what}", symbol=symbol)


def _unusable(instrument: Instrument, why: str) -> DecodeError:
    symbol = instrument.venue_symbol
    text = f"{instrument.venue} {symbol}: day volume not used: {why}"
    return DecodeError(text, symbol=symbol, is_final=True)
