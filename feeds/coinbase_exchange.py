"""Coinbase Exchange, the institutional feed: facts and decoding. One instance per connection.

The open book channel is `level2_batch`: a snapshot, then what changed in each 50 ms.

    {"type":"snapshot","product_id":"BTC-USD","bids":[["60000.00","0.5"]],"asks":[…]}
    {"type":"l2update","product_id":"BTC-USD","time":"2026-11-20T10:00:00.123456Z",
     "changes":[["buy","60000.00","0.4"]]}

There is no number and no checksum to check. What is left: a heartbeat each second for each product,
times that may not run backwards, books that may not be crossed, and that any message which cannot
be read ends the connection. A loss in between is not seen by anybody.
"""

from collections.abc import Sequence
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

BOOK_CHANNEL: Final = "level2_batch"
PRODUCT: Final = "exchange"
"""Key of the fee schedule."""
CHANNELS: Final = (BOOK_CHANNEL, "matches", "ticker", "heartbeat")


class CoinbaseExchange(Venue):
    """Coinbase Exchange market data."""

    name: ClassVar[str] = "coinbase_exchange"
    max_frame_bytes: ClassVar[int] = 64 << 20
    first_book_s: ClassVar[float] = 30.0
    quiet_book_s: ClassVar[float | None] = 10.0
    unverified: ClassVar[str] = (
        "unverified: this feed numbers no change and sends no checksum, so a lost one is not "
        "seen; Advanced Trade (coinbase) is numbered"
    )

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        super().__init__(instruments)
        self.reset()

    def reset(self) -> None:
        """A new connection: no book is known."""
        self._is_over = False
        self._asked: set[str] = set()
        self._acked: set[str] = set()
        self._last_ns: dict[str, int] = {}
        """Time of the last update, by product whose book is whole."""

    def subscribe(self, symbols: Sequence[str]) -> list[str]:
        """All channels in one message."""
        self._asked.update(symbols)
        return [_request("subscribe", symbols)] if symbols else []

    def unsubscribe(self, symbols: Sequence[str]) -> list[str]:
        """All channels in one message."""
        self._asked.difference_update(symbols)
        self._acked.difference_update(symbols)
        for symbol in symbols:
            self._last_ns.pop(symbol, None)
        return [_request("unsubscribe", symbols)]

    def resync(self, symbol: str) -> list[str]:
        """Only a new connection brings a new snapshot."""
        raise Unavailable(
            f"Coinbase {symbol}: a new connection is needed for a new book", ends_connection=True
        )

    def receive(self, frame: bytes, recv_ns: int) -> Sequence[FeedEvent]:
        """Decode one frame. After one that cannot be read nothing passes until `reset`."""
        if self._is_over:
            return ()
        try:
            message: wire.Message = figures.decode(frame, MESSAGE, "Coinbase", "a message")
        except DecodeError as error:
            self._is_over = True
            raise DecodeError(str(error), ends_connection=True) from error
        match message.type:
            case "l2update" | "snapshot":
                return self._book(message, recv_ns)
            case "match":
                instrument = wire.listing(self, message.product_id, PRODUCT)
                return (wire.trade(message, instrument, recv_ns),)
            case "ticker":
                return self._ticker(message, recv_ns)
            case "heartbeat" if message.product_id in self._last_ns:
                return (KeepAlive(symbol=message.product_id, recv_ns=recv_ns),)
            case "subscriptions":
                return self._accepted(message)
            case "error":
                raise self._refusal(f"{message.message} {message.reason}".strip())
            case _:
                return ()

    def _book(self, message: wire.Message, recv_ns: int) -> Sequence[FeedEvent]:
        symbol, is_snapshot = message.product_id, message.type == "snapshot"
        last_ns = -1 if is_snapshot else self._last_ns.pop(symbol, None)
        if last_ns is None:
            return ()
        # Not in `_last_ns` while it is read: should that fail, the book is invalid.
        bids, asks = (message.bids, message.asks) if is_snapshot else _sides(message)
        event_ns = recv_ns
        if message.time or not is_snapshot:
            event_ns = _event_ns(message)
        if event_ns < last_ns:
            raise SequenceGap(
                f"Coinbase {symbol}: an update came {(last_ns - event_ns) / 1e6:g} ms out of order",
                resync=symbol,
            )
        instrument = wire.listing(self, symbol, PRODUCT, (*bids, *asks) if is_snapshot else ())
        update = BookUpdate(
            symbol=symbol,
            is_snapshot=is_snapshot,
            rows=figures.levels(bids, asks, instrument),
            n_bids=len(bids),
            seq=-1,
            event_ns=event_ns,
            recv_ns=recv_ns,
        )
        # A snapshot without a time of its own starts no order in time.
        self._last_ns[symbol] = event_ns if message.time else -1
        return (update,)

    def _ticker(self, message: wire.Message, recv_ns: int) -> Sequence[FeedEvent]:
        volume = wire.volume(
            wire.listing(self, message.product_id, PRODUCT),
            price=message.price,
            base=message.volume_24h,
            low=message.low_24h,
            high=message.high_24h,
            recv_ns=recv_ns,
        )
        return (volume,)

    def _accepted(self, message: wire.Message) -> Sequence[FeedEvent]:
        """The ack lists all that is subscribed by now."""
        books = [
            s for channel in message.channels if channel.name in BOOKS for s in channel.product_ids
        ]
        fresh = [symbol for symbol in books if symbol not in self._acked]
        self._acked.update(fresh)
        return [Subscribed(symbol=symbol, channel=BOOK_CHANNEL) for symbol in fresh]

    def _refusal(self, text: str) -> SubscribeRefused:
        """An error says in words whom it concerns, if anybody."""
        symbol = wire.named_in(text, self._asked)
        said = f"Coinbase says: {text[:200] or 'an error without a text'}"
        return SubscribeRefused(said, symbol=symbol, is_final=symbol is not None)


BOOKS: Final = ("level2", BOOK_CHANNEL)
"""Names under which the ack lists the book channel."""


def _event_ns(message: wire.Message) -> int:
    """Venue time; an error in it names the book that has to start afresh."""
    try:
        return iso_ns(message.time, "Coinbase", message.product_id)
    except DecodeError as error:
        raise DecodeError(str(error), resync=message.product_id) from error


def _request(action: str, symbols: Sequence[str]) -> str:
    return msgspec.json.encode(
        {"type": action, "product_ids": list(symbols), "channels": CHANNELS}
    ).decode()


def _sides(message: wire.Message) -> tuple[list[figures.Level], list[figures.Level]]:
    """(bids, asks) of the changes, whose sides are `buy` and `sell`."""
    symbol = message.product_id
    sides: dict[str, list[figures.Level]] = {"buy": [], "sell": []}
    for side, price, size in message.changes:
        if side not in sides:
            raise DecodeError(f"Coinbase {symbol}: a change of side {side[:20]!r}", resync=symbol)
        sides[side].append((price, size))
    return sides["buy"], sides["sell"]


MESSAGE: Final = msgspec.json.Decoder(wire.Message)
