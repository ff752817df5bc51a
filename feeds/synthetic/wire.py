"""Who listens to what, and the way out: one text per tick and topic, the same bytes to everybody.

The bounded queue of a client is its transport's write buffer: writing never waits, and a client
whose buffer passes the limit is dropped with 4005, as OKX does, so a slow reader cannot slow the
others. Faults act here too: they may replace the next messages of a topic, or silence an
instrument.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict, deque
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Final

from websockets.asyncio.server import ServerConnection, broadcast

from feeds.synthetic.session import Session, Topic

Alter = Callable[[str], list[str]]  # what is sent instead of a text
SLOW_CLIENT: Final = 4005
STAMP: Final = re.compile(r'"ts":"(\d+)"')


class Client:
    """A connection with its conversation and the moment it last heard from us, s."""

    def __init__(self, socket: ServerConnection, session: Session, now_s: float) -> None:
        self.socket = socket
        self.session = session
        self.opened_s = now_s
        self.heard_s = now_s
        self.is_leaving = False


class Wire:
    """Subscriptions and the fan-out."""

    def __init__(self, buffer_limit: int) -> None:
        self.clients: set[Client] = set()
        self.altered: defaultdict[Topic, deque[Alter]] = defaultdict(deque)
        self.silent: set[str] = set()  # instruments that say nothing
        self.is_mute = False  # nobody is told anything, not even pong
        self.skew_ms = 0  # added to every time stamp that is sent
        self._buffer_limit = buffer_limit
        self._listeners: defaultdict[Topic, set[Client]] = defaultdict(set)
        self._closing: set[asyncio.Task[None]] = set()

    # -- subscriptions --------------------------------------------------------------------------

    def topics(self) -> list[Topic]:
        return [topic for topic, clients in self._listeners.items() if clients]

    def is_heard(self, topic: Topic) -> bool:
        return bool(self._listeners.get(topic))

    def open(self, client: Client, topic: Topic) -> None:
        self._listeners[topic].add(client)

    def close(self, client: Client, topic: Topic) -> None:
        self._listeners[topic].discard(client)

    def forget(self, client: Client) -> None:
        """The connection is gone."""
        self.clients.discard(client)
        for topic in client.session.topics:
            self._listeners[topic].discard(client)

    # -- sending --------------------------------------------------------------------------------

    def tell(self, client: Client, text: str, now_s: float) -> None:
        """One text to one client."""
        if not self.is_mute:
            broadcast((client.socket,), self._stamped(text))
            client.heard_s = now_s

    def publish(self, topic: Topic, texts: Iterable[str], now_s: float) -> None:
        """Texts to everybody who listens to ``topic``, after the faults have had their way."""
        for text in self._through_faults(topic, texts):
            listeners = self._listeners[topic]
            broadcast([client.socket for client in listeners], self._stamped(text))
            for client in listeners:
                client.heard_s = now_s
                if client.socket.transport.get_write_buffer_size() > self._buffer_limit:
                    self.drop(client, SLOW_CLIENT, "buffer full")

    def _through_faults(self, topic: Topic, texts: Iterable[str]) -> Iterable[str]:
        if self.is_mute or topic.inst_id in self.silent:
            return ()
        pending = self.altered.get(topic)
        if not pending:
            return texts
        altered: list[str] = []
        for text in texts:
            altered += pending.popleft()(text) if pending else (text,)
        return altered

    def _stamped(self, text: str) -> str:
        if not self.skew_ms:
            return text
        return STAMP.sub(lambda found: f'"ts":"{int(found[1]) + self.skew_ms}"', text)

    # -- ending ---------------------------------------------------------------------------------

    def drop(self, client: Client, code: int, reason: str) -> None:
        """Close with ``code``; a client that does not even read that is cut off."""
        if not client.is_leaving:
            client.is_leaving = True
            self.start(_close(client.socket, code, reason))

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a closing in the background and keep hold of it."""
        task = asyncio.create_task(work)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def finish(self) -> None:
        """Give up what is still closing."""
        for task in self._closing:
            task.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)


async def _close(socket: ServerConnection, code: int, reason: str) -> None:
    try:
        await asyncio.wait_for(socket.close(code, reason), timeout=2.0)
    except TimeoutError:
        socket.transport.abort()
