"""OKX v5: facts, subscriptions and decoding. One instance per connection, no I/O.

A book arrives in band, as one snapshot and then linked updates:

    {"arg":{"channel":"books","instId":"BTC-USDT-SWAP"},"action":"update","data":[{
      "asks":[["60000.1","0","0","0"]],"bids":[["60000","41","0","10"]],
      "ts":"1790000000200","checksum":0,"prevSeqId":1001,"seqId":1007}]}

How a book becomes right and stays right is in okx_book.py. Sizes of swaps and futures are
contracts; they become coins here and nowhere else.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import ClassVar, Final

import msgspec
import numpy as np

from feeds import okx_wire as wire
from feeds.base import (
    DecodeError,
    FeedError,
    FeedEvent,
    Pong,
    RateLimited,
    Send,
    Subscribed,
    SubscribeRefused,
    Upgrade,
    Venue,
)
from feeds.okx_book import LinkedBook
from feeds.okx_codes import CLOSED, UPGRADE_NOTICE, Meaning, Move, stream_meaning
from feeds.okx_scan import SHORTEST_ROW, SNAPSHOT, UNEXPECTED, scan
from feeds.okx_volume import day_volume
from market.book import BookUpdate
from market.instrument import Instrument, Side
from market.trade import Trade

LINKED_BOOKS: Final = frozenset({"books", "books-l2-tbt", "books50-l2-tbt"})
"""Snapshot, then updates."""
WHOLE_BOOKS: Final = frozenset({"books5", "bbo-tbt"})
"""The best levels as a whole each time: nothing to link, nothing to lose."""
PUBLIC_BOOK: Final = "books"
TRADES: Final = "trades"
TICKERS: Final = "tickers"

SHORTEST_KEY: Final = len('{"arg":{"channel":"books","instId"')
"""No `"}` can end the arg of a book message before this index."""
MAX_REQUESTS: Final = 1000
"""Unanswered requests remembered; the oldest is forgotten."""


class Okx(Venue):
    """OKX public market data."""

    name: ClassVar[str] = "okx"
    max_frame_bytes: ClassVar[int] = 1 << 20
    ping_text: ClassVar[str | None] = "ping"
    ping_after_s: ClassVar[float] = 20.0
    first_book_s: ClassVar[float] = 10.0
    quiet_book_s: ClassVar[float | None] = 90.0
    requests_per_hour: ClassVar[int | None] = 480

    def __init__(self, instruments: Mapping[str, Instrument], book_channel: str = "books") -> None:
        if book_channel not in LINKED_BOOKS | WHOLE_BOOKS:
            raise ValueError(f"OKX has no book channel {book_channel!r}")
        super().__init__(instruments)
        self.book_channel = book_channel
        self._ids = count(1)
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
        self._requests: dict[str, str] = {}
        self._resubscribing: set[str] = set()
        self._doubted_volumes: set[str] = set()

    def subscribe(self, symbols: Sequence[str]) -> list[str]:
        """One request per symbol, so that a refusal names it even when OKX does not."""
        channels = (self.book_channel, TRADES, TICKERS)
        return [self._request("subscribe", symbol, channels) for symbol in symbols]

    def unsubscribe(self, symbols: Sequence[str]) -> list[str]:
        """Stop following; what is still under way is dropped by the connection."""
        for symbol in symbols:
            self._forget(symbol)
            self._resubscribing.discard(symbol)
        channels = (self.book_channel, TRADES, TICKERS)
        return [self._request("unsubscribe", symbol, channels) for symbol in symbols]

    def resync(self, symbol: str) -> list[str]:
        """Unsubscribe the book; its ack brings the subscribe as a `Send`.

        Subscribing twice would only repeat the ack, without a new snapshot.
        """
        self._forget(symbol)
        self._resubscribing.add(symbol)
        return [self._request("unsubscribe", symbol, (self.book_channel,))]

    def _forget(self, symbol: str) -> None:
        book = self._books.pop(symbol, None)
        if book is not None:
            self._by_key.pop(book.key, None)

    def _request(self, op: str, symbol: str, channels: Sequence[str]) -> str:
        request_id = f"f{next(self._ids)}"
        self._requests[request_id] = symbol
        if len(self._requests) > MAX_REQUESTS:
            del self._requests[next(iter(self._requests))]
        args = [{"channel": channel, "instId": symbol} for channel in channels]
        return msgspec.json.encode({"id": request_id, "op": op, "args": args}).decode()

    def receive(self, frame: bytes, recv_ns: int) -> Sequence[FeedEvent]:
        """Decode one frame: the expected book message in one compiled pass, the rest by msgspec."""
        key = frame[: frame.find(b'"}', SHORTEST_KEY)]
        book = self._by_key.get(key)
        if book is not None and book.texts is None:
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
        instrument = self._instrument(message.arg.instId)
        book = self._book(message.arg)
        if message.action not in ("snapshot", "update"):
            raise book.broken(DecodeError, f"unknown action {message.action[:20]!r}")
        events: list[FeedEvent] = []
        for body in self._bodies(message, BOOKS):
            update = _update(body, instrument, recv_ns, is_snapshot=message.action == "snapshot")
            if body.checksum != 0:
                book.expects_checksums = True
            events += book.take(update, body.prevSeqId, body.seqId)
            if book.verify(body, is_snapshot=update.is_snapshot):
                self.checksums_verified += 1
        return events

    def _whole_book(self, message: wire.Envelope, recv_ns: int) -> Sequence[FeedEvent]:
        instrument = self._instrument(message.arg.instId)
        return [
            _update(body, instrument, recv_ns, is_snapshot=True, is_partial=True)
            for body in self._bodies(message, BOOKS)
        ]

    def _trades(self, message: wire.Envelope, recv_ns: int) -> Sequence[FeedEvent]:
        prints: list[wire.Print] = wire.decode(message.data, PRINTS, "a trade")
        return [_trade(each, self._instrument(each.instId), recv_ns) for each in prints]

    def _tickers(self, message: wire.Envelope, recv_ns: int) -> Sequence[FeedEvent]:
        events: list[FeedEvent] = []
        tickers: list[wire.Ticker] = wire.decode(message.data, TICKERS_DATA, "a ticker")
        for ticker in tickers:
            if ticker.instId in self._doubted_volumes:
                continue
            try:
                volume = day_volume(ticker, self._instrument(ticker.instId), recv_ns)
            except DecodeError:
                self._doubted_volumes.add(ticker.instId)
                raise
            if volume is not None:
                events.append(volume)
        return events

    def _instrument(self, symbol: str) -> Instrument:
        instrument = self.instruments.get(symbol)
        if instrument is None:
            raise DecodeError(
                f"OKX {symbol[:40]}: not in the instrument list, its sizes cannot become coins",
                symbol=symbol,
                is_final=True,
            )
        return instrument

    def _book(self, arg: wire.Arg) -> LinkedBook:
        book = self._books.get(arg.instId)
        if book is None or book.channel != arg.channel:
            self._forget(arg.instId)
            book = LinkedBook(self._instrument(arg.instId), arg.channel)
            self._books[arg.instId] = book
            self._by_key[book.key] = book
        return book

    def _bodies(
        self, message: wire.Envelope, decoder: "msgspec.json.Decoder[list[wire.Book]]"
    ) -> list[wire.Book]:
        """The data of a book message; one that cannot be read leaves the book broken."""
        try:
            bodies: list[wire.Book] = wire.decode(message.data, decoder, "a book")
        except DecodeError as error:
            symbol = message.arg.instId
            raise DecodeError(f"{symbol}: {error}", resync=symbol) from error
        return bodies

    def _answer(self, message: wire.Envelope) -> Sequence[FeedEvent]:
        """Acks, errors and notices."""
        arg = message.arg
        symbol = arg.instId or self._requests.get(message.id, "")
        if message.event == "subscribe":
            if arg.channel == self.book_channel in LINKED_BOOKS and symbol in self.instruments:
                self._book(arg)
            return (Subscribed(symbol=symbol, channel=arg.channel),)
        if message.event == "unsubscribe":
            return self._unsubscribed(arg)
        if message.event == "notice":
            if str(message.code) == UPGRADE_NOTICE:
                return (Upgrade(text="OKX upgrades its service and will close this connection"),)
            return ()
        if message.event == "error":
            return self._refused(str(message.code), message.msg, symbol)
        return ()

    def _unsubscribed(self, arg: wire.Arg) -> Sequence[FeedEvent]:
        if arg.channel != self.book_channel or arg.instId not in self._resubscribing:
            return ()
        self._resubscribing.remove(arg.instId)
        self._forget(arg.instId)
        return (Send(text=self._request("subscribe", arg.instId, (self.book_channel,))),)

    def _refused(self, code: str, text: str, symbol: str) -> Sequence[FeedEvent]:
        meaning = stream_meaning(code, text)
        if symbol in self._resubscribing:
            # The book was not subscribed (any more): nothing to end before it starts.
            return self._unsubscribed(wire.Arg(channel=self.book_channel, instId=symbol))
        if meaning.move is Move.DOWNGRADE and self.book_channel != PUBLIC_BOOK:
            self.book_channel = PUBLIC_BOOK
        raise _refusal(meaning, code, symbol)


def _refusal(meaning: Meaning, code: str, symbol: str) -> FeedError:
    text = f"{symbol or 'OKX'}: {meaning.text} (code {code})"
    if meaning.move is Move.SLOW_DOWN:
        return RateLimited(text, resync=symbol or None)
    if meaning.move in (Move.RETRY, Move.DOWNGRADE):
        return SubscribeRefused(text, resync=symbol or None)
    return SubscribeRefused(text, symbol=symbol or None, is_final=True)


def _update(
    body: wire.Book,
    instrument: Instrument,
    recv_ns: int,
    *,
    is_snapshot: bool,
    is_partial: bool = False,
) -> BookUpdate:
    symbol = instrument.venue_symbol
    try:
        event_ns = wire.milliseconds(body.ts, symbol)
    except DecodeError as error:
        raise DecodeError(str(error), resync=symbol) from error
    return BookUpdate(
        symbol=symbol,
        is_snapshot=is_snapshot,
        rows=wire.book_rows(body, instrument),
        n_bids=len(body.bids),
        seq=-1 if body.seqId == wire.ABSENT else body.seqId,
        event_ns=event_ns,
        recv_ns=recv_ns,
        is_partial=is_partial,
    )


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
