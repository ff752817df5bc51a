"""What faults share: what they may touch, and how an altered message reaches the wire."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

from feeds.synthetic.channels import Channel, LinkedBook
from feeds.synthetic.listing import Listing
from feeds.synthetic.session import Topic
from feeds.synthetic.wire import Alter, Wire


class Exchange(Protocol):
    """What a fault may touch."""

    wire: Wire
    channels: dict[Topic, Channel]
    refusals: list[tuple[str | None, str]]
    http_errors: list[tuple[int, dict[str, str]]]

    @property
    def listings(self) -> Mapping[str, Listing]: ...


def chosen(exchange: Exchange, instrument: str | None) -> list[str]:
    """The instrument, or all of them."""
    return [instrument] if instrument is not None else list(exchange.listings)


def books(exchange: Exchange, instrument: str | None, channel: str) -> list[LinkedBook]:
    """Their linked channel of that name."""
    found = []
    for inst_id in chosen(exchange, instrument):
        book = exchange.channels.get(Topic(channel, inst_id))
        if not isinstance(book, LinkedBook):
            raise ValueError(f"not a linked book channel: {channel}")
        found.append(book)
    return found


def topic_of(book: LinkedBook) -> Topic:
    """Where its messages are published."""
    return Topic(book.name, book.listing.instrument.inst_id)


def alter(exchange: Exchange, book: LinkedBook, *alters: Alter) -> None:
    """Let the next messages of a book pass through these, one each."""
    exchange.wire.altered[topic_of(book)].extend(alters)


def publish(exchange: Exchange, book: LinkedBook, *texts: str) -> None:
    """Say something now to all who listen to a book."""
    exchange.wire.publish(topic_of(book), texts, asyncio.get_running_loop().time())


def nothing(_: str) -> list[str]:
    """Lose a message."""
    return []


def as_it_is(text: str) -> list[str]:
    """Let a message pass."""
    return [text]


async def after(seconds: float, act: Callable[[], None]) -> None:
    """Do it later."""
    await asyncio.sleep(seconds)
    act()
