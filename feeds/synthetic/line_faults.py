"""Faults of a connection, of the clock and of REST. One small function each.

No instrument means every connection, where a fault can be of one at all.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import msgspec

from feeds.synthetic.fault_parts import Exchange, after
from feeds.synthetic.wire import Client

NOTICE_LEAD_S: Final = 60.0  # between the upgrade notice and the end, as OKX announces it
GOING_AWAY: Final = 1001
ABNORMAL: Final = 1006  # never on the wire: the socket ends without a close frame
HUGE: Final = 10_000_000
STRANGER: Final = "NOBODY-LISTED-THIS"


def stall(exchange: Exchange, instrument: str | None, *, seconds: float | None = None) -> None:
    """Silence with the socket open, for ``seconds`` or until ``resume``. All: not even pong."""
    if instrument is None:
        exchange.wire.is_mute = True
    else:
        exchange.wire.silent.add(instrument)
    if seconds is not None:
        exchange.wire.start(after(seconds, lambda: resume(exchange, instrument)))


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

    exchange.wire.start(after(lead_s, end))


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


def age_cut(exchange: Exchange, instrument: str | None, *, seconds: float = 86_400.0) -> None:
    """Every present connection ends with 1001 when it is ``seconds`` old, without a notice."""
    now_s = asyncio.get_running_loop().time()
    for client in list(exchange.wire.clients):

        def end(aged: Client = client) -> None:
            exchange.wire.drop(aged, GOING_AWAY, "connection too old")

        exchange.wire.start(after(max(0.0, client.opened_s + seconds - now_s), end))


def huge_frame(exchange: Exchange, instrument: str | None, *, size: int = HUGE) -> None:
    """One message of ``size`` bytes to everybody."""
    text = '{"pad":"' + "x" * (size - 10) + '"}'
    for client in list(exchange.wire.clients):
        exchange.wire.tell(client, text, asyncio.get_running_loop().time())


def stranger(exchange: Exchange, instrument: str | None, *, symbol: str = STRANGER) -> None:
    """An update of an instrument that is on no list."""
    row = ["1", "1", "0", "1"]
    data = {"asks": [row], "bids": [], "ts": "1", "checksum": 0, "prevSeqId": 1, "seqId": 2}
    arg = {"channel": "books", "instId": symbol}
    text = msgspec.json.encode({"arg": arg, "action": "update", "data": [data]}).decode()
    for client in list(exchange.wire.clients):
        exchange.wire.tell(client, text, asyncio.get_running_loop().time())


def clock_skew(
    exchange: Exchange,
    instrument: str | None,
    *,
    seconds: float = 30.0,
    lasts_s: float | None = None,
) -> None:
    """Time stamps run ``seconds`` ahead (below 0: behind), for ``lasts_s`` or until 0 is set."""
    exchange.wire.skew_ms = round(1e3 * seconds)
    if lasts_s is not None:
        exchange.wire.start(after(lasts_s, lambda: clock_skew(exchange, None, seconds=0.0)))
