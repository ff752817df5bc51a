"""OKX v5: facts, subscriptions and decoding. One instance per connection, no I/O.

A book arrives in band, as one snapshot and then linked updates:

    {"arg":{"channel":"books","instId":"BTC-USDT-SWAP"},"action":"update","data":[{
      "asks":[["60000.1","0","0","0"]],"bids":[["60000","41","0","10"]],
      "ts":"1790000000200","checksum":0,"prevSeqId":1001,"seqId":1007}]}

How a book becomes right and stays right is in okx_book.py, what is asked and answered in
okx_requests.py, the fast reading of the message above in okx_scan.py. Sizes of swaps and futures
are contracts; they become coins here and nowhere else.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

import msgspec
import numpy as np

from feeds import okx_wire as wire
from feeds.base import DecodeError, FeedEvent, Pong, Venue
from feeds.okx_book import LinkedBook
from feeds.okx_codes import CLOSED
from feeds.okx_requests import TICKERS, TRADES, Requests
from feeds.okx_scan import SHORTEST_ROW, SNAPSHOT, UNEXPECTED, scan
from feeds.okx_volume import day_volume
from market.book import BookUpdate
from market.instrument import Instrument, Side
from market.trade import Trade

LINKED_BOOKS: Final = frozenset({"books", "books-l2-tbt", "books50-l2-tbt"})
"""Snapshot, then updates."""
WHOLE_BOOKS: Final = frozenset({"books5", "bbo-tbt"})
"""The best levels as a whole each time: nothing to link, nothing to lose."""

SHORTEST_KEY: Final = len('{"arg":{"channel":"books","instId"')
"""No `"}` can end the arg of a book message before this index."""


class Okx(Venue):
    """OKX public market data."""

    name: ClassVar[str] = "okx"
    max_frame_bytes: ClassVar[int] = 1 << 20
    ping_text: ClassVar[str | None] = "ping"
    ping_after_s: ClassVar[float] = 20.0
    first_book_s: ClassVar[float] = 10.0
    quiet_book_s: ClassVar[float | None] = 90.0
    requests_per_hour: ClassVar[int | None] = 480

    def __init__(self, instruments: dict[str, Instrument], book_channel: str = "books") -> None:
        if book_channel not in LINKED_BOOKS | WHOLE_BOOKS:
            raise ValueError(f"OKX has no book channel {book_channel!r}")
        super().__init__(instruments)
        self._requests = Requests(book_channel)
        self._readers: dict[str, Callable[[wire.Envelope, int], Sequence[FeedEvent]]] = {
            **dict.fromkeys(LINKED_BOOKS, self._linked_book),
            **dict.fromkeys(WHOLE_BOOKS, self._whole_book),
            TRADES: self._trades,
            TICKERS: self._tickers,
        }
        self.reset()

    @classmethod
    def warm_up(cls) -> None:
        """Compile the scanner, or load it from numba's cache."""
        scan(b'"},', 0, np.empty((1, 2)), 1.0, False)

    def reset(self) -> None:
        """A new connection: forget books and requests."""
        self._books: dict[str, LinkedBook] = {}
        self._by_key: dict[bytes, LinkedBook] = {}
        self._requests.reset()
        self._sends_checksums = False
        self._doubted_volumes: set[str] = set()

    @property
    def book_channel(self) -> str:
        """The channel in use: the one asked for, or the public one after a downgrade."""
        return self._requests.book_channel

    def subscribe(self, symbols: Sequence[str]) -> list[str]:
        """Book, trades and ticker: one request per symbol."""
        return self._requests.subscribe(symbols)

    def unsubscribe(self, symbols: Sequence[str]) -> list[str]:
        """Stop following; what is still under way is dropped by the connection."""
        for symbol in symbols:
            self._forget(symbol)
        return self._requests.unsubscribe(symbols)

    def resync(self, symbol: str) -> list[str]:
        """End the book's subscription; the ack of that brings the new one as a `Send`."""
        self._forget(symbol)
        return self._requests.resync(symbol)

    def _forget(self, symbol: str) -> None:
        book = self._books.pop(symbol, None)
        if book is not None:
            self._by_key.pop(book.key, None)

    def receive(self, frame: bytes, recv_ns: int) -> Sequence[FeedEvent]:
        """Decode one frame: the expected book message in one compiled pass, the rest by msgspec."""
        key = frame[: frame.find(b'"}', SHORTEST_KEY)]
        book = self._by_key.get(key)
        if book is not None and not self._sends_checksums:
            rows = np.empty((len(frame) // SHORTEST_ROW + 1, 2))
            kind, n_bids, n_rows, event_ns, checksum, prev, seq = scan(
                frame, len(key), rows, book.scale, book.is_inverse
            )
            if kind != UNEXPECTED and checksum == 0:
                update = BookUpdate(
                    symbol=book.symbol,
                    is_snapshot=kind == SNAPSHOT,
                    rows=rows[:n_rows],
                    n_bids=n_bids,
                    seq=-1 if seq == wire.ABSENT else seq,
                    event_ns=event_ns,
                    recv_ns=recv_ns,
                )
                return book.take(update, prev, seq)
        return self._decode(frame, recv_ns)

    def wants_snapshot(self, symbol: str) -> bool:
        """True when updates came without the snapshot that OKX documents."""
        book = self._books.get(symbol)
        return book is not None and book.wants_snapshot

    def splice(self, snapshot: BookUpdate) -> Sequence[FeedEvent]:
        """Join a book fetched over REST with the updates kept since."""
        book = self._books.get(snapshot.symbol)
        return book.splice(snapshot) if book is not None else ()

    def close_text(self, code: int | None, reason: str) -> str:
        """What the end of a connection means, by its number."""
        meaning = CLOSED.get(code or 0)
        if meaning is None:
            return super().close_text(code, reason)
        return f"OKX closed the connection ({code}): {meaning}"

    def _decode(self, frame: bytes, recv_ns: int) -> Sequence[FeedEvent]:
        if frame == b"pong":
            return (Pong(),)
        message: wire.Envelope = wire.decode(frame, ENVELOPE, "a message")
        if message.event:
            return self._answer(message)
        read = self._readers.get(message.arg.channel)
        return read(message, recv_ns) if read is not None else ()

    def _linked_book(self, message: wire.Envelope, recv_ns: int) -> Sequence[FeedEvent]:
        book = self._book(message.arg)
        events: list[FeedEvent] = []
        try:
            bodies, is_snapshot = _bodies(message), _is_snapshot(message)
            for body in bodies:
                update = wire.book_update(
                    body, self.instruments[book.symbol], recv_ns, is_snapshot=is_snapshot
                )
                events += book.take(update, body.prevSeqId, body.seqId)
                self._sends_checksums |= body.checksum != 0
                if self._sends_checksums:
                    self.checksums_verified += book.verify(body, is_snapshot=is_snapshot)
        except DecodeError as error:
            raise book.broken(DecodeError, f"an update is lost: {error}") from error
        return events

    def _whole_book(self, message: wire.Envelope, recv_ns: int) -> Sequence[FeedEvent]:
        instrument = self.instrument(message.arg.instId)
        return [
            wire.book_update(body, instrument, recv_ns, is_snapshot=True, is_partial=True)
            for body in _bodies(message)
        ]

    def _trades(self, message: wire.Envelope, recv_ns: int) -> Sequence[FeedEvent]:
        prints: list[wire.Print] = wire.decode(message.data, PRINTS, "a trade")
        return [_trade(each, self.instrument(each.instId), recv_ns) for each in prints]

    def _tickers(self, message: wire.Envelope, recv_ns: int) -> Sequence[FeedEvent]:
        events: list[FeedEvent] = []
        tickers: list[wire.Ticker] = wire.decode(message.data, TICKERS_DATA, "a ticker")
        for ticker in tickers:
            if ticker.instId in self._doubted_volumes:
                continue
            try:
                volume = day_volume(ticker, self.instrument(ticker.instId), recv_ns)
            except DecodeError:
                self._doubted_volumes.add(ticker.instId)
                raise
            if volume is not None:
                events.append(volume)
        return events

    def _book(self, arg: wire.Arg) -> LinkedBook:
        book = self._books.get(arg.instId)
        if book is None or book.channel != arg.channel:
            self._forget(arg.instId)
            book = LinkedBook(self.instrument(arg.instId), arg.channel)
            self._books[arg.instId] = book
            self._by_key[book.key] = book
        return book

    def _answer(self, message: wire.Envelope) -> Sequence[FeedEvent]:
        if message.event == "unsubscribe" and message.arg.channel == self._requests.book_channel:
            # Updates that were still under way belong to the subscription that ended.
            self._forget(message.arg.instId)
        return self._requests.answer(message)


def _is_snapshot(message: wire.Envelope) -> bool:
    if message.action not in ("snapshot", "update"):
        raise DecodeError(f"OKX: unknown action {message.action[:20]!r}")
    return message.action == "snapshot"


def _bodies(message: wire.Envelope) -> list[wire.Book]:
    bodies: list[wire.Book] = wire.decode(message.data, BOOKS, "a book")
    return bodies


def _trade(print_: wire.Print, instrument: Instrument, recv_ns: int) -> Trade:
    symbol = instrument.venue_symbol
    price = wire.number(print_.px, "trade price", symbol)
    size = wire.number(print_.sz, "trade size", symbol)
    if price <= 0 or size <= 0:
        raise DecodeError(f"OKX {symbol}: a trade of {size:g} at {price:g}", symbol=symbol)
    if print_.side not in ("buy", "sell"):
        raise DecodeError(f"OKX {symbol}: trade side {print_.side[:20]!r}", symbol=symbol)
    return Trade(
        symbol=symbol,
        price=price,
        size=instrument.base_of(size, price),
        aggressor=Side(print_.side),
        event_ns=wire.milliseconds(print_.ts, symbol),
        recv_ns=recv_ns,
    )


ENVELOPE: Final = msgspec.json.Decoder(wire.Envelope)
BOOKS: Final = msgspec.json.Decoder(list[wire.Book])
PRINTS: Final = msgspec.json.Decoder(list[wire.Print])
TICKERS_DATA: Final = msgspec.json.Decoder(list[wire.Ticker])
