"""OKX's rolling day volume in coins and money: the fields change their meaning with the product.

          vol24h      volCcy24h
spot      base        quote
linear    contracts   base
inverse   contracts   base
"""

from typing import Final

from feeds.base import UNLISTED, DecodeError
from feeds.okx_wire import Ticker, milliseconds, number
from market.instrument import Instrument, Kind
from market.trade import DayVolume

TOLERANCE: Final = 0.1
"""How far the day's average price may lie outside the day's range before units are doubted."""


def day_volume(ticker: Ticker, instrument: Instrument, recv_ns: int) -> DayVolume | None:
    """None before the first trade of a listing, and where the unit of size is not known.

    Raises DecodeError when volume in money over volume in coins is no price of that day: a wrong
    contract value, swapped fields or contracts taken as coins would show there.
    """
    symbol = instrument.venue_symbol
    if instrument.product == UNLISTED or "" in (ticker.last, ticker.vol24h, ticker.volCcy24h):
        return None
    last = number(ticker.last, "last price", symbol)
    volume = number(ticker.vol24h, "vol24h", symbol)
    in_currency = number(ticker.volCcy24h, "volCcy24h", symbol)
    if instrument.kind is Kind.SPOT:
        base, quote = volume, in_currency
    elif instrument.kind is Kind.LINEAR:
        base, quote = in_currency, volume * instrument.contract_size * last
    else:
        base, quote = in_currency, volume * instrument.contract_size
    if last <= 0 or base < 0 or quote < 0:
        raise DecodeError(f"OKX {symbol}: negative day volume", symbol=symbol)
    low = number(ticker.low24h or ticker.last, "low24h", symbol)
    high = number(ticker.high24h or ticker.last, "high24h", symbol)
    lowest, highest = min(low, last) * (1 - TOLERANCE), max(high, last) * (1 + TOLERANCE)
    if (base > 0) != (quote > 0) or (base > 0 and not lowest <= quote / base <= highest):
        raise DecodeError(
            f"OKX {symbol}: day volume of {quote:g} {instrument.quote} for {base:g} "
            f"{instrument.base} fits no price between {low:g} and {high:g}; not used",
            symbol=symbol,
        )
    return DayVolume(
        symbol=symbol,
        base=base,
        quote=quote,
        event_ns=milliseconds(ticker.ts, symbol),
        recv_ns=recv_ns,
    )
