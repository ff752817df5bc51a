"""nautilus_trader's compiled order book, fed as its own Python adapters feed it.

A typed msgspec decode, one OrderBookDelta a row, one OrderBookDeltas a message, `apply_deltas`.
Two choices in its favour: prices and sizes are made from floats at the instrument's precision,
three times faster than from texts as those adapters do it; and the imbalance of the first five
levels is left out, since only a copy of all levels would give it.

The walk is the book's own `get_avg_px_for_quantity`, compiled too. It takes coins where the ladder
asks for money, so it is given money / (average price of the last message): one call a size, the
cost right to about a hundredth of a bp.
"""

import msgspec
from nautilus_trader.model.book import OrderBook
from nautilus_trader.model.data import BookOrder, OrderBookDelta, OrderBookDeltas
from nautilus_trader.model.enums import BookAction, BookType, OrderSide
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.objects import Price, Quantity

from benchmarks.contenders.base import Costs
from benchmarks.workloads import Ladder
from market.units import NS_PER_MS

PRICE_DIGITS, SIZE_DIGITS = 1, 8
STEPS_AT_START = 4


class Body(msgspec.Struct):
    """The fields a book needs."""

    asks: list[list[str]]
    bids: list[list[str]]
    ts: str
    seqId: int


class Message(msgspec.Struct):
    """An update or a snapshot."""

    data: list[Body]


DECODER = msgspec.json.Decoder(Message)


class NautilusBook:
    """msgspec, deltas, the compiled book, and Python for what a cost adds to an average price."""

    name = "nautilus_trader"

    def __init__(self, work: Ladder) -> None:
        self.work = work
        self.id = InstrumentId.from_str(f"{work.symbol}.OKX")
        self.book = OrderBook(self.id, BookType.L2_MBP)
        self.averages: list[float] = []
        self.nets: list[float] = []
        self.fitted_nets: list[float] = []

    def start(self, snapshot: bytes) -> None:
        """A new book; the averages of its ladder are settled before the first update."""
        self.book = OrderBook(self.id, BookType.L2_MBP)
        self.book.apply_deltas(self._deltas(snapshot))
        best = float(self.book.best_ask_price())
        self.averages = [best] * (2 * len(self.work.sizes))
        for _ in range(STEPS_AT_START):
            self._price()

    def tick(self, frame: bytes) -> object:
        """Decode, apply, price."""
        self.book.apply_deltas(self._deltas(frame))
        self._price()
        return self.nets

    def costs(self) -> Costs:
        """By the walk, then by the fit."""
        return self.nets + self.fitted_nets

    def touch(self) -> tuple[float, float]:
        """Best of each side."""
        return float(self.book.best_bid_price()), float(self.book.best_ask_price())

    def _deltas(self, frame: bytes) -> OrderBookDeltas:
        body = DECODER.decode(frame).data[0]
        stamp, seq = int(body.ts) * NS_PER_MS, body.seqId
        deltas = []
        for rows, side in ((body.bids, OrderSide.BUY), (body.asks, OrderSide.SELL)):
            for row in rows:
                size = float(row[1])
                order = BookOrder(
                    side, Price(float(row[0]), PRICE_DIGITS), Quantity(size, SIZE_DIGITS), 0
                )
                action = BookAction.UPDATE if size else BookAction.DELETE
                deltas.append(OrderBookDelta(self.id, action, order, 0, seq, stamp, stamp))
        return OrderBookDeltas(self.id, deltas)

    def _price(self) -> None:
        book, work = self.book, self.work
        bid, ask = float(book.best_bid_price()), float(book.best_ask_price())
        mid = (bid + ask) / 2
        spread_bps = (ask - bid) / mid * 1e4
        self.nets, self.fitted_nets = [], []
        b0, b1, b2, b3 = work.fit
        averages: list[float] = []
        last = iter(self.averages)
        for side, sign, best_quote in (
            (OrderSide.BUY, 1, ask * float(book.best_ask_size())),
            (OrderSide.SELL, -1, bid * float(book.best_bid_size())),
        ):
            base_fit = b0 + b2 * spread_bps + b3 * best_quote
            for size in work.sizes:
                coins = Quantity(size / next(last), SIZE_DIGITS)
                average = book.get_avg_px_for_quantity(coins, side)
                averages.append(average)
                notional = size / average * mid
                slippage = sign * (average - mid) / mid * 1e4
                added = work.quadratic * size * size / notional + work.taker_bps * size / notional
                self.nets.append(slippage + added)
                self.fitted_nets.append(max(base_fit + b1 * size, 0.0) + added)
        self.averages = averages
