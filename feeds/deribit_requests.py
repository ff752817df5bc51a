"""What we ask of Deribit over JSON-RPC, and what its answers mean for that.

    {"jsonrpc":"2.0","id":1,"method":"public/subscribe",
     "params":{"channels":["book.BTC-PERPETUAL.100ms"]}}
    {"jsonrpc":"2.0","id":1,"result":["book.BTC-PERPETUAL.100ms"]}
    {"jsonrpc":"2.0","id":1,"error":{"code":10028,"message":"too_many_requests"}}

A channel that the result leaves out was refused.
"""

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Final

import msgspec

from feeds.base import FeedError, FeedEvent, RateLimited, Send, Subscribed, SubscribeRefused

SUBSCRIBE: Final = "public/subscribe"
UNSUBSCRIBE: Final = "public/unsubscribe"
SET_HEARTBEAT: Final = "public/set_heartbeat"
TEST: Final = "public/test"
HEARTBEAT_S: Final = 10
"""The shortest interval that Deribit allows."""
MAX_REQUESTS: Final = 1000
"""Requests remembered by id; beyond that the oldest is forgotten."""

TOO_MANY_REQUESTS: Final = 10028
OUR_BUGS: Final = frozenset({-32700, -32600, -32601, -32602, 11029, 11050})
"""Malformed or unknown requests, which would be refused again."""


class Problem(msgspec.Struct, frozen=True):
    """Why a request failed."""

    code: int = 0
    message: str = ""


class Requests:
    """Subscriptions of one connection."""

    def __init__(self) -> None:
        self._ids = count(1)
        self.reset()

    def reset(self) -> None:
        """A new connection: nothing is asked yet."""
        self._asked: dict[int, tuple[str, str]] = {}
        self._acked: set[str] = set()
        self._resubscribing: set[str] = set()
        self._has_heartbeat = False

    def subscribe(self, symbols: Sequence[str]) -> list[str]:
        """One request per symbol, so that a refusal names it; the heartbeat once."""
        frames = [self._request(SUBSCRIBE, symbol, channels(symbol)) for symbol in symbols]
        if frames and not self._has_heartbeat:
            self._has_heartbeat = True
            frames.insert(0, self._call(SET_HEARTBEAT, {"interval": HEARTBEAT_S}))
        return frames

    def unsubscribe(self, symbols: Sequence[str]) -> list[str]:
        """One request per symbol."""
        self._resubscribing.difference_update(symbols)
        self._acked.difference_update(symbols)
        return [self._request(UNSUBSCRIBE, symbol, channels(symbol)) for symbol in symbols]

    def resync(self, symbol: str) -> list[str]:
        """Unsubscribe the book; the answer to that is a subscribe."""
        if symbol not in self._acked:
            return [self._request(SUBSCRIBE, symbol, channels(symbol))]
        self._resubscribing.add(symbol)
        return [self._request(UNSUBSCRIBE, symbol, [book_channel(symbol)])]

    def test(self) -> str:
        """The answer to a `test_request`; without it the venue closes the connection."""
        return self._call(TEST, {})

    def answer(
        self, request_id: int, result: object, problem: Problem | None
    ) -> Sequence[FeedEvent]:
        """A result or an error. Raises SubscribeRefused or RateLimited."""
        method, symbol = self._asked.pop(request_id, ("", ""))
        if method == UNSUBSCRIBE:
            self._acked.discard(symbol)
            if symbol not in self._resubscribing:
                return ()
            # Refused or not: there is nothing left to end before it starts anew.
            self._resubscribing.remove(symbol)
            return (Send(text=self._request(SUBSCRIBE, symbol, [book_channel(symbol)])),)
        if problem is not None:
            raise _refusal(problem, symbol if method == SUBSCRIBE else "")
        if method != SUBSCRIBE:
            return ()
        accepted = result if isinstance(result, list) else []
        if book_channel(symbol) not in accepted:
            raise SubscribeRefused(
                f"Deribit {symbol}: the venue does not offer its book", symbol=symbol, is_final=True
            )
        self._acked.add(symbol)
        return (Subscribed(symbol=symbol, channel="book"),)

    def _request(self, method: str, symbol: str, names: Iterable[str]) -> str:
        return self._call(method, {"channels": list(names)}, symbol)

    def _call(self, method: str, params: dict[str, object], symbol: str = "") -> str:
        request_id = next(self._ids)
        self._asked[request_id] = method, symbol
        if len(self._asked) > MAX_REQUESTS:
            del self._asked[next(iter(self._asked))]
        return msgspec.json.encode(
            {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}
        ).decode()


def channels(symbol: str) -> list[str]:
    """Book, trades and ticker of an instrument, every 100 ms; faster needs a login."""
    return [book_channel(symbol), f"trades.{symbol}.100ms", f"ticker.{symbol}.100ms"]


def book_channel(symbol: str) -> str:
    """The channel of changes that are linked with each other."""
    return f"book.{symbol}.100ms"


def _refusal(problem: Problem, symbol: str) -> FeedError:
    text = f"Deribit {symbol or 'request'}: {problem.message[:200]} (code {problem.code})"
    if problem.code == TOO_MANY_REQUESTS:
        # The venue ends the session with it.
        return RateLimited(text, resync=symbol or None)
    if problem.code in OUR_BUGS:
        return SubscribeRefused(text, symbol=symbol or None, is_final=bool(symbol))
    return SubscribeRefused(text, resync=symbol or None)
