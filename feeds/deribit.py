"""Deribit: facts and decoding. One instance per connection, no I/O.

A book arrives in band over JSON-RPC, as one snapshot and then linked changes every 100 ms:

    {"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.BTC-PERPETUAL.100ms",
     "data":{"type":"change","timestamp":1790000000000,"instrument_name":"BTC-PERPETUAL",
      "change_id":5002,"prev_change_id":5001,
      "bids":[["change",60000.0,15000.0]],"asks":[["delete",60000.5,0.0]]}}}

The sequence rule: a snapshot starts the chain at its change_id; a change fits when its
prev_change_id is the last change_id. Anything else is a gap, and the book is dead until the next
snapshot. A removal of a price that is not held is harmless.
"""

from collections.abc import Sequence
from typing import ClassVar, Final

import msgspec

from feeds import deribit_wire as wire
from feeds import figures
from feeds.base import DecodeError, FeedEvent, Pong, Send, SequenceGap, Venue
from feeds.deribit_requests import Requests
from market.instrument import Instrument


class Deribit(Venue):
    """Deribit futures, perpetuals and spot."""

    name: ClassVar[str] = "deribit"
    max_frame_bytes: ClassVar[int] = 16 << 20
    # The venue asks every 10 s; a link that is silent for longer is asked, and given up at 30 s.
    ping_text: ClassVar[str | None] = '{"jsonrpc":"2.0","id":0,"method":"public/test","params":{}}'
    ping_after_s: ClassVar[float] = 15.0

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        super().__init__(instruments)
        self._requests = Requests()
        self.reset()

    def reset(self) -> None:
        """A new connection: forget books and requests."""
        self._last: dict[str, int] = {}
        """change_id at which a book stands; a book that is dead or unknown has none."""
        self._requests.reset()

    def subscribe(self, symbols: Sequence[str]) -> list[str]:
        """Heartbeat first, then book, trades and ticker of each symbol."""
        return self._requests.subscribe(symbols)

    def unsubscribe(self, symbols: Sequence[str]) -> list[str]:
        """Stop following."""
        for symbol in symbols:
            self._last.pop(symbol, None)
        return self._requests.unsubscribe(symbols)

    def resync(self, symbol: str) -> list[str]:
        """End the book's subscription; the answer to that brings the new one as a `Send`."""
        self._last.pop(symbol, None)
        return self._requests.resync(symbol)

    def receive(self, frame: bytes, recv_ns: int) -> Sequence[FeedEvent]:
        """Decode one frame."""
        message: wire.Envelope = figures.decode(frame, ENVELOPE, "Deribit", "a message")
        if message.method == "heartbeat":
            is_question = message.params.type == "test_request"
            return (Send(text=self._requests.test()),) if is_question else ()
        if message.method == "subscription":
            return self._data(message.params, recv_ns)
        if message.id == PING_ID:
            return (Pong(),)
        if message.id is None:
            return ()
        result = figures.decode(message.result, ANYTHING, "Deribit", "a result")
        return self._requests.answer(message.id, result, message.error)

    def _data(self, params: wire.Params, recv_ns: int) -> Sequence[FeedEvent]:
        kind, _, rest = params.channel.partition(".")
        symbol = rest.rpartition(".")[0]
        match kind:
            case "book":
                return self._book(symbol, params.data, recv_ns)
            case "trades":
                prints: list[wire.Print] = figures.decode(params.data, PRINTS, "Deribit", "a trade")
                return [
                    wire.trade(each, self.instrument(each.instrument_name), recv_ns)
                    for each in prints
                ]
            case "ticker":
                ticker: wire.Ticker = figures.decode(params.data, TICKER, "Deribit", "a ticker")
                volume = wire.volume(ticker, self.instrument(ticker.instrument_name), recv_ns)
                return (volume,) if volume is not None else ()
            case _:
                return ()

    def _book(self, symbol: str, data: msgspec.Raw, recv_ns: int) -> Sequence[FeedEvent]:
        last = self._last.pop(symbol, None)
        # Not in `_last` while it is read: should that fail, the book is dead.
        try:
            book: wire.Book = figures.decode(data, BOOK, "Deribit", "a book")
            if book.instrument_name != symbol:
                raise DecodeError(f"Deribit {symbol}: a book of {book.instrument_name[:40]!r}")
            if book.type == "change":
                if last is None:
                    return ()
                if book.prev_change_id != last:
                    raise SequenceGap(
                        f"Deribit {symbol}: expected a change after {last}, "
                        f"got one after {book.prev_change_id}",
                        resync=symbol,
                    )
            update = wire.book_update(book, self.instrument(symbol), recv_ns)
        except DecodeError as error:
            raise DecodeError(
                f"Deribit {symbol}: an update is lost: {error}", resync=symbol
            ) from error
        self._last[symbol] = book.change_id
        return (update,)


PING_ID: Final = 0

ENVELOPE: Final = msgspec.json.Decoder(wire.Envelope)
ANYTHING: Final = msgspec.json.Decoder()
BOOK: Final = msgspec.json.Decoder(wire.Book)
PRINTS: Final = msgspec.json.Decoder(list[wire.Print])
TICKER: Final = msgspec.json.Decoder(wire.Ticker)
