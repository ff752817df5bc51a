"""OKX v5 messages as they are on the wire, and the one strict reading of their numbers.

Shared by the stream (okx.py), REST (okx_rest.py) and the plain twin of the scanner.
"""

from typing import Any, Final

import msgspec
import numpy as np

from feeds import figures
from feeds.base import DecodeError
from feeds.figures import NUMERALS, are_sound
from market.book import BookUpdate
from market.instrument import Floats, Instrument
from market.units import NS_PER_MS

ABSENT: Final = -(1 << 62)
"""Stands for a sequence number the message does not carry."""


class Arg(msgspec.Struct, frozen=True):
    """What a message is about."""

    channel: str = ""
    instId: str = ""


class Envelope(msgspec.Struct, frozen=True):
    """Any message: data, or an event (ack, error, notice)."""

    event: str = ""
    code: str | int = ""
    msg: str = ""
    id: str = ""
    arg: Arg = Arg()
    action: str = ""
    data: msgspec.Raw = msgspec.Raw(b"")


class Book(msgspec.Struct, frozen=True):
    """Rows are [price, size, "0", orders]; full-depth REST leaves the third out."""

    asks: list[list[str]]
    bids: list[list[str]]
    ts: str
    checksum: int = 0
    prevSeqId: int = ABSENT
    seqId: int = ABSENT


class BookMessage(msgspec.Struct, frozen=True):
    """The shape that the scanner reads, for its plain twin."""

    action: str
    data: list[Book]


class Print(msgspec.Struct, frozen=True):
    """One trade."""

    instId: str
    px: str
    sz: str
    side: str
    ts: str


class Ticker(msgspec.Struct, frozen=True):
    """Rolling 24 h figures; texts may be empty before the first trade."""

    instId: str
    last: str
    vol24h: str
    volCcy24h: str
    ts: str
    high24h: str = ""
    low24h: str = ""


class Listing(msgspec.Struct, frozen=True):
    """One instrument; empty text = does not apply."""

    instId: str
    instType: str
    state: str
    tickSz: str
    lotSz: str
    minSz: str
    baseCcy: str = ""
    quoteCcy: str = ""
    settleCcy: str = ""
    uly: str = ""
    ctVal: str = ""
    ctMult: str = ""
    ctValCcy: str = ""
    ctType: str = ""


def number(text: str, what: str, symbol: str) -> float:
    """A finite number, or DecodeError naming the field and the symbol."""
    return figures.number(text, what, "OKX", symbol)


def milliseconds(text: str, symbol: str) -> int:
    """A time stamp in ns, from text in ms."""
    is_number = text.isascii() and text.isdigit() and len(text) <= MAX_STAMP_DIGITS
    if not is_number or int(text) > MAX_STAMP_MS:
        raise DecodeError(f"OKX {symbol}: time {text[:40]!r} is not milliseconds", symbol=symbol)
    return int(text) * NS_PER_MS


MAX_STAMP_DIGITS: Final = 13
MAX_STAMP_MS: Final = ((1 << 63) - 1) // NS_PER_MS
"""More milliseconds than that do not fit 64 bits once they are nanoseconds."""


def book_rows(book: Book, instrument: Instrument) -> Floats:
    """(n, 2) of (price, size in base), bids first. Raises DecodeError naming the symbol."""
    symbol = instrument.venue_symbol
    rows = (*book.bids, *book.asks)
    if any(len(row) < 2 for row in rows):
        raise DecodeError(f"OKX {symbol}: a level without price and size", symbol=symbol)
    texts = [text for row in rows for text in row[:2]]
    if not NUMERALS.issuperset("".join(texts)):
        raise DecodeError(f"OKX {symbol}: a level is not a number", symbol=symbol)
    try:
        values = np.array([float(text) for text in texts]).reshape(-1, 2)
    except ValueError:
        raise DecodeError(f"OKX {symbol}: a level is not a number", symbol=symbol) from None
    prices, sizes = values[:, 0], values[:, 1]
    with np.errstate(all="ignore"):
        sizes[:] = instrument.base_of(sizes, prices)
    if not are_sound(values):
        raise DecodeError(
            f"OKX {symbol}: a level without a positive price, or with an impossible size",
            symbol=symbol,
        )
    return values


def book_update(
    body: Book,
    instrument: Instrument,
    recv_ns: int,
    *,
    is_snapshot: bool,
    is_partial: bool = False,
) -> BookUpdate:
    """A decoded book as an event, sizes in base. Raises DecodeError."""
    symbol = instrument.venue_symbol
    return BookUpdate(
        symbol=symbol,
        is_snapshot=is_snapshot,
        rows=book_rows(body, instrument),
        n_bids=len(body.bids),
        seq=-1 if body.seqId == ABSENT else body.seqId,
        event_ns=milliseconds(body.ts, symbol),
        recv_ns=recv_ns,
        is_partial=is_partial,
    )


def decode(data: bytes | msgspec.Raw, decoder: "msgspec.json.Decoder[Any]", what: str) -> Any:
    """Decode, turning any surprise into DecodeError."""
    return figures.decode(data, decoder, "OKX", what)
