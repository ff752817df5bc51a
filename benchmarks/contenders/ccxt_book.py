"""ccxt's own code from the decoded message on: its OKX class routes it, its order book takes it.

`ccxt.pro.okx.handle_message` is what its socket client calls; markets are put in by hand, because
no request is made. ccxt has no cost ladder, so the one in pure Python is walked on its book.
"""

from typing import Any

import ccxt.pro
import orjson

from benchmarks.contenders.base import Costs
from benchmarks.contenders.python_ladder import PythonLadder
from benchmarks.workloads import Ladder


class Listener:
    """What ccxt's client is to its exchange class here: somebody who waits for the book."""

    url = "wss://ws.okx.com:8443/ws/v5/public"

    def __init__(self) -> None:
        self.subscriptions: dict[str, Any] = {}
        self.book: Any = None

    def resolve(self, result: Any, message_hash: str) -> None:
        """The book that a waiting coroutine would be handed."""
        self.book = result

    def reject(self, error: Exception, message_hash: str) -> None:
        """A gap."""
        raise error


class CcxtBook:
    """orjson as in ccxt's client, then ccxt, then the walk."""

    name = "ccxt"

    def __init__(self, work: Ladder) -> None:
        self.ladder = PythonLadder(work)
        self.exchange = ccxt.pro.okx()
        base, quote = work.symbol.split("-")
        market = {
            "id": work.symbol,
            "symbol": f"{base}/{quote}",
            "base": base,
            "quote": quote,
            "type": "spot",
            "spot": True,
        }
        self.exchange.markets = {market["symbol"]: market}
        self.exchange.markets_by_id = {market["id"]: [market]}
        self.listener = Listener()

    def start(self, snapshot: bytes) -> None:
        """Its snapshot makes a new book."""
        self.exchange.orderbooks.clear()
        self.tick(snapshot)

    def tick(self, frame: bytes) -> object:
        """Decode, hand over, walk."""
        self.exchange.handle_message(self.listener, orjson.loads(frame))
        book = self.listener.book
        self.ladder.price(book["bids"], book["asks"])
        return self.ladder

    def costs(self) -> Costs:
        """By the walk, then by the fit."""
        return self.ladder.costs()

    def touch(self) -> tuple[float, float]:
        """Best of each side."""
        book = self.listener.book
        return book["bids"][0][0], book["asks"][0][0]
