"""Coinbase Advanced Trade: facts and decoding. One instance per connection, no I/O.

A book is asked for on `level2` and comes on `l2_data`, as one snapshot of the whole book (several
MB) and then changes:

    {"channel":"l2_data","client_id":"","timestamp":"2026-11-20T10:00:00.123Z","sequence_num":17,
     "events":[{"type":"update","product_id":"BTC-USD","updates":[
       {"side":"bid","event_time":"…","price_level":"60000.00","new_quantity":"0.4"}]}]}

The sequence rule: `sequence_num` counts every message of the connection, whatever its channel. One
that is not the last plus one means that something was lost, and nobody can say of which book: all
are invalid, and only a new connection brings new ones. A heartbeat each second proves in the same
way that no book has changed unseen.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

import msgspec

from feeds import coinbase_wire as wire
from feeds import figures
from feeds.base import (
    DecodeError,
    FeedEvent,
    KeepAlive,
    SequenceGap,
    Subscribed,
    SubscribeRefused,
    Unavailable,
    Venue,
)
from feeds.stamps import iso_ns
from market.book import BookUpdate
from market.instrument import Instrument

CHANNELS: Final = ("level2", "market_trades", "ticker")
HEARTBEATS: Final = "heartbeats"
BIDS, ASKS = "bid", "offer"
PRODUCT: Final = "advanced"
"""Key of the fee schedule."""


class Coinbase(Venue):
    """Coinbase Advanced Trade market data."""

    name: ClassVar[str] = "coinbase"
    max_frame_bytes: ClassVar[int] = 64 << 20
    first_book_s: ClassVar[float] = 30.0
    # A heartbeat a second, but a whole book of another product may be on the line before it.
    quiet_book_s: ClassVar[float | None] = 10.0

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        super().__init__(instruments)
        self._readers: dict[str, Callable[[wire.Envelope, int], Sequence[FeedEvent]]] = {
            "l2_data": self._books_of,
            "market_trades": self._trades,
            "ticker": self._tickers,
            "subscriptions": self._accepted,
            HEARTBEATS: self._heartbeat,
        }
        self.reset()

    def reset(self) -> None:
        """A new connection: its numbers start anew."""
        self._last: int | None = None
        self._is_over = False
        self._asked: set[str] = set()
        self._acked: set[str] = set()
        self._live: set[str] = set()
        self._has_heartbeats = False

    def subscribe(self, symbols: Sequence[str]) -> list[str]:
        """One message per channel, as the venue wants it; heartbeats once."""
        if not symbols:
            return []
        self._asked.update(symbols)
        frames = [_request("subscribe", channel, symbols) for channel in CHANNELS]
        if not self._has_heartbeats:
            self._has_heartbeats = True
            frames.append(_request("subscribe", HEARTBEATS, ()))
        return frames

    def unsubscribe(self, symbols: Sequence[str]) -> list[str]:
        """One message per channel."""
        for known in (self._asked, self._acked, self._live):
            known.difference_update(symbols)
        return [_request("unsubscribe", channel, symbols) for channel in CHANNELS]

    def resync(self, symbol: str) -> list[str]:
        """Only a new connection brings a new snapshot."""
        raise Unavailable(
            f"Coinbase {symbol}: a new connection is needed for a new book", ends_connection=True
        )

    def receive(self, frame: bytes, recv_ns: int) -> Sequence[FeedEvent]:
        """Decode one frame. After a gap nothing passes until `reset`."""
        if self._is_over:
            return ()
        try:
            message: wire.Envelope = figures.decode(frame, ENVELOPE, "Coinbase", "a message")
        except DecodeError as error:
            # Its number is unknown, and so is what it changed.
            raise self._over(DecodeError, str(error)) from error
        if message.type == "error":
            return self._refused(message.message)
        self._check_sequence(message.sequence_num)
        read = self._readers.get(message.channel)
        return read(message, recv_ns) if read is not None else ()

    def _check_sequence(self, number: int) -> None:
        if self._last is not None and number != self._last + 1:
            raise self._over(
                SequenceGap, f"expected message {self._last + 1} of this connection, got {number}"
            )
        self._last = number

    def _over(self, kind: type[SequenceGap] | type[DecodeError], text: str) -> Exception:
        self._is_over = True
        return kind(f"Coinbase: {text}", ends_connection=True)

    def _books_of(self, message: wire.Envelope, recv_ns: int) -> Sequence[FeedEvent]:
        try:
            events: list[wire.BookEvent] = figures.decode(
                message.events, BOOKS, "Coinbase", "a book"
            )
        except DecodeError as error:
            # One that is not as documented does not say which book it leaves behind.
            raise self._over(DecodeError, str(error)) from error
        updates = []
        for event in events:
            update = self._book(event, message, recv_ns)
            if update is not None:
                updates.append(update)
        return updates

    def _book(
        self, event: wire.BookEvent, message: wire.Envelope, recv_ns: int
    ) -> BookUpdate | None:
        symbol, is_snapshot = event.product_id, event.type == "snapshot"
        if not is_snapshot and symbol not in self._live:
            return None
        try:
            if not is_snapshot and event.type != "update":
                raise DecodeError(f"Coinbase {symbol}: unknown type {event.type[:20]!r}")
            sides = _sides(event)
            levels = (*sides[BIDS], *sides[ASKS]) if is_snapshot else ()
            instrument = wire.listing(self, symbol, PRODUCT, levels)
            update = BookUpdate(
                symbol=symbol,
                is_snapshot=is_snapshot,
                rows=figures.levels(sides[BIDS], sides[ASKS], instrument),
                n_bids=len(sides[BIDS]),
                seq=message.sequence_num,
                event_ns=iso_ns(message.timestamp, "Coinbase", symbol),
                recv_ns=recv_ns,
            )
        except DecodeError as error:
            self._live.discard(symbol)
            raise DecodeError(
                f"Coinbase {symbol}: an update is lost: {error}", resync=symbol
            ) from error
        self._live.add(symbol)
        return update

    def _trades(self, message: wire.Envelope, recv_ns: int) -> Sequence[FeedEvent]:
        """Prints oldest first. Those of the greeting were made before we watched."""
        events: list[wire.PrintEvent] = figures.decode(
            message.events, PRINTS, "Coinbase", "a trade"
        )
        return [
            wire.trade(print_, wire.listing(self, print_.product_id, PRODUCT), recv_ns)
            for event in events
            if event.type == "update"
            for print_ in reversed(event.trades)
        ]

    def _tickers(self, message: wire.Envelope, recv_ns: int) -> Sequence[FeedEvent]:
        events: list[wire.TickerEvent] = figures.decode(
            message.events, TICKERS, "Coinbase", "a ticker"
        )
        return [
            wire.volume(
                wire.listing(self, ticker.product_id, PRODUCT),
                price=ticker.price,
                base=ticker.volume_24_h,
                low=ticker.low_24_h,
                high=ticker.high_24_h,
                recv_ns=recv_ns,
            )
            for event in events
            for ticker in event.tickers
        ]

    def _accepted(self, message: wire.Envelope, _: int) -> Sequence[FeedEvent]:
        """The ack lists all that is subscribed by now."""
        events: list[wire.SubscriptionEvent] = figures.decode(
            message.events, SUBSCRIPTIONS, "Coinbase", "an ack"
        )
        books = [s for event in events for s in event.subscriptions.get("level2", ())]
        fresh = [symbol for symbol in books if symbol not in self._acked]
        self._acked.update(fresh)
        return [Subscribed(symbol=symbol, channel="level2") for symbol in fresh]

    def _heartbeat(self, _: wire.Envelope, recv_ns: int) -> Sequence[FeedEvent]:
        return [KeepAlive(symbol=symbol, recv_ns=recv_ns) for symbol in sorted(self._live)]

    def _refused(self, text: str) -> Sequence[FeedEvent]:
        """An error says in words whom it concerns, if anybody."""
        symbol = wire.named_in(text, self._asked)
        said = f"Coinbase says: {text[:200] or 'an error without a text'}"
        raise SubscribeRefused(said, symbol=symbol, is_final=symbol is not None)


def _request(action: str, channel: str, symbols: Sequence[str]) -> str:
    message: dict[str, object] = {"type": action, "channel": channel}
    if symbols:
        message["product_ids"] = list(symbols)
    return msgspec.json.encode(message).decode()


def _sides(event: wire.BookEvent) -> dict[str, list[figures.Level]]:
    """(price, size) texts of `bid` and `offer`."""
    sides: dict[str, list[figures.Level]] = {BIDS: [], ASKS: []}
    try:
        for level in event.updates:
            sides[level.side].append((level.price_level, level.new_quantity))
    except KeyError as error:
        raise DecodeError(f"Coinbase {event.product_id}: a level of side {error}") from None
    return sides


ENVELOPE: Final = msgspec.json.Decoder(wire.Envelope)
BOOKS: Final = msgspec.json.Decoder(list[wire.BookEvent])
PRINTS: Final = msgspec.json.Decoder(list[wire.PrintEvent])
TICKERS: Final = msgspec.json.Decoder(list[wire.TickerEvent])
SUBSCRIPTIONS: Final = msgspec.json.Decoder(list[wire.SubscriptionEvent])
