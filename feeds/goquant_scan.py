"""One compiled pass over the bytes of a relay message: a whole book each time, 15 KB and more.

    {"timestamp":"2026-11-20T10:00:00Z","exchange":"OKX","symbol":"BTC-USDT-SWAP",
     "asks":[["60000.1","12.5"],["60000.3","3"]],"bids":[["60000","40.01"],["59999.8","7"]]}

The five members may come in any order, with or without blanks after commas and colons: the relay's
hosts differ. Everything else is UNEXPECTED, a level of size zero and one out of order included: the
caller then reads the frame by msgspec, and says what is wrong with it. How numbers are read, and
why a truncated frame cannot be overrun, is written in okx_scan.py.
"""

from typing import Final

import msgspec
import numpy as np

from feeds.base import DecodeError
from feeds.figures import Level, levels
from feeds.okx_scan import CLOSE, COMMA, OPEN, QUOTE, UNEXPECTED, after, bids_first, decimal
from market.compiled import compiled
from market.instrument import Floats, Instrument, Kind

Scan = tuple[int, int, int, int, int, int, int, int]
"""(n_rows | UNEXPECTED, n_bids, begin and end of timestamp, of exchange, of symbol)"""

NOTHING: Final[Scan] = (UNEXPECTED, 0, 0, 0, 0, 0, 0, 0)

SHORTEST_ROW: Final = len('["1","1"],')
"""No row is shorter, so a frame cannot hold more rows than its length divided by this."""

BLANK, COLON, ESCAPE, BEGIN, END, TILDE = (np.uint8(ord(c)) for c in " :\\{}~")
ASKS_KEY, BIDS_KEY, STAMP_KEY, EXCHANGE_KEY, SYMBOL_KEY = (
    np.frombuffer(f'"{key}"'.encode(), dtype=np.uint8)
    for key in ("asks", "bids", "timestamp", "exchange", "symbol")
)


class Book(msgspec.Struct, frozen=True):
    """One message. Rows are (price, size) in the unit of the relayed venue."""

    timestamp: str
    exchange: str
    symbol: str
    asks: list[Level]
    bids: list[Level]


BOOK: Final = msgspec.json.Decoder(Book)


def scan_plain(frame: bytes, rows: Floats, scale: float, is_inverse: bool) -> Scan:
    """The twin: msgspec, for messages that hold nothing but the five members."""
    try:
        book = BOOK.decode(frame)
        values = levels(book.bids, book.asks, _unit(scale, is_inverse))
    except (msgspec.DecodeError, UnicodeDecodeError, DecodeError):
        return NOTHING
    n_bids = len(book.bids)
    if len(values) > len(rows) or not is_whole(values, n_bids):
        return NOTHING
    rows[: len(values)] = values
    (t, t_end), (e, e_end), (s, s_end) = (
        _place(frame, text) for text in (book.timestamp, book.exchange, book.symbol)
    )
    if min(t, e, s) < 0:
        return NOTHING
    return len(values), n_bids, t, t_end, e, e_end, s, s_end


def _place(frame: bytes, text: str) -> tuple[int, int]:
    """Where a text stands in a frame that says it; -1 where it is written with escapes."""
    at = frame.find(b'"%b"' % text.encode())
    return (at + 1, at + 1 + len(text.encode())) if at >= 0 else (-1, -1)


def is_whole(rows: Floats, n_bids: int) -> bool:
    """Whether each side is strictly best first and no size is zero, as in a whole book."""
    bids, asks = rows[:n_bids, 0], rows[n_bids:, 0]
    return bool((np.diff(bids) < 0).all() and (np.diff(asks) > 0).all() and (rows[:, 1] > 0).all())


def _unit(scale: float, is_inverse: bool) -> Instrument:
    return Instrument(
        venue="goquant",
        venue_symbol="",
        base="",
        quote="",
        settle="",
        kind=Kind.INVERSE if is_inverse else Kind.LINEAR,
        product="",
        tick_size=1.0,
        lot_size=1.0,
        min_size=1.0,
        contract_size=scale,
    )


def _blanks(frame: bytes, at: int) -> int:
    """Index behind any blanks."""
    while frame[at] == BLANK:
        at += 1
    return at


blanks = compiled(_blanks)(_blanks)


def _text(frame: bytes, at: int) -> int:
    """Index of the closing quote of a plain ASCII text from behind its opening quote, or -1."""
    while frame[at] != QUOTE:
        if frame[at] < BLANK or frame[at] > TILDE or frame[at] == ESCAPE:
            return -1
        at += 1
    return at


text = compiled(_text)(_text)


def _side(
    frame: bytes, at: int, rows: Floats, count: int, scale: float, is_inverse: bool, sign: float
) -> tuple[int, int]:
    """(index behind the closing bracket, rows held) of one side; sign +1 where prices rise."""
    if frame[at] != OPEN:
        return -1, count
    at = blanks(frame, at + 1)
    if frame[at] == CLOSE:
        return at + 1, count
    last = -np.inf
    while True:
        if frame[at] != OPEN or frame[at + 1] != QUOTE or count >= rows.shape[0]:
            return -1, count
        price, at = decimal(frame, at + 2)
        if at < 0 or price <= 0.0 or sign * price <= last or frame[at] != COMMA:
            return -1, count
        last = sign * price
        at = blanks(frame, at + 1)
        if frame[at] != QUOTE:
            return -1, count
        size, at = decimal(frame, at + 1)
        if at < 0 or size <= 0.0 or frame[at] != CLOSE:
            return -1, count
        rows[count, 0] = price
        rows[count, 1] = size * scale / price if is_inverse else size * scale
        count += 1
        at += 1
        if frame[at] == CLOSE:
            return at + 1, count
        if frame[at] != COMMA:
            return -1, count
        at = blanks(frame, at + 1)


side = compiled(_side)(_side)


@compiled(scan_plain)
def scan(frame: bytes, rows: Floats, scale: float, is_inverse: bool) -> Scan:
    """Read one message into `rows`, (price, size in base), bids first.

    rows        float64 (capacity, 2) to write to
    scale       base (quote, if inverse) per unit of size
    """
    if frame[0] != BEGIN:
        return NOTHING
    at, count, n_asks, n_bids = 0, 0, -1, -1
    stamp, stamp_end, exchange, exchange_end, symbol, symbol_end = -1, 0, -1, 0, -1, 0
    asks_first = False
    while True:
        key = blanks(frame, at + 1)
        member = 0
        at = after(frame, key, ASKS_KEY)
        if at < 0:
            member = 1
            at = after(frame, key, BIDS_KEY)
        if at < 0:
            member = 2
            at = after(frame, key, STAMP_KEY)
        if at < 0:
            member = 3
            at = after(frame, key, EXCHANGE_KEY)
        if at < 0:
            member = 4
            at = after(frame, key, SYMBOL_KEY)
        if at < 0 or frame[at] != COLON:
            return NOTHING
        at = blanks(frame, at + 1)
        if member < 2:
            is_again = n_asks >= 0 if member == 0 else n_bids >= 0
            if is_again:
                return NOTHING
            before = count
            at, count = side(frame, at, rows, count, scale, is_inverse, 1.0 - 2.0 * member)
            if at < 0:
                return NOTHING
            if member == 0:
                n_asks = count - before
                asks_first = n_bids < 0
            else:
                n_bids = count - before
        else:
            if frame[at] != QUOTE:
                return NOTHING
            begin = at + 1
            end = text(frame, begin)
            if end < 0:
                return NOTHING
            at = end + 1
            if member == 2 and stamp < 0:
                stamp, stamp_end = begin, end
            elif member == 3 and exchange < 0:
                exchange, exchange_end = begin, end
            elif member == 4 and symbol < 0:
                symbol, symbol_end = begin, end
            else:
                return NOTHING
        at = blanks(frame, at)
        if frame[at] == COMMA:
            continue
        if frame[at] != END or at + 1 != len(frame):
            return NOTHING
        break
    if n_asks < 0 or n_bids < 0 or stamp < 0 or exchange < 0 or symbol < 0:
        return NOTHING
    if asks_first:
        bids_first(rows, n_asks, count)
    return count, n_bids, stamp, stamp_end, exchange, exchange_end, symbol, symbol_end
