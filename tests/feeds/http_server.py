"""A loopback HTTP server that gives the answers it was told to give, in order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus


class Scripted:
    """Answers by turn; the last one is repeated. `requests` are the targets asked for."""

    def __init__(self, answers: list[tuple[int, str]]) -> None:
        self.answers = answers
        self.requests: list[str] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.read(1 << 16)
        self.requests.append(head.partition(b" ")[2].partition(b" ")[0].decode(errors="replace"))
        status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        data = body.encode()
        writer.write(
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Length: {len(data)}\r\n"
            "Connection: close\r\n\r\n".encode()
            + data
        )
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def answering(*answers: tuple[int, str]) -> AsyncIterator[Scripted]:
    script = Scripted(list(answers))
    server = await asyncio.start_server(script.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    script.url = f"http://{host}:{port}"
    async with server:
        yield script
