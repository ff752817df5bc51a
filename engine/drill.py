"""Fault drills: the embedded exchange misbehaves on command, so that users see what Fathom does.

Only the demo can be told to: nothing here reaches a venue or a recording.
"""

import asyncio
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import msgspec

from feeds.base import Endpoint
from feeds.connection import Connection
from feeds.synthetic import Exchange
from feeds.synthetic.fault_options import Fault as Fault
from feeds.synthetic.fault_options import Value
from feeds.synthetic.faults import CATALOG as CATALOG
from market.errors import OrderError

NOWHERE: Final = "wss://nowhere.invalid/ws/v5/public"
"""A name that no resolver may ever find (RFC 2606)."""


def find(fault: str) -> Fault:
    """The catalogue's entry; OrderError names those there are."""
    if fault not in CATALOG:
        raise OrderError("fault", f"{fault!r} is not known", ", ".join(CATALOG))
    return CATALOG[fault]


def chosen(fault: Fault, options: Mapping[str, Value]) -> dict[str, object]:
    """What was chosen, and the defaults; OrderError names the option and what it may be."""
    known = {option.name: option for option in fault.options}
    for name in options:
        if name not in known:
            allowed = ", ".join(known) or "none"
            raise OrderError("option", f"{fault.label} has no option {name[:40]!r}", allowed)
    found: dict[str, object] = {}
    for name, option in known.items():
        try:
            found[name] = option.read(options.get(name, option.default))
        except ValueError as error:
            raise OrderError(name, str(error), option.allowed) from None
    return found


def inflict(
    exchange: Exchange, fault: Fault, symbol: str | None, options: dict[str, object]
) -> None:
    """Let the exchange misbehave. OrderError for an option that cannot be."""
    target = symbol if fault.is_of_instrument else None
    try:
        exchange.inject(fault.name, target, **options)
    except ValueError as error:
        raise OrderError("fault", str(error)) from None
    if fault.name == "refuse":
        # A subscription has to happen before one can be refused: that of a broken book.
        exchange.inject("gap", target)


async def misdirect(
    connection: Connection, exchange: Exchange, fault: Fault, seconds: float
) -> None:
    """Cut the line and look for the exchange in the wrong place for a while."""
    right = connection.endpoint
    connection.endpoint = msgspec.structs.replace(right, ws_url=_wrong_url(fault, right))
    exchange.inject("tcp_reset")
    try:
        await asyncio.sleep(seconds)
    finally:
        connection.endpoint = right


def _wrong_url(fault: Fault, right: Endpoint) -> str:
    if fault.name == "tls":
        return urlsplit(right.ws_url)._replace(scheme="wss").geturl()
    return NOWHERE
