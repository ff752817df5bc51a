"""A WebSocket server that sends one text to everyone at a rate: the least a live page can cost.

python -m benchmarks.bare_socket PORT RATE_HZ < text
"""

import asyncio
import sys

from websockets.asyncio.server import ServerConnection, serve


async def main(port: int, rate_hz: float, text: str) -> None:
    """Serve until ended. Uncompressed, and written to each connection apart, as a page must."""
    connections: set[ServerConnection] = set()

    async def converse(connection: ServerConnection) -> None:
        connections.add(connection)
        try:
            await connection.wait_closed()
        finally:
            connections.discard(connection)

    async with serve(converse, "127.0.0.1", port, compression=None):
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += 1 / rate_hz
            await asyncio.sleep(max(0.0, due - loop.time()))
            for connection in list(connections):
                await connection.send(text)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), sys.stdin.read()))
