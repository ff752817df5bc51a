"""Ways in which the exchange misbehaves on command, one small function each.

A fault changes what is sent, never the market: a fresh subscription afterwards gets a sound book.
Faults of a book act on the next messages of one linked channel (option ``channel``, default books).
No instrument means all of them.

    exchange.inject("gap", "BTC-USDT-SWAP")
    exchange.inject("close", code=4004)
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final, Protocol

import msgspec

from feeds.synthetic.channels import Channel, LinkedBook
from feeds.synthetic.listing import Listing
from feeds.synthetic.session import Topic
from feeds.synthetic.spoiled_book import Rows, SpoiledBook, edit
from feeds.synthetic.wire import Alter, Wire

NOTICE_LEAD_S: Final = 60.0  # between the upgrade notice and the end, as OKX announces it
GOING_AWAY: Final = 1001
ABNORMAL: Final = 1006  # never on the wire: the socket ends without a close frame
BAD_NUMBERS: Final = {
    "negative": "-1",
    "nan": "NaN",
    "infinite": "Infinity",
    "zero": "0.0",
    "exponent": "1e-3",
    "text": "x",
}


class Exchange(Protocol):
    """What a fault may touch."""

    wire: Wire
    channels: dict[Topic, Channel]
    refusals: list[tuple[str | None, str]]
    http_errors: list[tuple[int, dict[str, str]]]

    @property
    def listings(self) -> Mapping[str, Listing]: ...


def inject(exchange: Exchange, name: str, instrument: str | None, **options: Any) -> None:
    """Run the fault called ``name``; unknown names and instruments are refused."""
    if name not in FAULTS:
        raise ValueError(f"unknown fault {name!r}; known: {', '.join(sorted(FAULTS))}")
    if instrument is not None and instrument not in exchange.listings:
        raise ValueError(f"not listed: {instrument}")
    FAULTS[name](exchange, instrument, **options)


# -- the chain of updates -------------------------------------------------------------------------


def gap(
    exchange: Exchange, instrument: str | None, *, count: int = 1, channel: str = "books"
) -> None:
    """Lose the next ``count`` updates."""
    for book in _books(exchange, instrument, channel):
        _alter(exchange, book, *[_nothing] * count)


def duplicate(exchange: Exchange, instrument: str | None, *, channel: str = "books") -> None:
    """Send the next update twice."""
    for book in _books(exchange, instrument, channel):
        _alter(exchange, book, lambda text: [text, text])


def reorder(exchange: Exchange, instrument: str | None, *, channel: str = "books") -> None:
    """Send the next two updates in the wrong order."""

    def swapped() -> tuple[Alter, Alter]:
        held: list[str] = []

        def hold(text: str) -> list[str]:
            held.append(text)
            return []

        return hold, lambda text: [text, *held]

    for book in _books(exchange, instrument, channel):
        _alter(exchange, book, *swapped())


def sequence_reset(exchange: Exchange, instrument: str | None, *, to: int = 3) -> None:
    """Maintenance reset, which is legal: the next update links on, but its seqId is small."""
    for inst_id in _chosen(exchange, instrument):
        exchange.listings[inst_id].seq = to


def keep_alive(exchange: Exchange, instrument: str | None, *, channel: str = "books") -> None:
    """Say now what a quiet book says after a minute: empty sides, prevSeqId equal to seqId."""
    for book in _books(exchange, instrument, channel):
        _publish(exchange, _topic(book), book.keep_alive())


# -- wrong content --------------------------------------------------------------------------------


def crossed(
    exchange: Exchange, instrument: str | None, *, updates: int = 3, channel: str = "books"
) -> None:
    """A bid above the best ask for ``updates`` updates; the one after puts it right."""
    for book in _books(exchange, instrument, channel):
        spoiled = SpoiledBook(book)
        between = [_as_it_is] * (updates - 1)
        _alter(exchange, book, edit(spoiled.cross), *between, edit(spoiled.uncross))


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
    for book in _books(exchange, instrument, channel):
        spoiled = SpoiledBook(book, side)
        _alter(exchange, book, *[edit(spoiled.empty)] * updates, edit(spoiled.restore))


def junk(
    exchange: Exchange,
    instrument: str | None,
    *,
    text: str = '{"arg":{"channel":"books","instId":',
    channel: str = "books",
) -> None:
    """Malformed JSON instead of the next update."""
    for book in _books(exchange, instrument, channel):
        _alter(exchange, book, lambda _: [text])


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

    for book in _books(exchange, instrument, channel):
        _alter(exchange, book, edit(spoil))


# -- the connection -------------------------------------------------------------------------------


def stall(exchange: Exchange, instrument: str | None, *, seconds: float | None = None) -> None:
    """Silence with the socket open, for ``seconds`` or until ``resume``. All: not even pong."""
    if instrument is None:
        exchange.wire.is_mute = True
    else:
        exchange.wire.silent.add(instrument)
    if seconds is not None:
        exchange.wire.start(_after(seconds, lambda: resume(exchange, instrument)))


def resume(exchange: Exchange, instrument: str | None) -> None:
    """End a stall. What was said meanwhile is lost, so books show a gap."""
    if instrument is None:
        exchange.wire.is_mute = False
        exchange.wire.silent.clear()
    else:
        exchange.wire.silent.discard(instrument)


def tcp_reset(exchange: Exchange, instrument: str | None) -> None:
    """Every connection ends with a TCP reset."""
    for client in list(exchange.wire.clients):
        raw = client.socket.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.socket.transport.abort()


def close(
    exchange: Exchange, instrument: str | None, *, code: int = ABNORMAL, reason: str = ""
) -> None:
    """Close every connection with ``code``; 1006 ends them without a word."""
    for client in list(exchange.wire.clients):
        if code == ABNORMAL:
            client.socket.transport.abort()
        else:
            exchange.wire.drop(client, code, reason)


def notice(exchange: Exchange, instrument: str | None, *, lead_s: float = NOTICE_LEAD_S) -> None:
    """Announce a service upgrade (64008) and close every present connection ``lead_s`` later."""
    told = list(exchange.wire.clients)
    now_s = asyncio.get_running_loop().time()
    for client in told:
        event = {
            "event": "notice",
            "code": "64008",
            "msg": "The connection will soon be closed for a service upgrade. Please reconnect.",
            "connId": client.session.conn_id,
        }
        exchange.wire.tell(client, msgspec.json.encode(event).decode(), now_s)

    def end() -> None:
        for client in told:
            exchange.wire.drop(client, GOING_AWAY, "service upgrade")

    exchange.wire.start(_after(lead_s, end))


def refuse(
    exchange: Exchange, instrument: str | None, *, code: str = "60018", count: int = 1
) -> None:
    """Answer the next ``count`` subscriptions with an error."""
    exchange.refusals += [(instrument, code)] * count


def http_error(
    exchange: Exchange,
    instrument: str | None,
    *,
    status: int = 503,
    count: int = 1,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Answer the next ``count`` REST calls with ``status``."""
    exchange.http_errors += [(HTTPStatus(status).value, dict(headers or {}))] * count


FAULTS: Final[dict[str, Callable[..., None]]] = {
    fault.__name__: fault
    for fault in (
        gap,
        duplicate,
        reorder,
        sequence_reset,
        keep_alive,
        crossed,
        one_sided,
        junk,
        bad_number,
        stall,
        resume,
        tcp_reset,
        close,
        notice,
        refuse,
        http_error,
    )
}


# -- how they reach the wire ----------------------------------------------------------------------


def _nothing(_: str) -> list[str]:
    return []


def _as_it_is(text: str) -> list[str]:
    return [text]


def _chosen(exchange: Exchange, instrument: str | None) -> list[str]:
    return [instrument] if instrument is not None else list(exchange.listings)


def _books(exchange: Exchange, instrument: str | None, channel: str) -> list[LinkedBook]:
    books = []
    for inst_id in _chosen(exchange, instrument):
        book = exchange.channels.get(Topic(channel, inst_id))
        if not isinstance(book, LinkedBook):
            raise ValueError(f"not a linked book channel: {channel}")
        books.append(book)
    return books


def _topic(book: LinkedBook) -> Topic:
    return Topic(book.name, book.listing.instrument.inst_id)


def _alter(exchange: Exchange, book: LinkedBook, *alters: Alter) -> None:
    exchange.wire.altered[_topic(book)].extend(alters)


def _publish(exchange: Exchange, topic: Topic, text: str) -> None:
    exchange.wire.publish(topic, [text], asyncio.get_running_loop().time())


async def _after(seconds: float, act: Callable[[], None]) -> None:
    await asyncio.sleep(seconds)
    act()
