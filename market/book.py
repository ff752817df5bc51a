"""The book: an update event, the one mutable market object, and what leaves it frozen."""

from dataclasses import dataclass
from typing import Literal

import msgspec
import numpy as np

from market.errors import BookNotReady
from market.instrument import Floats, Side
from market.merge import ASKS, BIDS, PRICES, SIZES, merge
from market.units import BPS

START_CAPACITY = 1024


class BookUpdate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Levels as a venue sent them, in base units and already in sequence.

    A struct rather than a dataclass because it is made on the tick path.
    """

    symbol: str
    """The venue's own id."""
    is_snapshot: bool
    """True: replaces the book. False: changes the named prices."""
    rows: Floats
    """(n, 2) of (price, size in base); size 0 removes. Bids first."""
    n_bids: int
    """How many of the rows are bids."""
    seq: int
    """The venue's number for the book after this update; -1 where it sends none."""
    event_ns: int
    """Venue clock."""
    recv_ns: int
    """Our clock."""
    is_partial: bool = False
    """True for channels that show only the first few levels."""

    @property
    def bids(self) -> Floats:
        """(n, 2) rows of the bid side."""
        return self.rows[: self.n_bids]

    @property
    def asks(self) -> Floats:
        """(n, 2) rows of the ask side."""
        return self.rows[self.n_bids :]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookSnapshot:
    """A book at one moment: two-sided, not crossed. Arrays are read-only, best first."""

    symbol: str
    bid_prices: Floats
    bid_sizes: Floats
    ask_prices: Floats
    ask_sizes: Floats
    seq: int
    event_ns: int
    recv_ns: int

    @property
    def mid(self) -> float:
        """Mean of best bid and best ask (quote/base)."""
        return float(self.bid_prices[0] + self.ask_prices[0]) / 2

    @property
    def half_spread(self) -> float:
        """Half the distance between best bid and best ask (quote/base)."""
        return float(self.ask_prices[0] - self.bid_prices[0]) / 2

    @property
    def half_spread_bps(self) -> float:
        """Half-spread in bps of the mid."""
        return self.half_spread / self.mid * BPS

    @property
    def microprice(self) -> float:
        """Touch prices weighted by the size on the other side (quote/base)."""
        bid, ask = float(self.bid_sizes[0]), float(self.ask_sizes[0])
        return float(self.ask_prices[0] * bid + self.bid_prices[0] * ask) / (bid + ask)

    def imbalance(self, n_levels: int = 1) -> float:
        """(bid - ask) / (bid + ask) of the size on the first levels, -1..1."""
        bid = float(self.bid_sizes[:n_levels].sum())
        ask = float(self.ask_sizes[:n_levels].sum())
        return (bid - ask) / (bid + ask)

    def levels(self, side: Side) -> tuple[Floats, Floats]:
        """(prices, sizes) that an order of `side` would take: asks for a buy."""
        if side is Side.BUY:
            return self.ask_prices, self.ask_sizes
        return self.bid_prices, self.bid_sizes

    def depth(self, side: Side, within_bps: float) -> float:
        """Base that an order of `side` finds within `within_bps` of the mid."""
        prices, sizes = self.levels(side)
        limit = self.mid * within_bps / BPS
        return float(sizes[side.sign * (prices - self.mid) <= limit].sum())

    def reach_bps(self, side: Side) -> float:
        """How far from the mid the visible book of that side ends (bps)."""
        prices, _ = self.levels(side)
        return float(side.sign * (prices[-1] - self.mid)) / self.mid * BPS


Shape = Literal["ok", "empty", "one_sided", "crossed"]


class OrderBook:
    """One instrument's levels. Written by its one owner only; others get snapshots.

    A locked book (best bid = best ask) is legal: its spread is zero.
    """

    __slots__ = ("_counts", "_levels", "depth", "event_ns", "recv_ns", "seq", "symbol")

    def __init__(self, symbol: str, depth: int = 0) -> None:
        self.symbol = symbol
        self.depth = depth
        """Levels kept per side, for venues that do not announce what falls out; 0 = all."""
        self._levels = np.zeros((2, 2, START_CAPACITY))
        self.clear()

    def clear(self) -> None:
        """Forget everything: nothing of an old book may survive a resync."""
        self._counts = np.zeros(2, dtype=np.int64)
        self.seq = -1
        self.event_ns = self.recv_ns = 0

    def apply(self, update: BookUpdate) -> None:
        """Take one update. Sequence was checked where it was decoded."""
        if update.is_snapshot:
            self._counts[:] = 0
        self._make_room(len(update.rows))
        merge(self._levels, self._counts, update.rows, update.n_bids, self.depth)
        self.seq = update.seq
        self.event_ns = update.event_ns
        self.recv_ns = update.recv_ns

    @property
    def shape(self) -> Shape:
        """Whether a price can stand on this book."""
        n_bids, n_asks = self._counts
        if n_bids == 0 or n_asks == 0:
            return "empty" if n_bids == n_asks else "one_sided"
        if self._levels[BIDS, PRICES, 0] > self._levels[ASKS, PRICES, 0]:
            return "crossed"
        return "ok"

    @property
    def mid(self) -> float:
        """Mean of best bid and ask; only meaningful while `shape` is ok."""
        return float(self._levels[BIDS, PRICES, 0] + self._levels[ASKS, PRICES, 0]) / 2

    @property
    def level_count(self) -> tuple[int, int]:
        """(bids, asks) held."""
        return int(self._counts[BIDS]), int(self._counts[ASKS])

    def snapshot(self, depth: int = 0) -> BookSnapshot:
        """Frozen copy of the first `depth` levels (0 = all), or BookNotReady."""
        shape = self.shape
        if shape != "ok":
            raise BookNotReady(NOT_READY[shape])
        n_bids, n_asks = (min(n, depth) if depth else n for n in self.level_count)
        copy = self._levels[:, :, : max(n_bids, n_asks)].copy()
        copy.flags.writeable = False
        return BookSnapshot(
            symbol=self.symbol,
            bid_prices=copy[BIDS, PRICES, :n_bids],
            bid_sizes=copy[BIDS, SIZES, :n_bids],
            ask_prices=copy[ASKS, PRICES, :n_asks],
            ask_sizes=copy[ASKS, SIZES, :n_asks],
            seq=self.seq,
            event_ns=self.event_ns,
            recv_ns=self.recv_ns,
        )

    def raw(self) -> tuple[Floats, np.ndarray[tuple[int], np.dtype[np.int64]]]:
        """(levels (2, 2, capacity), counts (2,)) without a copy, for kernels that only read."""
        return self._levels, self._counts

    def _make_room(self, rows: int) -> None:
        needed = max(self._counts.item(BIDS), self._counts.item(ASKS)) + rows
        capacity = self._levels.shape[2]
        if needed > capacity:
            grown = np.zeros((2, 2, max(needed, 2 * capacity)))
            grown[:, :, :capacity] = self._levels
            self._levels = grown


NOT_READY: dict[Shape, str] = {
    "empty": "waiting for the first book",
    "one_sided": "the book has only one side",
    "crossed": "the book is crossed: best bid above best ask",
}
