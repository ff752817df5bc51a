"""Binance spot, USD-M and COIN-M futures: facts, subscriptions and decoding. No I/O.

The stream brings changes of a book, wrapped when several streams share a connection:

    {"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1790000000123,"s":"BTCUSDT",
      "U":157,"u":160,"pu":149,"b":[["60000.10","0.5"]],"a":[["60000.20","0"]]}}

The book itself is fetched over REST and spliced in (binance_book.py). What differs between the
products is in binance_wire.py. An ack proves nothing here: a misspelt stream is acked too, and
stays silent. Only a first book is proof, and for that there is a deadline.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final
from urllib.parse import parse_qs, urlsplit

import msgspec

from feeds import binance_wire as wire
from feeds.base import DecodeError, FeedEvent, KeepAlive, SnapshotTooOld, Upgrade, Venue
from feeds.binance_book import SplicedBook
from feeds.binance_requests import BOOK, TICKER, TRADES, Requests
from feeds.figures import Level, decode, positive
from feeds.inferred import admit, pair_of
from market.book import BookUpdate
from market.instrument import Instrument, Side
from market.trade import Trade
from market.units import NS_PER_MS

COINM_CONTRACT: Final = {"BTC": 100.0}
"""USD per contract as Binance documents it for COIN-M; every other coin has 10."""
COINM_CONTRACT_ELSE: Final = 10.0


class Binance(Venue):
    """Spot; the futures below differ in facts only."""

    name: ClassVar[str] = "binance"
    product: ClassVar[wire.Product] = wire.SPOT
    max_frame_bytes: ClassVar[int] = 4 << 20
    splice_after_s: ClassVar[float] = 0.5
    """A short pause for buffering: a book fetched at once is often older than the first change."""
    send_gap_s: ClassVar[float] = 0.25
    """5 messages a second are allowed on spot, and our pongs count."""
    cut_after_s: ClassVar[float | None] = 86_400.0

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        super().__init__(instruments)
        self._requests = Requests(self.name, (BOOK, TRADES, TICKER))
        self._readers: dict[str, Callable[[bytes, int], Sequence[FeedEvent]]] = {
            "depthUpdate": self._depth,
            "trade": self._trade,
            "aggTrade": self._trade,
            "24hrTicker": self._ticker,
            "serverShutdown": _shutdown,
        }
        self.reset()

    def reset(self) -> None:
        """A new connection: forget books and requests."""
        self._books: dict[str, SplicedBook] = {}
        self._requests.reset()
        self._doubted_volumes: set[str] = set()

    def subscribe(self, symbols: Sequence[str]) -> list[str]:
        """Book, trades and ticker."""
        return self._requests.subscribe(symbols)

    def unsubscribe(self, symbols: Sequence[str]) -> list[str]:
        """Stop following."""
        for symbol in symbols:
            self._books.pop(symbol, None)
        return self._requests.unsubscribe(symbols)

    def resync(self, symbol: str) -> list[str]:
        """Nothing to say while the stream is alive: the next fetched book mends it."""
        book = self._books.get(symbol)
        if book is not None and (book.has_kept or not book.is_waiting):
            return []
        return self._requests.subscribe([symbol])

    def receive(self, frame: bytes, recv_ns: int) -> Sequence[FeedEvent]:
        """Decode one frame, of a combined stream or a bare one."""
        if DEPTH_MARK in frame[:DEPTH_MARK_WITHIN]:
            return self._depth(frame, recv_ns)
        message: wire.Frame = decode(frame, FRAME, self.name, "a message")
        body = frame
        if len(message.data):
            body = bytes(message.data)
            message = decode(body, FRAME, self.name, "a message")
        elif message.code or len(message.error) or message.id is not None:
            return self._requests.answer(message)
        read = self._readers.get(message.e)
        return read(body, recv_ns) if read is not None else ()

    def wants_snapshot(self, symbol: str) -> bool:
        """Changes came, so the stream is alive, and there is no book to apply them to."""
        book = self._books.get(symbol)
        return book is not None and book.is_waiting and book.has_kept

    def splice(self, snapshot: BookUpdate) -> Sequence[FeedEvent]:
        """Join a fetched book with the changes kept since."""
        book = self._books.get(snapshot.symbol)
        return book.splice(snapshot) if book is not None else ()

    def recall(self, url: str, body: bytes, recv_ns: int) -> Sequence[FeedEvent]:
        """A recorded book is spliced in where it was received.

        Where its address was not kept, it is the book of the only symbol that waits for one.
        """
        if not body.startswith(b'{"lastUpdateId"'):
            return ()
        book: wire.Book = decode(body, wire.BOOK, self.name, "a recorded book")
        symbol = self._symbol_of(url, book)
        if symbol is None:
            return ()
        self._admit(symbol, (*book.bids, *book.asks))
        snapshot = wire.fetched_book(body, self.instrument(symbol), recv_ns)
        try:
            return self.splice(snapshot)
        except SnapshotTooOld:
            # As in life: another book was fetched then, and follows in the recording.
            return ()

    def close_text(self, code: int | None, reason: str) -> str:
        """Every connection ends after a day at the latest."""
        return f"{super().close_text(code, reason)}; Binance ends every connection after 24 h"

    # -- decoding ----------------------------------------------------------------------------

    def _depth(self, frame: bytes, recv_ns: int) -> Sequence[FeedEvent]:
        is_wrapped = frame.startswith(WRAPPED_MARK)
        try:
            body = wire.WRAPPED.decode(frame).data if is_wrapped else wire.DEPTH.decode(frame)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise self._unreadable(frame, error) from error
        book = self._books.get(body.s)
        if book is None:
            self._admit(body.s, (*body.b, *body.a))
            self.instrument(body.s)
            book = self._books[body.s] = SplicedBook(self.name, body.s, self.product.rule)
        try:
            link, update = wire.book_update(body, self.instruments[body.s], recv_ns)
        except DecodeError:
            book.lost()
            raise
        return book.take(link, update)

    def _unreadable(self, frame: bytes, error: Exception) -> DecodeError:
        """A change is lost. If only its symbol can be read, that book is lost with it."""
        text = f"{self.name}: a change of a book is not as documented: {error}"
        try:
            message: wire.Frame = decode(frame, FRAME, self.name, "a change")
            if len(message.data):
                message = decode(message.data, FRAME, self.name, "a change")
        except DecodeError:
            return DecodeError(text)
        book = self._books.get(message.s)
        if book is None:
            return DecodeError(text)
        book.lost()
        return DecodeError(text, resync=message.s)

    def _trade(self, body: bytes, recv_ns: int) -> Sequence[FeedEvent]:
        """{"e":"aggTrade","s":"BTCUSDT","p":"60000.1","q":"0.2","T":1790000000123,"m":true}."""
        print_: wire.Print = decode(body, PRINT, self.name, "a trade")
        if print_.X != "MARKET":
            return ()
        symbol = print_.s
        instrument = self.instrument(symbol)
        price = positive(print_.p, "trade price", self.name, symbol)
        size = positive(print_.q, "trade size", self.name, symbol)
        return (
            Trade(
                symbol=symbol,
                price=price,
                size=instrument.base_of(size, price),
                aggressor=Side.SELL if print_.m else Side.BUY,
                event_ns=print_.T * NS_PER_MS,
                recv_ns=recv_ns,
            ),
        )

    def _ticker(self, body: bytes, recv_ns: int) -> Sequence[FeedEvent]:
        """{"e":"24hrTicker","E":…,"s":"BTCUSDT","h":"61000","l":"59000","v":"9","q":"540000"}."""
        ticker: wire.Ticker = decode(body, TICKER_BODY, self.name, "a ticker")
        if ticker.s in self._doubted_volumes:
            return ()
        try:
            return (wire.volume(ticker, self.instrument(ticker.s), recv_ns),)
        except DecodeError:
            # Said once; the next second would say the same.
            self._doubted_volumes.add(ticker.s)
            raise

    def instrument(self, symbol: str) -> Instrument:
        """The listing; a recording needs none where sizes are known without."""
        if symbol not in self.instruments:
            self._admit(symbol, ())
        return super().instrument(symbol)

    def _admit(self, symbol: str, levels: Sequence[Level]) -> None:
        """Without a listing: sizes of spot and USD-M are coins, those of COIN-M as documented."""
        pair = pair_of(symbol.partition("_")[0])
        admit(
            self,
            symbol,
            pair,
            levels,
            kind=self.product.kind,
            product=self.product.fees,
            contract_size=self._contract_size(pair[0]) if pair else 1.0,
            listed_by=wire.LISTED_BY,
        )

    def _contract_size(self, base: str) -> float:
        """Worth of one unit of size where no listing says it."""
        return 1.0

    def _symbol_of(self, url: str, book: wire.Book) -> str | None:
        named = book.symbol or parse_qs(urlsplit(url).query).get("symbol", [""])[0]
        if named:
            return named
        waiting = [symbol for symbol, book in self._books.items() if book.is_waiting]
        return waiting[0] if len(waiting) == 1 else None


class BinanceUsdm(Binance):
    """USD-M futures. Books and trades have addresses of their own since 2026."""

    name: ClassVar[str] = "binance_usdm"
    product: ClassVar[wire.Product] = wire.USDM
    send_gap_s: ClassVar[float] = 0.125

    def tape(self) -> Venue | None:
        """Asked of the book's address, trades are acked and never come."""
        self._requests.streams = (BOOK,)
        return BinanceUsdmTape(self.instruments)


class BinanceUsdmTape(BinanceUsdm):
    """The second address: no books, but a ticker every two seconds, which shows that it lives."""

    quiet_book_s: ClassVar[float | None] = 60.0

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        super().__init__(instruments)
        self._requests.streams = (TRADES, TICKER)

    def _ticker(self, body: bytes, recv_ns: int) -> Sequence[FeedEvent]:
        """Also when its volume is doubted, it shows that the tape is alive."""
        ticker: wire.Ticker = decode(body, TICKER_BODY, self.name, "a ticker")
        alive = KeepAlive(symbol=ticker.s, recv_ns=recv_ns)
        return (alive, *super()._ticker(body, recv_ns))


class BinanceCoinm(Binance):
    """COIN-M futures: inverse, sizes are contracts of 10 or 100 USD."""

    name: ClassVar[str] = "binance_coinm"
    product: ClassVar[wire.Product] = wire.COINM
    send_gap_s: ClassVar[float] = 0.125

    def _contract_size(self, base: str) -> float:
        """What a contract is worth is documented per coin; live, the listing says it."""
        return COINM_CONTRACT.get(base, COINM_CONTRACT_ELSE)


def _shutdown(_: bytes, __: int) -> Sequence[FeedEvent]:
    """{"e":"serverShutdown","E":1790000000123}."""
    return (Upgrade(text="Binance will close this connection soon"),)


DEPTH_MARK: Final = b'"e":"depthUpdate"'
DEPTH_MARK_WITHIN: Final = 160
"""A stream's name, which comes before it, is far shorter."""
WRAPPED_MARK: Final = b'{"stream":'

FRAME: Final = msgspec.json.Decoder(wire.Frame)
PRINT: Final = msgspec.json.Decoder(wire.Print)
TICKER_BODY: Final = msgspec.json.Decoder(wire.Ticker)
