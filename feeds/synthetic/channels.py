"""What each public channel says: a greeting to a new subscriber, then news on each tick.

A channel is one per instrument and speaks to all its subscribers at once; it is asked for news only
while somebody listens.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final

import msgspec

from feeds.synthetic import messages
from feeds.synthetic.depth_view import Change, DepthView
from feeds.synthetic.listing import Listing

KEEP_ALIVE_MS: Final = 60_000
TICKER_PERIOD_MS: Final = 100


class Channel(ABC):
    """One channel of one instrument."""

    def __init__(self, name: str, listing: Listing) -> None:
        self.name = name
        self.listing = listing
        self.sent_ms = listing.built_ms  # when subscribers last heard something

    def wake(self) -> None:
        """The first subscriber has come: forget what an earlier audience knew."""
        self.sent_ms = self.listing.built_ms

    @abstractmethod
    def greeting(self) -> list[str]:
        """What a new subscriber gets after the acknowledgement."""

    @abstractmethod
    def news(self) -> list[str]:
        """What all subscribers get for the tick just computed; empty when nothing changed."""


class LinkedBook(Channel):
    """books, books-l2-tbt, books50-l2-tbt: a snapshot, then updates that name their predecessor."""

    def __init__(self, name: str, listing: Listing, levels: int, with_checksum: bool) -> None:
        super().__init__(name, listing)
        self._with_checksum = with_checksum
        self.view = DepthView(listing.flow.ladder, levels)
        self.last_seq = listing.seq

    def wake(self) -> None:
        super().wake()
        self.view.changes()
        self.last_seq = self.listing.seq

    def greeting(self) -> list[str]:
        return [self._text("snapshot", *self.view.rows(), seq=self.last_seq, previous=-1)]

    def news(self) -> list[str]:
        bids, asks = self.view.changes()
        if bids or asks:
            previous, self.last_seq = self.last_seq, self.listing.seq
            return [self._text("update", bids, asks, seq=self.last_seq, previous=previous)]
        if self.listing.built_ms - self.sent_ms >= KEEP_ALIVE_MS:
            return [self.keep_alive()]
        return []

    def keep_alive(self) -> str:
        """Nothing changed: empty sides, and a link from the last message to itself."""
        return self._text("update", [], [], seq=self.last_seq, previous=self.last_seq)

    def restate(self) -> str:
        """An update that says again what rests at the touch: sound, linked, and no news."""
        self.listing.seq += 1
        previous, self.last_seq = self.last_seq, self.listing.seq
        bids, asks = self.view.rows()
        return self._text("update", bids[:1], asks[:1], seq=self.last_seq, previous=previous)

    def _text(
        self,
        action: str,
        bids: list[Change],
        asks: list[Change],
        *,
        seq: int,
        previous: int,
    ) -> str:
        checksum = 0
        if self._with_checksum:
            checksum = messages.checksum(self.listing.instrument, *self.view.rows())
        return messages.book(
            self.name,
            action,
            self.listing,
            bids,
            asks,
            seq=seq,
            previous=previous,
            checksum=checksum,
        )


class TopOfBook(Channel):
    """books5 and bbo-tbt: the whole top each time it changes."""

    def __init__(self, name: str, listing: Listing, levels: int) -> None:
        super().__init__(name, listing)
        self._view = DepthView(listing.flow.ladder, levels)

    def wake(self) -> None:
        super().wake()
        self._view.changes()

    def greeting(self) -> list[str]:
        body = messages.sides(self.listing, *self._view.rows())
        return [messages.top(self.name, self.listing, body)]

    def news(self) -> list[str]:
        bids, asks = self._view.changes()
        return self.greeting() if bids or asks else []


class Trades(Channel):
    def greeting(self) -> list[str]:
        return [messages.trade(self.listing.instrument, self.listing.last)]

    def news(self) -> list[str]:
        instrument = self.listing.instrument
        return [messages.trade(instrument, printed) for printed in self.listing.printed]


class Ticker(Channel):
    """At most every 100 ms."""

    _ENCODER: Final = msgspec.json.Encoder()

    def greeting(self) -> list[str]:
        arg = {"channel": self.name, "instId": self.listing.instrument.inst_id}
        message = {"arg": arg, "data": [messages.ticker(self.listing)]}
        return [self._ENCODER.encode(message).decode()]

    def news(self) -> list[str]:
        if self.listing.built_ms - self.sent_ms < TICKER_PERIOD_MS:
            return []
        return self.greeting()


PUBLIC_CHANNELS: Final = (
    # In the order OKX pushes the book channels; prints first, since they caused the changes.
    "trades",
    "bbo-tbt",
    "books-l2-tbt",
    "books50-l2-tbt",
    "books",
    "books5",
    "tickers",
)


def build_channel(name: str, listing: Listing, *, with_checksum: bool) -> Channel:
    """The channel called ``name``, one of PUBLIC_CHANNELS."""
    match name:
        case "books" | "books-l2-tbt":
            return LinkedBook(name, listing, listing.levels, with_checksum)
        case "books50-l2-tbt":
            return LinkedBook(name, listing, min(50, listing.levels), with_checksum)
        case "books5":
            return TopOfBook(name, listing, min(5, listing.levels))
        case "bbo-tbt":
            return TopOfBook(name, listing, 1)
        case "trades":
            return Trades(name, listing)
        case _:
            return Ticker(name, listing)
