"""A browser tab reduced to its socket: loads the page, says hello, takes what the server sends.

It speaks as much of Engine.IO and Socket.IO as NiceGUI's own script does when nobody types: the
hello in the address, pong for ping, and an acknowledgement every three seconds.
"""

import asyncio
import re
import time
from ast import literal_eval
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import msgspec
from websockets.asyncio.client import ClientConnection, connect

QUERY = re.compile(r"query: (\{.*?\}),")
MESSAGE_ID = re.compile(r'"_id":(\d+)\}\]$')
ACK_S = 3.0
LADDER = r"\"ladder\""
"""In a message of the Trade page that brings a new ladder."""
OPEN, PING, PONG, CONNECT, EVENT = "0", "2", "3", "40", "42"


@dataclass(slots=True)
class Traffic:
    """What came since the last `clear`."""

    painted: int = 0
    """Messages that paint."""
    received: int = 0
    """Bytes of all messages."""

    def clear(self) -> None:
        """Count from here on."""
        self.painted = self.received = 0


class LightTab:
    """One tab on a page; `paint` is what a message that paints has in it."""

    def __init__(self, port: int, *, paint: str) -> None:
        self.port, self._paint = port, paint
        self.traffic = Traffic()
        self.trace: list[tuple[float, str]] | None = None
        """When it is a list: moment (s, of a steady clock) and text of every message."""
        self._acked_s = time.monotonic()

    async def run(self) -> None:
        """Listen until cancelled."""
        query = await self._load()
        url = f"ws://127.0.0.1:{self.port}/_nicegui_ws/socket.io/?{urlencode(query)}"
        async with connect(url, max_size=None) as socket:
            async for text in socket:
                await self._take(socket, str(text), query["client_id"])

    async def _load(self) -> dict[str, str]:
        async with httpx.AsyncClient() as http:
            page = await http.get(f"http://127.0.0.1:{self.port}/", timeout=30)
        page.raise_for_status()
        found = QUERY.search(page.text)
        if found is None:
            raise ValueError("the page does not say how to connect its socket")
        given = {key: str(value) for key, value in literal_eval(found[1]).items()}
        given["implicit_handshake"] = "true"
        tab = {"tab_id": str(uuid4()), "document_id": str(uuid4())}
        return {"EIO": "4", "transport": "websocket", **given, **tab}

    async def _take(self, socket: ClientConnection, text: str, client_id: str) -> None:
        if text.startswith(EVENT):
            self.traffic.received += len(text.encode())
            if self.trace is not None:
                self.trace.append((time.monotonic(), text))
            if self._paint in text:
                self.traffic.painted += 1
            await self._acknowledge(socket, text, client_id)
        elif text == PING:
            await socket.send(PONG)
        elif text.startswith(OPEN):
            await socket.send(CONNECT)

    async def _acknowledge(self, socket: ClientConnection, text: str, client_id: str) -> None:
        number = MESSAGE_ID.search(text)
        if number is None or time.monotonic() - self._acked_s < ACK_S:
            return
        self._acked_s = time.monotonic()
        told = {"client_id": client_id, "next_message_id": int(number[1]) + 1}
        await socket.send(EVENT + msgspec.json.encode(["ack", told]).decode())


async def listen(url: str) -> None:
    """The bare twin of a tab: takes what comes, until cancelled."""
    async with connect(url, max_size=None) as socket:
        async for _ in socket:
            await asyncio.sleep(0)
