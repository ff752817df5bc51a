"""Faults of a book: its chain of updates, and what is in them. One small function each.

They act on the next messages of one linked channel (option ``channel``). No instrument: all.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from feeds.synthetic.fault_parts import (
    Exchange,
    alter,
    as_it_is,
    books,
    chosen,
    nothing,
    publish,
)
from feeds.synthetic.spoiled_book import Rows, SpoiledBook, edit
from feeds.synthetic.wire import Alter

BAD_NUMBERS: Final = {
    "negative": "-1",
    "nan": "NaN",
    "infinite": "Infinity",
    "zero": "0.0",
    "exponent": "1e-3",
    "text": "x",
}
WRONG_CHECKSUM: Final = 1
BURST_STEP_S: Final = 0.01
MOST_PER_S: Final = 20_000

# -- the chain of updates -------------------------------------------------------------------------


def gap(
    exchange: Exchange, instrument: str | None, *, count: int = 1, channel: str = "books"
) -> None:
    """Lose the next ``count`` updates."""
    for book in books(exchange, instrument, channel):
        alter(exchange, book, *[nothing] * count)


def duplicate(exchange: Exchange, instrument: str | None, *, channel: str = "books") -> None:
    """Send the next update twice."""
    for book in books(exchange, instrument, channel):
        alter(exchange, book, lambda text: [text, text])


def reorder(exchange: Exchange, instrument: str | None, *, channel: str = "books") -> None:
    """Send the next two updates in the wrong order."""

    def swapped() -> tuple[Alter, Alter]:
        held: list[str] = []

        def hold(text: str) -> list[str]:
            held.append(text)
            return []

        return hold, lambda text: [text, *held]

    for book in books(exchange, instrument, channel):
        alter(exchange, book, *swapped())


def sequence_reset(exchange: Exchange, instrument: str | None, *, to: int = 3) -> None:
    """Maintenance reset, which is legal: the next update links on, but its seqId is small."""
    for inst_id in chosen(exchange, instrument):
        exchange.listings[inst_id].seq = to


def keep_alive(exchange: Exchange, instrument: str | None, *, channel: str = "books") -> None:
    """Say now what a quiet book says after a minute: empty sides, prevSeqId equal to seqId."""
    for book in books(exchange, instrument, channel):
        publish(exchange, book, book.keep_alive())


# -- wrong content --------------------------------------------------------------------------------


def crossed(
    exchange: Exchange, instrument: str | None, *, updates: int = 3, channel: str = "books"
) -> None:
    """A bid above the best ask for ``updates`` updates; the one after puts it right."""
    for book in books(exchange, instrument, channel):
        spoiled = SpoiledBook(book)
        between = [as_it_is] * (updates - 1)
        alter(exchange, book, edit(spoiled.cross), *between, edit(spoiled.uncross))


def one_sided(
    exchange: Exchange,
    instrument: str | None,
    *,
    side: str = "asks",
    updates: int = 3,
    channel: str = "books",
) -> None:
    """No level left on one side for ``updates`` updates; the one after brings it back."""
    if side not in ("asks", "bids"):
        raise ValueError(f"side must be asks or bids, not {side!r}")
    for book in books(exchange, instrument, channel):
        spoiled = SpoiledBook(book, side)
        alter(exchange, book, *[edit(spoiled.empty)] * updates, edit(spoiled.restore))


def junk(
    exchange: Exchange,
    instrument: str | None,
    *,
    text: str = '{"arg":{"channel":"books","instId":',
    channel: str = "books",
) -> None:
    """Malformed JSON instead of the next update."""
    for book in books(exchange, instrument, channel):
        alter(exchange, book, lambda _: [text])


def bad_number(
    exchange: Exchange,
    instrument: str | None,
    *,
    kind: str = "nan",
    field: str = "size",
    channel: str = "books",
) -> None:
    """One row of the next update has an impossible price or size (kinds: BAD_NUMBERS)."""
    if kind not in BAD_NUMBERS or field not in ("price", "size"):
        raise ValueError(f"kind in {', '.join(BAD_NUMBERS)}; field price or size")

    def spoil(data: dict[str, Any]) -> None:
        rows: Rows = data["asks"] or data["bids"]
        if not rows:
            rows = data["asks"]
            rows.append(["1", "1", "0", "1"])
        rows[0][0 if field == "price" else 1] = BAD_NUMBERS[kind]

    for book in books(exchange, instrument, channel):
        alter(exchange, book, edit(spoil))


def locked(
    exchange: Exchange, instrument: str | None, *, updates: int = 3, channel: str = "books"
) -> None:
    """A bid at the best ask for ``updates`` updates; the one after puts it right."""
    for book in books(exchange, instrument, channel):
        spoiled = SpoiledBook(book)
        between = [as_it_is] * (updates - 1)
        alter(exchange, book, edit(spoiled.lock), *between, edit(spoiled.uncross))


def checksum(exchange: Exchange, instrument: str | None, *, channel: str = "books") -> None:
    """The next update carries a checksum that no book has."""

    def spoil(data: dict[str, Any]) -> None:
        data["checksum"] = WRONG_CHECKSUM

    for book in books(exchange, instrument, channel):
        alter(exchange, book, edit(spoil))


def burst(
    exchange: Exchange,
    instrument: str | None,
    *,
    rate: int = 1_000,
    seconds: float = 2.0,
    channel: str = "books",
) -> None:
    """``rate`` sound updates a second, each saying again what rests at the touch."""
    if not 0 < rate <= MOST_PER_S:
        raise ValueError(f"rate must be above 0 and at most {MOST_PER_S}")
    found = books(exchange, instrument, channel)

    async def flood() -> None:
        sent, started = 0, asyncio.get_running_loop().time()
        while (elapsed := asyncio.get_running_loop().time() - started) < seconds:
            while sent < rate * elapsed:
                book = found[sent % len(found)]
                publish(exchange, book, book.restate())
                sent += 1
            await asyncio.sleep(BURST_STEP_S)

    exchange.wire.start(flood())
