"""A book's messages made wrong, and later put right from what the book really holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from feeds.synthetic.channels import LinkedBook
from feeds.synthetic.depth_view import Change
from feeds.synthetic.messages import fields
from feeds.synthetic.wire import Alter

Data = dict[str, Any]  # the one entry of a book message's data
Rows = list[list[str]]


def edit(change: Callable[[Data], None]) -> Alter:
    """An alteration that rewrites the data of a message in place."""

    def alter(text: str) -> list[str]:
        message = msgspec.json.decode(text)
        change(message["data"][0])
        return [msgspec.json.encode(message).decode()]

    return alter


class SpoiledBook:
    """The view's truth is read when a message passes, not when the fault is ordered."""

    def __init__(self, book: LinkedBook, side: str = "asks") -> None:
        self._book = book
        self._side = side
        self._tick = 0

    def cross(self, data: Data) -> None:
        """Put a bid above the best ask."""
        self._bid_at(data, ticks_above=1)

    def lock(self, data: Data) -> None:
        """Put a bid at the best ask."""
        self._bid_at(data, ticks_above=0)

    def _bid_at(self, data: Data, ticks_above: int) -> None:
        best_ask = self._levels("asks")[0]
        self._tick = best_ask.tick + ticks_above
        data["bids"] = [*data["bids"], *self._rows([Change(self._tick, best_ask.lots)])]

    def uncross(self, data: Data) -> None:
        """Say what really rests at that price."""
        truth = next((level for level in self._levels("bids") if level.tick == self._tick), None)
        (row,) = self._rows([truth or Change(self._tick, 0)])
        data["bids"] = [*(other for other in data["bids"] if other[0] != row[0]), row]

    def empty(self, data: Data) -> None:
        """Remove every level of the side, also those that were about to leave."""
        prices = {row[0] for row in data[self._side] + self._rows(self._levels(self._side))}
        data[self._side] = [[price, "0", "0", "0"] for price in sorted(prices)]

    def restore(self, data: Data) -> None:
        """Bring the whole side back."""
        data[self._side] = self._rows(self._levels(self._side))

    def _levels(self, side: str) -> list[Change]:
        bids, asks = self._book.view.rows()
        return bids if side == "bids" else asks

    def _rows(self, levels: list[Change]) -> Rows:
        listed = self._book.listing.instrument
        return [[price, size, "0", orders] for price, size, orders in fields(listed, levels)]
