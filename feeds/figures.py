"""The one strict reading of prices, sizes, volumes and bars that venues write as text.

Where a text is no number, or a number no market has, a DecodeError names venue, symbol and field.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Annotated, Any, Final

import msgspec
import numpy as np

from feeds.base import DecodeError
from market.instrument import Floats, Instrument
from market.trade import Candle, DayVolume
from market.units import NS_PER_MS

Level = tuple[str, str]
"""(price, size) as written."""

Millis = Annotated[int, msgspec.Meta(ge=0, le=((1 << 63) - 1) // NS_PER_MS)]
"""A time stamp that still fits 64 bits once it is nanoseconds."""

NUMERALS: Final = frozenset("0123456789.eE+-")
"""Python's float() would also take nan, inf, blanks, underscores and other alphabets."""

DAY_TOLERANCE: Final = 0.1
"""How far the day's average price may lie outside the day's range before units are doubted."""


def decode(
    data: bytes | msgspec.Raw, decoder: "msgspec.json.Decoder[Any]", venue: str, what: str
) -> Any:
    """Decode, turning any surprise into DecodeError."""
    try:
        return decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError(f"{venue}: {what} is not as documented: {error}") from error


def number(text: str, what: str, venue: str, symbol: str) -> float:
    """A finite number, or DecodeError naming the field and the symbol."""
    value = np.nan
    if NUMERALS.issuperset(text):
        try:
            value = float(text)
        except ValueError:
            value = np.nan
    if not np.isfinite(value):
        raise DecodeError(f"{venue} {symbol}: {what} {text[:40]!r} is not a number", symbol=symbol)
    return value


def positive(text: str, what: str, venue: str, symbol: str) -> float:
    """A number above zero."""
    value = number(text, what, venue, symbol)
    if value <= 0:
        raise DecodeError(f"{venue} {symbol}: {what} is {text[:40]}", symbol=symbol)
    return value


NO_MARKET: Final = 1e30
"""No price and no size reaches it; sums and products of what lies below stay finite."""


def are_sound(rows: Floats) -> bool:
    """Whether all (price, size) rows could stand in a book; NaN and infinity could not."""
    prices, sizes = rows[:, 0], rows[:, 1]
    return bool((rows < NO_MARKET).all() and (prices > 0).all() and (sizes >= 0).all())


def levels(bids: Sequence[Level], asks: Sequence[Level], instrument: Instrument) -> Floats:
    """(n, 2) of (price, size in base), bids first. Raises DecodeError that names the book."""
    name, symbol = instrument.venue, instrument.venue_symbol
    texts = list(chain.from_iterable(chain(bids, asks)))
    if not NUMERALS.issuperset("".join(texts)):
        raise DecodeError(f"{name} {symbol}: a level is not a number", resync=symbol)
    try:
        values = np.array([float(text) for text in texts]).reshape(-1, 2)
    except ValueError:
        raise DecodeError(f"{name} {symbol}: a level is not a number", resync=symbol) from None
    prices, sizes = values[:, 0], values[:, 1]
    with np.errstate(all="ignore"):
        sizes[:] = instrument.base_of(sizes, prices)
    if not are_sound(values):
        raise DecodeError(
            f"{name} {symbol}: a level without a positive price or with a negative size",
            resync=symbol,
        )
    return values


def candle(open_ms: int, texts: Iterable[str], volume: str, instrument: Instrument) -> Candle:
    """A bar from its (open, high, low, close) and its volume in base."""
    name, symbol = instrument.venue, instrument.venue_symbol
    o, h, low, c, base = (number(text, "candle", name, symbol) for text in (*texts, volume))
    if low <= 0 or base < 0 or not low <= min(o, c) <= max(o, c) <= h:
        raise DecodeError(f"{name} {symbol}: a candle whose figures disagree", symbol=symbol)
    return Candle(open_ns=open_ms * NS_PER_MS, open=o, high=h, low=low, close=c, volume=base)


def day_volume(
    base: float,
    quote: float,
    *,
    low: float,
    high: float,
    instrument: Instrument,
    event_ms: int,
    recv_ns: int,
) -> DayVolume:
    """Rolling volume, once money over coins is a price of that day.

    Raises DecodeError otherwise: a wrong contract value, swapped fields or contracts taken as
    coins would show there.
    """
    name, symbol = instrument.venue, instrument.venue_symbol
    lowest, highest = low * (1 - DAY_TOLERANCE), high * (1 + DAY_TOLERANCE)
    is_quiet = base == 0 and quote == 0
    if not is_quiet and not (base > 0 and quote > 0 and lowest <= quote / base <= highest):
        raise DecodeError(
            f"{name} {symbol}: day volume of {quote:g} {instrument.quote} for {base:g} "
            f"{instrument.base} fits no price between {low:g} and {high:g}; not used",
            symbol=symbol,
        )
    return DayVolume(
        symbol=symbol, base=base, quote=quote, event_ns=event_ms * NS_PER_MS, recv_ns=recv_ns
    )
