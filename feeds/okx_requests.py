"""What we ask of OKX, and what its acks, errors and notices mean for that.

    {"id":"f1","op":"subscribe","args":[{"channel":"books","instId":"BTC-USDT-SWAP"}]}
    {"id":"f1","event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT-SWAP"},"connId":"a4"}
    {"id":"f1","event":"error","code":"60018","msg":"...","connId":"a4"}

An error may lack its arg: then the id says what it is about.
"""

from collections.abc import Sequence
from itertools import count
from typing import Final

import msgspec

from feeds.base import (
    FeedError,
    FeedEvent,
    RateLimited,
    Send,
    Subscribed,
    SubscribeRefused,
    Upgrade,
)
from feeds.okx_codes import UPGRADE_NOTICE, Meaning, Move, stream_meaning
from feeds.okx_wire import Arg, Envelope

PUBLIC_BOOK: Final = "books"
TRADES: Final = "trades"
TICKERS: Final = "tickers"
MAX_REQUESTS: Final = 1000
"""Requests remembered by id; beyond that the oldest is forgotten."""


class Requests:
    """Subscriptions of one connection."""

    def __init__(self, book_channel: str) -> None:
        self.book_channel = book_channel
        self._ids = count(1)
        self.reset()

    def reset(self) -> None:
        """A new connection: nothing is asked yet."""
        self._symbol_of: dict[str, str] = {}
        self._acked: set[Arg] = set()
        self._resubscribing: set[str] = set()

    def subscribe(self, symbols: Sequence[str]) -> list[str]:
        """One request per symbol, so that a refusal names it even when OKX does not."""
        return [self._request("subscribe", self._args(symbol)) for symbol in symbols]

    def unsubscribe(self, symbols: Sequence[str]) -> list[str]:
        """One request per symbol."""
        self._resubscribing.difference_update(symbols)
        for symbol in symbols:
            self._acked.difference_update(self._args(symbol))
        return [self._request("unsubscribe", self._args(symbol)) for symbol in symbols]

    def resync(self, symbol: str) -> list[str]:
        """Unsubscribe the book; the ack of that is answered with a subscribe.

        Subscribing twice would only repeat the ack, without a new snapshot. What OKX never
        acknowledged is simply asked for again.
        """
        args = self._args(symbol)
        if args[0] not in self._acked:
            return [self._request("subscribe", [arg for arg in args if arg not in self._acked])]
        self._resubscribing.add(symbol)
        return [self._request("unsubscribe", args[:1])]

    def answer(self, message: Envelope) -> Sequence[FeedEvent]:
        """An ack, an error or a notice. Raises SubscribeRefused or RateLimited."""
        arg = message.arg
        match message.event:
            case "subscribe":
                self._acked.add(arg)
                return (Subscribed(symbol=arg.instId, channel=arg.channel),)
            case "unsubscribe":
                return self._unsubscribed(arg)
            case "error":
                return self._refused(message)
            case "notice" if str(message.code) == UPGRADE_NOTICE:
                return (Upgrade(text="OKX upgrades its service and will close this connection"),)
            case _:
                return ()

    def _args(self, symbol: str) -> list[Arg]:
        """The channels of one symbol, its book first."""
        return [Arg(channel=name, instId=symbol) for name in (self.book_channel, TRADES, TICKERS)]

    def _request(self, op: str, args: Sequence[Arg]) -> str:
        request_id = f"f{next(self._ids)}"
        self._symbol_of[request_id] = args[0].instId
        if len(self._symbol_of) > MAX_REQUESTS:
            del self._symbol_of[next(iter(self._symbol_of))]
        return msgspec.json.encode({"id": request_id, "op": op, "args": args}).decode()

    def _unsubscribed(self, arg: Arg) -> Sequence[FeedEvent]:
        self._acked.discard(arg)
        if arg.channel != self.book_channel or arg.instId not in self._resubscribing:
            return ()
        self._resubscribing.remove(arg.instId)
        return (Send(text=self._request("subscribe", [arg])),)

    def _refused(self, message: Envelope) -> Sequence[FeedEvent]:
        code, channel = str(message.code), message.arg.channel
        symbol = message.arg.instId or self._symbol_of.get(message.id, "")
        meaning = stream_meaning(code, message.msg)
        if channel not in ("", self.book_channel):
            # The book is not concerned.
            raise SubscribeRefused(f"{symbol} {channel}: {meaning.text} (code {code})")
        is_final = meaning.move in (Move.FINAL, Move.OUR_BUG)
        if symbol in self._resubscribing and is_final:
            # It was the unsubscribe that failed: there is nothing to end before it starts anew.
            return self._unsubscribed(Arg(channel=self.book_channel, instId=symbol))
        self._resubscribing.discard(symbol)
        if meaning.move is Move.DOWNGRADE:
            self.book_channel = PUBLIC_BOOK
        raise _refusal(meaning, code, symbol)


def _refusal(meaning: Meaning, code: str, symbol: str) -> FeedError:
    text = f"{symbol or 'OKX'}: {meaning.text} (code {code})"
    if meaning.move is Move.SLOW_DOWN:
        return RateLimited(text, resync=symbol or None)
    if meaning.move in (Move.RETRY, Move.DOWNGRADE):
        return SubscribeRefused(text, resync=symbol or None)
    return SubscribeRefused(text, symbol=symbol or None, is_final=True)
