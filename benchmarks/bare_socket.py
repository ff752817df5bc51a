"""A server that does nothing but say again, to everyone, what one tab was sent, when it was sent.

It is the least a live page can cost: the same number of messages and the same bytes for each tab,
in the same server (uvicorn) and WebSocket library (wsproto) that carry the page, but no page.

python -m benchmarks.bare_socket PORT < trace      (JSON: [[seconds since the begin, text], …])
"""

import asyncio
import json
import sys
from collections.abc import Sequence

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect


async def main(port: int, trace: Sequence[tuple[float, str]], period_s: float) -> None:
    """Serve until ended. Uncompressed, as the page is on this machine."""
    sockets: set[WebSocket] = set()

    async def converse(socket: WebSocket) -> None:
        await socket.accept()
        sockets.add(socket)
        try:
            while True:
                await socket.receive_text()
        except WebSocketDisconnect:
            sockets.discard(socket)

    app = Starlette(routes=[WebSocketRoute("/", converse)])
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        ws="wsproto",
        ws_per_message_deflate=False,
        log_level="warning",
    )
    server = asyncio.create_task(uvicorn.Server(config).serve())
    loop = asyncio.get_running_loop()
    begin = loop.time()
    while not server.done():
        for offset_s, text in trace:
            await asyncio.sleep(max(0.0, begin + offset_s - loop.time()))
            for socket in list(sockets):
                await socket.send_text(text)
        begin += period_s


if __name__ == "__main__":
    given = json.load(sys.stdin)
    asyncio.run(main(int(sys.argv[1]), given["trace"], given["period_s"]))
