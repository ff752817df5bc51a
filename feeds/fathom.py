"""The neutral venue: books of an imported archive, in base units, decoded as if they were a feed.

Archives come in formats of their own, without the frames of the venue they are of. An import writes
them as a recording of this venue; nothing pretends to be a venue's own message. One frame is one
message of the archive:

    {"book":"BTC-USDT-SWAP","snapshot":false,"partial":false,"seq":8,"event_ns":1790000000100000000,
     "bids":[[60000.0,0.41]],"asks":[[60000.1,0.0]]}

book        the instrument's own id at its venue
snapshot    replaces the book; otherwise the named prices change
partial     only the first levels of each side are known
seq         counts the frames of this book by one
event_ns    the venue's clock (ns UTC)
bids, asks  [price (quote/base), size (base)]; size 0 removes

The instruments stand at the top of the recording as the answer to GET /fathom/instruments, a JSON
list of `market.instrument.Instrument` by field name. Their `venue` is the one the archive is of, so
that its fees apply.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

import msgspec
import numpy as np

from feeds.base import DecodeError, FeedEvent, SequenceGap, Unavailable, Venue, VenueRest
from feeds.figures import are_sound
from feeds.rest import RestClient
from market.book import BookUpdate
from market.instrument import Floats, Instrument
from market.trade import Candle, DayVolume

NAME: Final = "fathom"
INSTRUMENTS_PATH: Final = "/fathom/instruments"
INSTRUMENTS_URL: Final = f"fathom://import{INSTRUMENTS_PATH}"

Pair = tuple[float, float]


class Frame(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One message of an archive."""

    book: str
    snapshot: bool
    seq: int
    event_ns: int
    bids: Sequence[Pair]
    asks: Sequence[Pair]
    partial: bool = False


class Fathom(Venue):
    """Imported archives. It cannot be asked for anything: it is played."""

    name: ClassVar[str] = NAME
    max_frame_bytes: ClassVar[int] = 16 << 20

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        super().__init__(instruments)
        self.reset()

    def reset(self) -> None:
        """A new playing: forget every sequence."""
        self._last: dict[str, int] = {}

    def subscribe(self, symbols: Sequence[str]) -> list[str]:
        """Nothing to ask for."""
        return []

    def unsubscribe(self, symbols: Sequence[str]) -> list[str]:
        """Nothing to end."""
        return []

    def resync(self, symbol: str) -> list[str]:
        """Nothing to ask for: the next snapshot of the archive mends the book."""
        return []

    def receive(self, frame: bytes, recv_ns: int) -> Sequence[FeedEvent]:
        """One message. Raises SequenceGap where a frame of the recording is missing."""
        try:
            message: Frame = FRAME.decode(frame)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise DecodeError(f"not a frame of an import: {error}") from error
        symbol = message.book
        self.instrument(symbol)
        last = self._last.pop(symbol, None)
        if not message.snapshot:
            if last is None:
                return ()
            if message.seq != last + 1:
                raise SequenceGap(
                    f"{symbol}: frame {message.seq} follows frame {last}", resync=symbol
                )
        update = BookUpdate(
            symbol=symbol,
            is_snapshot=message.snapshot,
            rows=_rows(message),
            n_bids=len(message.bids),
            seq=message.seq,
            event_ns=message.event_ns,
            recv_ns=recv_ns,
            is_partial=message.partial,
        )
        self._last[symbol] = message.seq
        return (update,)


FRAME: Final = msgspec.json.Decoder(Frame)


def _rows(message: Frame) -> Floats:
    rows = np.array([*message.bids, *message.asks], dtype=np.float64).reshape(-1, 2)
    if not are_sound(rows):
        raise DecodeError(
            f"{message.book}: a level without a positive price or with a negative size",
            resync=message.book,
        )
    return rows


class FathomRest(VenueRest):
    """What an import says of its instruments; there is no more."""

    def __init__(self, client: RestClient, now_ns: Callable[[], int]) -> None:
        self._client = client

    async def instruments(self) -> dict[str, Instrument]:
        """By the venue's own id."""
        return await self._client.get(INSTRUMENTS_PATH, {}, decode_instruments)

    async def candles(self, instrument: Instrument, n: int, minutes: int = 1) -> list[Candle]:
        """An archive of books has no bars."""
        return []

    async def day_volume(self, instrument: Instrument) -> DayVolume:
        """An archive of books has no volume."""
        raise Unavailable(f"{instrument.venue_symbol}: no volume in an import", is_final=True)

    async def book(self, instrument: Instrument) -> BookUpdate:
        """Its snapshots are in the recording."""
        raise Unavailable(f"{instrument.venue_symbol}: no book but the recorded", is_final=True)


def decode_instruments(body: bytes) -> dict[str, Instrument]:
    """A JSON list of instruments, by the venue's own id. Raises DecodeError naming the field."""
    try:
        found = msgspec.json.decode(body, type=list[Instrument])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DecodeError(f"instruments: {error}") from error
    return {instrument.venue_symbol: instrument for instrument in found}
