"""What we ask of Binance, and what its acks and errors mean for that.

{"method":"SUBSCRIBE","params":["btcusdt@depth@100ms"],"id":1}
{"result":null,"id":1}
{"error":{"code":2,"msg":"Invalid request"},"id":1}        or   {"code":2,"msg":"…"}
"""

from collections.abc import Sequence
from itertools import count
from typing import Final

import msgspec

from feeds.base import FeedEvent, Subscribed, SubscribeRefused
from feeds.binance_wire import Frame
from feeds.figures import decode

BOOK: Final = "depth@100ms"
TRADES: Final = "aggTrade"
TICKER: Final = "ticker"

MAX_STREAMS_PER_REQUEST: Final = 120
"""Keeps a request far below the size that the venue refuses."""
MAX_REQUESTS: Final = 1000
"""Requests remembered by id; beyond that the oldest is forgotten."""


class _Refusal(msgspec.Struct, frozen=True):
    code: int = 0
    msg: str = ""


REFUSAL: Final = msgspec.json.Decoder(_Refusal)


class Requests:
    """Subscriptions of one connection."""

    def __init__(self, venue: str, streams: tuple[str, ...]) -> None:
        self.streams = streams
        """What is asked for per symbol; the first is the one an ack confirms."""
        self._venue = venue
        self._ids = count(1)
        self.reset()

    def reset(self) -> None:
        """A new connection: nothing is asked yet."""
        self._asked: dict[int, tuple[str, ...]] = {}

    def subscribe(self, symbols: Sequence[str]) -> list[str]:
        """All streams of many symbols in few frames, for frames are what the venue counts."""
        return self._requests("SUBSCRIBE", symbols)

    def unsubscribe(self, symbols: Sequence[str]) -> list[str]:
        """Stop following."""
        return self._requests("UNSUBSCRIBE", symbols)

    def _requests(self, method: str, symbols: Sequence[str]) -> list[str]:
        per_frame = MAX_STREAMS_PER_REQUEST // len(self.streams)
        return [
            self._request(method, symbols[start : start + per_frame])
            for start in range(0, len(symbols), per_frame)
        ]

    def _request(self, method: str, symbols: Sequence[str]) -> str:
        request_id = next(self._ids)
        self._asked[request_id] = tuple(symbols) if method == "SUBSCRIBE" else ()
        if len(self._asked) > MAX_REQUESTS:
            del self._asked[next(iter(self._asked))]
        params = [f"{symbol.lower()}@{stream}" for symbol in symbols for stream in self.streams]
        return msgspec.json.encode({"method": method, "params": params, "id": request_id}).decode()

    def answer(self, message: Frame) -> Sequence[FeedEvent]:
        """An ack, or an error: raises SubscribeRefused."""
        asked = self._asked.pop(message.id, ()) if isinstance(message.id, int) else ()
        if not message.code and not len(message.error):
            return [Subscribed(symbol=symbol, channel=self.streams[0]) for symbol in asked]
        code, text = message.code, message.msg
        if len(message.error):
            refusal: _Refusal = decode(message.error, REFUSAL, self._venue, "an error")
            code, text = refusal.code, refusal.msg
        # Of several symbols we cannot tell which; each is asked for alone after its deadline.
        symbol = asked[0] if len(asked) == 1 else None
        raise SubscribeRefused(
            f"{symbol or self._venue}: {text[:200]} (code {code})",
            symbol=symbol,
            is_final=symbol is not None,
        )
