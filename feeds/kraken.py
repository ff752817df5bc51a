"""Kraken spot, WebSocket v2: facts and decoding. One instance per connection, no I/O.

A book arrives in band, as one snapshot and then updates with a checksum:

    {"channel":"book","type":"update","data":[{"symbol":"BTC/USD",
      "bids":[{"price":45283.5,"qty":0.10000000}],"asks":[],"checksum":3310070434,
      "timestamp":"2026-11-20T10:00:00.123456Z"}]}

Numbers are kept as the text they were written in: the checksum counts trailing zeros. How a book
stays right is in kraken_book.py, what is asked and answered in kraken_requests.py.
"""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final

import msgspec

from feeds import figures
from feeds.base import DecodeError, FeedEvent, Pong, Unavailable, Venue
from feeds.checksum import Level
from feeds.inferred import admit_spot
from feeds.kraken_book import CheckedBook
from feeds.kraken_requests import BOOK, TICKER, TRADE, Answer, Requests
from feeds.stamps import iso_ns
from market.book import BookUpdate
from market.instrument import Instrument, Side
from market.trade import Trade
from market.units import NS_PER_MS

DEPTHS: Final = (10, 25, 100, 500, 1000)


class Envelope(msgspec.Struct, frozen=True):
    """Any message: data of a channel, or an answer to a method."""

    channel: str = ""
    method: str = ""
    type: str = ""
    data: msgspec.Raw = msgspec.Raw(b"[]")


class Row(msgspec.Struct, frozen=True, gc=False):
    """One level, its numbers as text."""

    price: msgspec.Raw
    qty: msgspec.Raw


class Book(msgspec.Struct, frozen=True):
    """A snapshot or an update."""

    symbol: str
    bids: list[Row]
    asks: list[Row]
    checksum: int
    timestamp: str


class Print(msgspec.Struct, frozen=True):
    """One trade."""

    symbol: str
    side: str
    qty: msgspec.Raw
    price: msgspec.Raw
    timestamp: str


class Ticker(msgspec.Struct, frozen=True):
    """Rolling 24 h figures; volume in base."""

    symbol: str
    volume: float
    vwap: float
    low: float
    high: float


class Status(msgspec.Struct, frozen=True):
    """The state of the exchange as a whole."""

    system: str


class Kraken(Venue):
    """Kraken spot market data."""

    name: ClassVar[str] = "kraken"
    # The venue says something every second; we ask after 2.5 s, and 5 s of silence is a dead link.
    ping_text: ClassVar[str | None] = '{"method":"ping"}'
    ping_after_s: ClassVar[float] = 2.5

    def __init__(self, instruments: dict[str, Instrument], depth: int = 1000) -> None:
        if depth not in DEPTHS:
            raise ValueError(f"Kraken has no book of depth {depth}; there are {DEPTHS}")
        super().__init__(instruments)
        self._depth = depth
        self._requests = Requests(depth)
        self._readers: dict[str, Callable[[Envelope, int], Sequence[FeedEvent]]] = {
            BOOK: self._book,
            TRADE: self._trades,
            TICKER: self._tickers,
            "status": _status,
        }
        self.reset()

    def reset(self) -> None:
        """A new connection: forget books and requests."""
        self._books: dict[str, CheckedBook] = {}
        self._requests.reset()

    def subscribe(self, symbols: Sequence[str]) -> list[str]:
        """Book, trades and ticker of each symbol."""
        return self._requests.subscribe(symbols)

    def unsubscribe(self, symbols: Sequence[str]) -> list[str]:
        """Stop following."""
        for symbol in symbols:
            self._books.pop(symbol, None)
        return self._requests.unsubscribe(symbols)

    def resync(self, symbol: str) -> list[str]:
        """End the book's subscription; the ack of that brings the new one as a `Send`."""
        self._books.pop(symbol, None)
        return self._requests.resync(symbol)

    def receive(self, frame: bytes, recv_ns: int) -> Sequence[FeedEvent]:
        """Decode one frame. Heartbeats need no event: that they came is what they say."""
        message: Envelope = _decoded(frame, ENVELOPE, "a message")
        if message.method == "pong":
            return (Pong(),)
        if message.method:
            return self._requests.answer(figures.decode(frame, ANSWER, "Kraken", "an answer"))
        read = self._readers.get(message.channel)
        return read(message, recv_ns) if read is not None else ()

    def _book(self, message: Envelope, recv_ns: int) -> Sequence[FeedEvent]:
        is_snapshot = message.type == "snapshot"
        if not is_snapshot and message.type != "update":
            raise DecodeError(
                f"Kraken: unknown type {message.type[:20]!r} of a book", ends_connection=True
            )
        events: list[FeedEvent] = []
        for raw in _decoded(message.data, PARTS, "a book"):
            body: Book = _decoded(raw, BOOK_BODY, "a book")
            book = self._books.get(body.symbol)
            if is_snapshot:
                depth = self._requests.depths.get(body.symbol, self._depth)
                book = self._books[body.symbol] = CheckedBook(body.symbol, depth)
                book.start()
            if book is not None and not book.is_dead:
                events.append(self._apply(book, body, bytes(raw), recv_ns, is_snapshot))
        return events

    def _apply(
        self, book: CheckedBook, body: Book, raw: bytes, recv_ns: int, is_snapshot: bool
    ) -> BookUpdate:
        """One message as an update that carries its own cuts, so that whoever applies it need not
        know the depth."""
        try:
            event_ns = iso_ns(body.timestamp, "Kraken", book.symbol)
            bids, asks = _levels(body.bids), _levels(body.asks)
            instrument = self._listing(book.symbol, (*bids, *asks) if is_snapshot else ())
            rows = figures.levels(bids, asks, instrument)
        except DecodeError as error:
            raise book.broken(DecodeError, f"an update is lost: {error}") from error
        book.check_order(event_ns, raw)
        lost_bids, lost_asks = book.take(bids, asks)
        book.verify(body.checksum)
        self.checksums_verified += 1
        if lost_bids or lost_asks:
            bids += [(price, "0") for price, _ in lost_bids]
            asks += [(price, "0") for price, _ in lost_asks]
            rows = figures.levels(bids, asks, instrument)
        return BookUpdate(
            symbol=book.symbol,
            is_snapshot=is_snapshot,
            rows=rows,
            n_bids=len(bids),
            seq=-1,
            event_ns=event_ns,
            recv_ns=recv_ns,
        )

    def _trades(self, message: Envelope, recv_ns: int) -> Sequence[FeedEvent]:
        if message.type != "update":
            return ()
        prints: list[Print] = figures.decode(message.data, PRINTS, "Kraken", "a trade")
        return [_trade(each, self._listing(each.symbol), recv_ns) for each in prints]

    def _tickers(self, message: Envelope, recv_ns: int) -> Sequence[FeedEvent]:
        tickers: list[Ticker] = figures.decode(message.data, TICKERS, "Kraken", "a ticker")
        return [
            figures.day_volume(
                ticker.volume,
                ticker.volume * ticker.vwap,
                low=ticker.low,
                high=ticker.high,
                instrument=self._listing(ticker.symbol),
                event_ms=recv_ns // NS_PER_MS,
                recv_ns=recv_ns,
            )
            for ticker in tickers
        ]

    def _listing(self, symbol: str, levels: Sequence[Level] = ()) -> Instrument:
        """The instrument; a recording that lacks it needs no more than its book's levels."""
        if self.admits_unlisted:
            base, _, quote = symbol.partition("/")
            admit_spot(self, symbol, (base, quote) if base and quote else None, levels)
        return self.instrument(symbol)


def _decoded(data: bytes | msgspec.Raw, decoder: "msgspec.json.Decoder[Any]", what: str) -> Any:
    """Decode what may hold a book. Nothing counts these messages, so one that cannot be read ends
    the connection: whose update it was is not known."""
    try:
        return figures.decode(data, decoder, "Kraken", what)
    except DecodeError as error:
        raise DecodeError(str(error), ends_connection=True) from error


def _text(number: msgspec.Raw) -> str:
    """A JSON number exactly as written."""
    return bytes(number).decode("ascii", errors="replace")


def _levels(rows: list[Row]) -> list[Level]:
    return [(_text(row.price), _text(row.qty)) for row in rows]


def _trade(print_: Print, instrument: Instrument, recv_ns: int) -> Trade:
    symbol = instrument.venue_symbol
    if print_.side not in ("buy", "sell"):
        raise DecodeError(f"Kraken {symbol}: trade side {print_.side[:20]!r}", symbol=symbol)
    return Trade(
        symbol=symbol,
        price=figures.positive(_text(print_.price), "trade price", "Kraken", symbol),
        size=figures.positive(_text(print_.qty), "trade size", "Kraken", symbol),
        aggressor=Side(print_.side),
        event_ns=iso_ns(print_.timestamp, "Kraken", symbol),
        recv_ns=recv_ns,
    )


def _status(message: Envelope, _: int) -> Sequence[FeedEvent]:
    """`online`, or a state in which orders are refused though the book may still move."""
    for status in figures.decode(message.data, STATUSES, "Kraken", "a status"):
        if status.system != "online":
            raise Unavailable(f"Kraken says that its system is in {status.system[:40]}")
    return ()


ENVELOPE: Final = msgspec.json.Decoder(Envelope)
ANSWER: Final = msgspec.json.Decoder(Answer)
PARTS: Final = msgspec.json.Decoder(list[msgspec.Raw])
BOOK_BODY: Final = msgspec.json.Decoder(Book)
PRINTS: Final = msgspec.json.Decoder(list[Print])
TICKERS: Final = msgspec.json.Decoder(list[Ticker])
STATUSES: Final = msgspec.json.Decoder(list[Status])
