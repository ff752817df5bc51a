"""One compiled pass over the bytes of an OKX book message: the tick path.

It reads exactly the shape OKX sends,

    {"arg":{"channel":"books","instId":"X"},"action":"update","data":[{"asks":[["1","2","0","3"],…],
     "bids":[…],"ts":"…","checksum":0,"prevSeqId":1,"seqId":2}]}

with the four fields behind the rows in any order, and answers UNEXPECTED to anything else, a
valid message in another shape included: the caller then decodes that frame by msgspec. So it
never has to say what is wrong, only to be certain when it answers.

Numbers are digits with at most one point, read as an integer mantissa and a power of ten. With a
mantissa below 2**53 and at most 22 decimals both are exact in float64, so their one division gives
the same bits as Python's float(text).

A `bytes` object is followed by a null byte in memory, and the scanner only moves on after it has
matched a byte that is not null: it cannot run past the end of a truncated frame.
"""

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from feeds.base import DecodeError
from feeds.okx_wire import (
    ABSENT,
    MAX_STAMP_DIGITS,
    MAX_STAMP_MS,
    BookMessage,
    book_rows,
    milliseconds,
)
from market.compiled import compiled
from market.instrument import Floats, Instrument, Kind
from market.units import NS_PER_MS

UPDATE: Final = 0
SNAPSHOT: Final = 1
UNEXPECTED: Final = -1

Scan = tuple[int, int, int, int, int, int, int]
"""(UPDATE | SNAPSHOT | UNEXPECTED, n_bids, n_rows, event_ns, checksum, prevSeqId, seqId)"""

NOTHING: Final[Scan] = (UNEXPECTED, 0, 0, 0, 0, 0, 0)

SHORTEST_ROW: Final = len('["1","1","",""],')
"""No row is shorter, so a frame cannot hold more rows than its length divided by this."""


Text = NDArray[np.uint8]


def _text(text: str) -> Text:
    return np.frombuffer(text.encode(), dtype=np.uint8)


ACTION = _text('"},"action":"')
UPDATE_ASKS = _text('update","data":[{"asks":[')
SNAPSHOT_ASKS = _text('snapshot","data":[{"asks":[')
BIDS = _text('],"bids":[')
TS = _text('"ts":"')
CHECKSUM = _text('"checksum":')
PREV = _text('"prevSeqId":')
SEQ = _text('"seqId":')
END = _text("}]}")
QUOTE, COMMA, POINT, MINUS, ZERO, NINE = (np.uint8(ord(c)) for c in '",.-09')
OPEN, CLOSE = np.uint8(ord("[")), np.uint8(ord("]"))
MAX_MANTISSA = 1 << 53
MAX_DECIMALS = 22
MAX_DIGITS = 18
POWERS = np.array([float(10**k) for k in range(MAX_DECIMALS + 1)])


def _after(frame: bytes, at: int, text: Text) -> int:
    """Index behind `text`, or -1 when the frame says something else at `at`."""
    for k in range(len(text)):
        if frame[at + k] != text[k]:
            return -1
    return at + len(text)


def _decimal(frame: bytes, at: int) -> tuple[float, int]:
    """(value, index behind the closing quote) of `"123.45"` from behind its opening quote."""
    mantissa, digits, decimals, is_fraction = 0, 0, 0, False
    while True:
        byte = frame[at]
        if ZERO <= byte <= NINE:
            mantissa = mantissa * 10 + (byte - 48)
            digits += 1
            if digits > MAX_DIGITS:
                return 0.0, -1
            if is_fraction:
                decimals += 1
        elif byte == POINT and not is_fraction and digits > 0:
            is_fraction = True
        else:
            break
        at += 1
    if (
        byte != QUOTE
        or digits == 0
        or mantissa >= MAX_MANTISSA
        or (is_fraction and decimals == 0)
        or decimals > MAX_DECIMALS
    ):
        return 0.0, -1
    return mantissa / POWERS[decimals], at + 1


def _integer(frame: bytes, at: int) -> tuple[int, int]:
    """(value, index behind it) of a JSON integer."""
    sign = 1
    if frame[at] == MINUS:
        sign = -1
        at += 1
    start, value = at, 0
    while ZERO <= frame[at] <= NINE:
        value = value * 10 + (frame[at] - 48)
        at += 1
        if at - start > MAX_DIGITS:
            return 0, -1
    # JSON allows no leading zero, and "-0" is left to the decoder.
    if at == start or (frame[start] == ZERO and (at - start > 1 or sign < 0)):
        return 0, -1
    return sign * value, at


def _digits_in_quotes(frame: bytes, at: int) -> int:
    """Index behind `,"123"`, whatever the digits are; -1 when it is something else."""
    if frame[at] != COMMA or frame[at + 1] != QUOTE:
        return -1
    at += 2
    while ZERO <= frame[at] <= NINE:
        at += 1
    return at + 1 if frame[at] == QUOTE else -1


def _bids_first(rows: Floats, n_asks: int, n_rows: int) -> None:
    """Turn asks-then-bids into bids-then-asks in place, by three reversals."""
    for first, last in ((0, n_asks - 1), (n_asks, n_rows - 1), (0, n_rows - 1)):
        low, high = first, last
        while low < high:
            for k in range(2):
                rows[low, k], rows[high, k] = rows[high, k], rows[low, k]
            low += 1
            high -= 1


after = compiled(_after)(_after)
bids_first = compiled(_bids_first)(_bids_first)
decimal = compiled(_decimal)(_decimal)
integer = compiled(_integer)(_integer)
digits_in_quotes = compiled(_digits_in_quotes)(_digits_in_quotes)


def _side(
    frame: bytes, at: int, rows: Floats, count: int, scale: float, is_inverse: bool
) -> tuple[int, int]:
    """(index of the closing bracket, rows held) after the rows of one side."""
    if frame[at] == CLOSE:
        return at, count
    while True:
        if frame[at] != OPEN or frame[at + 1] != QUOTE or count >= rows.shape[0]:
            return -1, count
        price, at = decimal(frame, at + 2)
        if at < 0 or price <= 0.0 or frame[at] != COMMA or frame[at + 1] != QUOTE:
            return -1, count
        size, at = decimal(frame, at + 2)
        if at < 0:
            return -1, count
        at = digits_in_quotes(frame, at)
        if at < 0:
            return -1, count
        at = digits_in_quotes(frame, at)
        if at < 0 or frame[at] != CLOSE:
            return -1, count
        rows[count, 0] = price
        rows[count, 1] = size * scale / price if is_inverse else size * scale
        count += 1
        at += 1
        if frame[at] == CLOSE:
            return at, count
        if frame[at] != COMMA:
            return -1, count
        at += 1


side = compiled(_side)(_side)


def scan_plain(frame: bytes, at: int, rows: Floats, scale: float, is_inverse: bool) -> Scan:
    """The twin: msgspec, for frames of the same family."""
    try:
        message = MESSAGE.decode(frame)
        if message.action not in ("snapshot", "update") or len(message.data) != 1:
            return NOTHING
        book = message.data[0]
        event_ns = milliseconds(book.ts, "")
        values = book_rows(book, _unit(scale, is_inverse))
    except (msgspec.DecodeError, UnicodeDecodeError, DecodeError):
        return NOTHING
    if len(values) > len(rows):
        return NOTHING
    rows[: len(values)] = values
    kind = SNAPSHOT if message.action == "snapshot" else UPDATE
    numbers = (book.checksum, book.prevSeqId, book.seqId)
    return kind, len(book.bids), len(values), event_ns, *numbers


def _unit(scale: float, is_inverse: bool) -> Instrument:
    return Instrument(
        venue="okx",
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


MESSAGE = msgspec.json.Decoder(BookMessage)


@compiled(scan_plain)
def scan(frame: bytes, at: int, rows: Floats, scale: float, is_inverse: bool) -> Scan:
    """Read one message into `rows`, (price, size in base), bids first.

    at          index behind the instId, where `"},"action":"` has to stand
    rows        float64 (capacity, 2) to write to
    scale       base (quote, if inverse) per unit of size
    """
    at = after(frame, at, ACTION)
    if at < 0:
        return NOTHING
    kind = UPDATE
    begin = after(frame, at, UPDATE_ASKS)
    if begin < 0:
        kind = SNAPSHOT
        begin = after(frame, at, SNAPSHOT_ASKS)
        if begin < 0:
            return NOTHING
    at, n_asks = side(frame, begin, rows, 0, scale, is_inverse)
    if at < 0:
        return NOTHING
    at = after(frame, at, BIDS)
    if at < 0:
        return NOTHING
    at, n_rows = side(frame, at, rows, n_asks, scale, is_inverse)
    if at < 0:
        return NOTHING
    at += 1
    stamp, checksum, prev, seq = -1, 0, ABSENT, ABSENT
    while frame[at] == COMMA:
        at += 1
        begin = after(frame, at, TS)
        if begin >= 0:
            at, stamp = begin, 0
            while ZERO <= frame[at] <= NINE:
                stamp = stamp * 10 + (frame[at] - 48)
                at += 1
                if at - begin > MAX_STAMP_DIGITS:
                    return NOTHING
            if at == begin or stamp > MAX_STAMP_MS or frame[at] != QUOTE:
                return NOTHING
            at += 1
            continue
        begin = after(frame, at, SEQ)
        if begin >= 0:
            seq, at = integer(frame, begin)
        else:
            begin = after(frame, at, PREV)
            if begin >= 0:
                prev, at = integer(frame, begin)
            else:
                begin = after(frame, at, CHECKSUM)
                if begin < 0:
                    return NOTHING
                checksum, at = integer(frame, begin)
        if at < 0:
            return NOTHING
    if stamp < 0:
        return NOTHING
    at = after(frame, at, END)
    if at < 0 or at != len(frame):
        return NOTHING
    bids_first(rows, n_asks, n_rows)
    return kind, n_rows - n_asks, n_rows, stamp * NS_PER_MS, checksum, prev, seq
