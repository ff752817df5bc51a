"""Bybit v5, spot and linear contracts: facts, subscriptions and decoding. No I/O.

A book arrives in band, as one snapshot and then changes:

    {"topic":"orderbook.200.BTCUSDT","type":"delta","ts":1790000000123,"data":{"s":"BTCUSDT",
      "b":[["60000","1.2"]],"a":[["60000.1","0"]],"u":18521289,"seq":7961638725},"cts":…}

The rule: a snapshot may come at any moment and replaces the book; so does a message with u = 1,
after which the service has started its numbering anew; any other message has to carry the u that
follows the last one. (The venue does not state that last part. Its numbers behave so, and a
message that breaks it is not believed.) After a gap the book is dead until a snapshot.

Sizes are coins on both products.
"""

from collections.abc import Callable, Sequence
from itertools import count
from typing import ClassVar, Final

import msgspec

from feeds import bybit_wire as wire
from feeds.base import (
    DecodeError,
    FeedEvent,
    Pong,
    RateLimited,
    SequenceGap,
    Subscribed,
    SubscribeRefused,
    Venue,
)
from feeds.figures import Level, decode, levels, positive
from feeds.inferred import admit, pair_of
from market.book import BookUpdate
from market.instrument import Instrument, Kind, Side
from market.trade import Trade
from market.units import NS_PER_MS

DEPTHS: Final = (1, 50, 200, 1000)
"""Levels a side; 1 is a snapshot each time."""
MAX_REQUESTS: Final = 1000
"""Requests remembered by id; beyond that the oldest is forgotten."""
RESTARTED: Final = 1
"""The u with which the service starts anew."""
SIDES: Final = {"Buy": Side.BUY, "Sell": Side.SELL}


class BybitSpot(Venue):
    """Spot; the linear contracts below differ in facts only."""

    name: ClassVar[str] = "bybit_spot"
    kind: ClassVar[Kind] = Kind.SPOT
    category: ClassVar[str] = "spot"
    """The venue's word for the product, and the key of its fee schedule."""
    ping_text: ClassVar[str | None] = '{"op":"ping"}'
    ping_after_s: ClassVar[float] = 20.0

    def __init__(self, instruments: dict[str, Instrument], depth: int = 200) -> None:
        if depth not in DEPTHS:
            raise ValueError(f"Bybit has no book of {depth} levels")
        super().__init__(instruments)
        self._topic = f"orderbook.{depth}"
        self._ids = count(1)
        self._readers: dict[str, Callable[[wire.Envelope, int], Sequence[FeedEvent]]] = {
            "orderbook": self._any_book,
            "publicTrade": self._trades,
            "tickers": self._ticker,
        }
        self.reset()

    def reset(self) -> None:
        """A new connection: forget sequences and requests."""
        self._last: dict[str, int] = {}
        """By topic: u of the last message; a book that is not there has none."""
        self._asked: dict[str, str] = {}
        self._tickers: dict[str, wire.Ticker] = {}
        self._doubted_volumes: set[str] = set()

    def subscribe(self, symbols: Sequence[str]) -> list[str]:
        """Book, trades and ticker: one request per symbol, so that a refusal names it."""
        return [self._request("subscribe", symbol, self._topics(symbol)) for symbol in symbols]

    def unsubscribe(self, symbols: Sequence[str]) -> list[str]:
        """Stop following."""
        for symbol in symbols:
            self._last.pop(f"{self._topic}.{symbol}", None)
        return [self._request("unsubscribe", symbol, self._topics(symbol)) for symbol in symbols]

    def resync(self, symbol: str) -> list[str]:
        """End the book's subscription and start it: the snapshot comes with the start."""
        self._last.pop(f"{self._topic}.{symbol}", None)
        return [
            self._request("unsubscribe", symbol, self._topics(symbol)),
            self._request("subscribe", symbol, self._topics(symbol)),
        ]

    def instrument(self, symbol: str) -> Instrument:
        """The listing; a recording needs none, for sizes are coins."""
        if symbol not in self.instruments:
            self._admit(symbol, ())
        return super().instrument(symbol)

    def _admit(self, symbol: str, rows: Sequence[Level]) -> None:
        pair = pair_of(symbol)
        listed_by, kind, product = wire.LISTED_BY, self.kind, self.category
        admit(self, symbol, pair, rows, kind=kind, product=product, listed_by=listed_by)

    def _topics(self, symbol: str) -> list[str]:
        return [f"{topic}.{symbol}" for topic in (self._topic, "publicTrade", "tickers")]

    def _request(self, op: str, symbol: str, topics: Sequence[str]) -> str:
        request_id = f"f{next(self._ids)}"
        self._asked[request_id] = symbol
        if len(self._asked) > MAX_REQUESTS:
            del self._asked[next(iter(self._asked))]
        return msgspec.json.encode({"req_id": request_id, "op": op, "args": topics}).decode()

    def receive(self, frame: bytes, recv_ns: int) -> Sequence[FeedEvent]:
        """Decode one frame."""
        if frame.startswith(BOOK_MARK):
            try:
                message: wire.BookMessage = wire.BOOK_MESSAGE.decode(frame)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                # Read again below, field by field, to say what is wrong and with which book.
                pass
            else:
                return self._book(message, recv_ns)
        envelope: wire.Envelope = decode(frame, wire.ENVELOPE, self.name, "a message")
        if envelope.op:
            return self._answer(envelope)
        read = self._readers.get(envelope.topic.partition(".")[0])
        return read(envelope, recv_ns) if read is not None else ()

    def _any_book(self, envelope: wire.Envelope, recv_ns: int) -> Sequence[FeedEvent]:
        symbol = envelope.topic.rpartition(".")[2]
        try:
            body: wire.Book = decode(envelope.data, wire.BOOK, self.name, f"a book of {symbol}")
        except DecodeError as error:
            self._last.pop(envelope.topic, None)
            raise DecodeError(f"an update is lost: {error}", resync=symbol) from error
        return self._book(
            wire.BookMessage(envelope.topic, envelope.type, envelope.ts, body), recv_ns
        )

    def _book(self, message: wire.BookMessage, recv_ns: int) -> Sequence[FeedEvent]:
        body, topic = message.data, message.topic
        symbol = body.s
        is_snapshot = message.type == "snapshot" or body.u == RESTARTED
        last = self._last.get(topic)
        if not is_snapshot:
            if last is None:
                return ()
            if body.u != last + 1:
                del self._last[topic]
                raise SequenceGap(
                    f"{self.name} {symbol}: expected update {last + 1}, got {body.u}",
                    resync=symbol,
                )
        elif last is None:
            self._admit(symbol, (*body.b, *body.a))
        instrument = self.instrument(symbol)
        try:
            rows = levels(body.b, body.a, instrument)
        except DecodeError:
            self._last.pop(topic, None)
            raise
        self._last[topic] = body.u
        update = BookUpdate(
            symbol=symbol,
            is_snapshot=is_snapshot,
            rows=rows,
            n_bids=len(body.b),
            seq=body.u,
            event_ns=message.ts * NS_PER_MS,
            recv_ns=recv_ns,
            is_partial=topic.startswith(BEST_ONLY),
        )
        return (update,)

    def _trades(self, envelope: wire.Envelope, recv_ns: int) -> Sequence[FeedEvent]:
        """[{"T":1790000000122,"s":"BTCUSDT","S":"Sell","v":"0.004","p":"60000","BT":false,…}]."""
        prints: list[wire.Print] = decode(envelope.data, wire.PRINTS, self.name, "a trade")
        return [self._trade(each, recv_ns) for each in prints if not each.BT]

    def _trade(self, print_: wire.Print, recv_ns: int) -> Trade:
        symbol = print_.s
        instrument = self.instrument(symbol)
        if print_.S not in SIDES:
            raise DecodeError(f"{self.name} {symbol}: side {print_.S[:20]!r}", symbol=symbol)
        price = positive(print_.p, "trade price", self.name, symbol)
        size = positive(print_.v, "trade size", self.name, symbol)
        return Trade(
            symbol=symbol,
            price=price,
            size=instrument.base_of(size, price),
            aggressor=SIDES[print_.S],
            event_ns=print_.T * NS_PER_MS,
            recv_ns=recv_ns,
        )

    def _ticker(self, envelope: wire.Envelope, recv_ns: int) -> Sequence[FeedEvent]:
        """{"symbol":"BTCUSDT","volume24h":"9.5","turnover24h":"570000","highPrice24h":"61000",…}.

        Only a change of the volume makes an event; the rest of a ticker is not used.
        """
        new: wire.Ticker = decode(envelope.data, wire.TICKER, self.name, "a ticker")
        known = self._tickers.get(new.symbol)
        if envelope.type == "snapshot" or known is None:
            known = wire.Ticker(new.symbol)
        changed = {f: text for f in wire.TICKER_FIELDS if (text := getattr(new, f))}
        ticker = self._tickers[new.symbol] = msgspec.structs.replace(known, **changed)
        has_news = new.volume24h or new.turnover24h
        is_whole = all(getattr(ticker, field) for field in wire.TICKER_FIELDS)
        if not has_news or not is_whole or new.symbol in self._doubted_volumes:
            return ()
        try:
            return (wire.volume(ticker, self.instrument(new.symbol), envelope.ts, recv_ns),)
        except DecodeError:
            # Said once; the next ticker would say the same.
            self._doubted_volumes.add(new.symbol)
            raise

    def _answer(self, answer: wire.Envelope) -> Sequence[FeedEvent]:
        """{"success":true,"ret_msg":"","conn_id":"…","req_id":"f1","op":"subscribe"}.

        The answer to a ping keeps the op "ping"; only its text says pong.
        """
        if answer.op in ("ping", "pong"):
            return (Pong(),)
        symbol = self._asked.pop(answer.req_id, None)
        if answer.success and answer.retCode == 0:
            if answer.op != "subscribe" or symbol is None:
                return ()
            return (Subscribed(symbol=symbol, channel=self._topic),)
        text = f"{symbol or self.name}: {answer.ret_msg[:200] or 'refused without a reason'}"
        if answer.retCode == wire.RATE_LIMIT:
            raise RateLimited(text, resync=symbol)
        if answer.op != "subscribe" or "already subscribed" in answer.ret_msg.lower():
            # What was to end was not there, or what was to start is.
            return ()
        raise SubscribeRefused(text, symbol=symbol, is_final=symbol is not None)


class Bybit(BybitSpot):
    """Linear contracts, settled in USDT or USDC. One contract is one coin."""

    name: ClassVar[str] = "bybit"
    kind: ClassVar[Kind] = Kind.LINEAR
    category: ClassVar[str] = "linear"


BOOK_MARK: Final = b'{"topic":"orderbook.'
BEST_ONLY: Final = "orderbook.1."
