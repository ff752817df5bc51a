"""What we ask of Kraken v2, and what its acks and refusals mean for that.

    {"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":1000,
     "snapshot":true},"req_id":1}
    {"method":"subscribe","result":{"channel":"book","depth":1000,"snapshot":true,
     "symbol":"BTC/USD"},"success":true,"req_id":1}
    {"method":"subscribe","success":false,"error":"Currency pair not supported X/Y","req_id":1}

One ack per symbol; a refusal is told by its text only, and its req_id says what it is about.
"""

from collections.abc import Sequence
from itertools import count
from typing import Final

import msgspec

from feeds.base import FeedEvent, RateLimited, Send, Subscribed, SubscribeRefused

BOOK: Final = "book"
TRADE: Final = "trade"
TICKER: Final = "ticker"
MAX_REQUESTS: Final = 3000
"""Requests remembered by id; beyond that the oldest is forgotten."""

Topic = tuple[str, str]
"""(channel, symbol)"""


class Result(msgspec.Struct, frozen=True):
    """What was accepted."""

    channel: str = ""
    symbol: str = ""
    depth: int = 0


class Answer(msgspec.Struct, frozen=True):
    """Any message with a method."""

    method: str
    success: bool = True
    error: str = ""
    symbol: str = ""
    req_id: int = 0
    result: Result = Result()


class Requests:
    """Subscriptions of one connection."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._ids = count(1)
        self.reset()

    def reset(self) -> None:
        """A new connection: nothing is asked yet."""
        self._topics: dict[int, Topic] = {}
        self._acked: set[Topic] = set()
        self._resubscribing: set[str] = set()
        self.depths: dict[str, int] = {}
        """Levels a side that the venue acknowledged, by symbol."""

    def subscribe(self, symbols: Sequence[str]) -> list[str]:
        """One request per symbol and channel, so that a refusal names both."""
        return [
            self._request("subscribe", channel, symbol)
            for symbol in symbols
            for channel in (BOOK, TRADE, TICKER)
        ]

    def unsubscribe(self, symbols: Sequence[str]) -> list[str]:
        """The same for the end."""
        self._resubscribing.difference_update(symbols)
        return [
            self._request("unsubscribe", channel, symbol)
            for symbol in symbols
            for channel in (BOOK, TRADE, TICKER)
            if (channel, symbol) in self._acked
        ]

    def resync(self, symbol: str) -> list[str]:
        """Unsubscribe the book; the answer to that is a subscribe."""
        if (BOOK, symbol) not in self._acked:
            return [self._request("subscribe", BOOK, symbol)]
        self._resubscribing.add(symbol)
        return [self._request("unsubscribe", BOOK, symbol)]

    def answer(self, answer: Answer) -> Sequence[FeedEvent]:
        """An ack or a refusal. Raises SubscribeRefused or RateLimited."""
        asked = self._topics.pop(answer.req_id, ("", answer.symbol))
        channel, symbol = answer.result.channel or asked[0], answer.result.symbol or asked[1]
        if answer.method == "subscribe" and answer.success:
            self._acked.add((channel, symbol))
            if channel == BOOK and answer.result.depth > 0:
                self.depths[symbol] = answer.result.depth
            return (Subscribed(symbol=symbol, channel=channel),)
        if answer.method == "unsubscribe":
            self._acked.discard((channel, symbol))
            if channel != BOOK or symbol not in self._resubscribing:
                return ()
            # Refused or not: there is nothing left to end before it starts anew.
            self._resubscribing.remove(symbol)
            return (Send(text=self._request("subscribe", BOOK, symbol)),)
        if answer.success:
            return ()
        raise _refusal(answer.error, channel, symbol)

    def _request(self, method: str, channel: str, symbol: str) -> str:
        request_id = next(self._ids)
        self._topics[request_id] = channel, symbol
        if len(self._topics) > MAX_REQUESTS:
            del self._topics[next(iter(self._topics))]
        params: dict[str, object] = {"channel": channel, "symbol": [symbol]}
        if channel == BOOK:
            params["depth"] = self._depth
        # Old prints are not news; only the book has to begin with what was there before.
        params["snapshot"] = channel != TRADE
        return msgspec.json.encode(
            {"method": method, "params": params, "req_id": request_id}
        ).decode()


def _refusal(text: str, channel: str, symbol: str) -> SubscribeRefused | RateLimited:
    said = f"Kraken {symbol or '?'}: {text[:200] or 'refused without a reason'}"
    if channel not in ("", BOOK):
        # The book is not concerned.
        return SubscribeRefused(f"{said} ({channel})")
    if "rate" in text.lower():
        return RateLimited(said, resync=symbol or None)
    if any(hint in text.lower() for hint in FINAL):
        return SubscribeRefused(said, symbol=symbol or None, is_final=True)
    return SubscribeRefused(said, resync=symbol or None)


FINAL: Final = ("not supported", "not in iso", "invalid", "malformed", "unknown")
"""Words of refusals that asking again cannot change."""
