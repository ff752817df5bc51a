"""GoQuant relay of OKX books: facts and decoding. One instance per connection, no I/O.

The address is the subscription, one symbol each; nothing is sent. Every message is a whole book:

    {"timestamp":"2026-11-20T10:00:00Z","exchange":"OKX","symbol":"BTC-USDT-SWAP",
     "asks":[["60000.1","12.5"],["60000.3","3"]],"bids":[["60000","40.01"],["59999.8","7"]]}

Sizes are OKX's own unit: contracts for swaps and futures. Instruments, volume and candles are
OKX's as well. There is no number and no checksum; what can be checked is that a message is about
the symbol that was asked for, sorted, and not a change that pretends to be a book. Badly crossed
books have been seen: they are handed on as they are, and refused where trust is judged.
"""

from collections.abc import Sequence
from typing import ClassVar, Final

import numpy as np

from feeds import figures
from feeds.base import DecodeError, FeedEvent, Unavailable, Venue
from feeds.goquant_scan import BOOK, SHORTEST_ROW, Book, is_whole, scan
from feeds.okx_scan import UNEXPECTED
from feeds.stamps import iso_ns
from market.book import BookUpdate
from market.instrument import Floats, Instrument, Kind

RELAYED: Final = "OKX"
LARGEST_FALL: Final = 4
"""A side with less than a quarter of the rows of the last book looks like a change."""


class GoQuant(Venue):
    """OKX books at second hand."""

    name: ClassVar[str] = "goquant"
    max_frame_bytes: ClassVar[int] = 4 << 20
    quiet_book_s: ClassVar[float | None] = 15.0
    clock_step_s: ClassVar[float] = 1.0
    unverified: ClassVar[str] = (
        "unverified: the relay numbers nothing and sends no checksum, so a book that lacks a part "
        "cannot be told from a whole one"
    )

    def __init__(self, instruments: dict[str, Instrument]) -> None:
        super().__init__(instruments)
        self.reset()

    @classmethod
    def warm_up(cls) -> None:
        """Compile the scanner, or load it from numba's cache."""
        scan(b"{}", np.empty((1, 2)), 1.0, False)

    def reset(self) -> None:
        """A new connection: how many rows a book has is not known yet."""
        self._asked: set[str] = set()
        self._rows_of: dict[str, tuple[int, int]] = {}
        """Rows of the last whole book (bids, asks), by symbol."""

    def subscribe(self, symbols: Sequence[str]) -> list[str]:
        """Nothing to send: the address says it."""
        self._asked.update(symbols)
        return []

    def unsubscribe(self, symbols: Sequence[str]) -> list[str]:
        """Nothing to send."""
        self._asked.difference_update(symbols)
        return []

    def resync(self, symbol: str) -> list[str]:
        """Only a new connection is a new request."""
        raise Unavailable(
            f"GoQuant {symbol}: the relay is asked anew by connecting anew", ends_connection=True
        )

    def receive(self, frame: bytes, recv_ns: int) -> Sequence[FeedEvent]:
        """Decode one frame: the expected message in one compiled pass, the rest by msgspec."""
        symbol = self._only_symbol()
        instrument = self.instruments.get(symbol)
        if instrument is None:
            return (self._decode(frame, recv_ns),)
        rows = np.empty((len(frame) // SHORTEST_ROW + 1, 2))
        n_rows, n_bids, *places = scan(
            frame, rows, instrument.contract_size, instrument.kind is Kind.INVERSE
        )
        if n_rows == UNEXPECTED:
            return (self._decode(frame, recv_ns),)
        stamp, exchange, about = (
            frame[begin:end].decode() for begin, end in zip(places[::2], places[1::2], strict=True)
        )
        self._check_subject(exchange, about)
        return (self._update(instrument, rows[:n_rows], n_bids, stamp, recv_ns),)

    def _only_symbol(self) -> str:
        """What this connection is about; nothing where a recording plays what it holds."""
        known = self._asked or self._rows_of
        return next(iter(known)) if len(known) == 1 else ""

    def _decode(self, frame: bytes, recv_ns: int) -> BookUpdate:
        """A message that the scanner did not take: another shape, or wrong."""
        try:
            book: Book = figures.decode(frame, BOOK, "GoQuant", "a message")
        except DecodeError as error:
            raise DecodeError(str(error), resync=self._only_symbol() or None) from error
        self._check_subject(book.exchange, book.symbol)
        instrument = self.instrument(book.symbol)
        rows = figures.levels(book.bids, book.asks, instrument)
        if not is_whole(rows, len(book.bids)):
            raise DecodeError(
                f"GoQuant {book.symbol}: a size of zero or a price out of order: this is no whole "
                "book, and a change cannot be trusted without numbers",
                resync=book.symbol,
            )
        return self._update(instrument, rows, len(book.bids), book.timestamp, recv_ns)

    def _check_subject(self, exchange: str, symbol: str) -> None:
        if self._asked and symbol not in self._asked:
            expected = ", ".join(sorted(self._asked))
            raise DecodeError(
                f"GoQuant: asked for {expected}, got {symbol[:40]!r}",
                resync=self._only_symbol() or None,
            )
        if exchange.upper() != RELAYED:
            raise DecodeError(
                f"GoQuant {symbol}: a book of {exchange[:40]!r} instead of {RELAYED}",
                resync=symbol,
            )

    def _update(
        self, instrument: Instrument, rows: Floats, n_bids: int, stamp: str, recv_ns: int
    ) -> BookUpdate:
        """A whole book, unless it has suspiciously few rows."""
        symbol, n_asks = instrument.venue_symbol, len(rows) - n_bids
        last_bids, last_asks = self._rows_of.get(symbol, (n_bids, n_asks))
        if n_bids * LARGEST_FALL < last_bids or n_asks * LARGEST_FALL < last_asks:
            raise DecodeError(
                f"GoQuant {symbol}: {n_bids} bids and {n_asks} asks after {last_bids} and "
                f"{last_asks}: this looks like a change, not a book",
                resync=symbol,
            )
        try:
            event_ns = iso_ns(stamp, "GoQuant", symbol)
        except DecodeError as error:
            raise DecodeError(str(error), resync=symbol) from error
        self._rows_of[symbol] = n_bids, n_asks
        return BookUpdate(
            symbol=symbol,
            is_snapshot=True,
            rows=rows,
            n_bids=n_bids,
            seq=-1,
            event_ns=event_ns,
            recv_ns=recv_ns,
        )
