"""A loopback HTTP server that gives the answers it was told to give, in order."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

Answer = tuple[int, str] | tuple[int, str, str] | tuple[int, str, str, str]
"""Status, body, header lines."""


class Scripted:
    """Answers by turn; the last one is repeated. `requests` are the targets asked for."""

    def __init__(self, answers: list[Answer]) -> None:
        self.answers = answers
        self.requests: list[str] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.read(1 << 16)
        self.requests.append(head.partition(b" ")[2].partition(b" ")[0].decode(errors="replace"))
        status, body, *lines = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        data = body.encode()
        phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Undocumented"
        length = f"Content-Length: {len(data)}"
        head_lines = (f"HTTP/1.1 {status} {phrase}", length, "Connection: close", *lines)
        writer.write("\r\n".join((*head_lines, "", "")).encode() + data)
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def answering(*answers: Answer) -> AsyncIterator[Scripted]:
    script = Scripted(list(answers))
    server = await asyncio.start_server(script.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    script.url = f"http://{host}:{port}"
    async with server:
        yield script
