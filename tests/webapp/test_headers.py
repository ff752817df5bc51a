"""Which requests are answered at all."""

import httpx
import pytest
from starlette.responses import PlainTextResponse

from webapp.headers import OnlyThisMachine


async def answer(headers):
    app = OnlyThisMachine(PlainTextResponse("a page"))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        return (await client.get("/", headers=headers)).status_code


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:8080", "127.0.0.2"])
async def test_a_request_to_this_machine_by_its_own_name_is_answered(host):
    assert await answer({"host": host}) == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example:8080", "", "[", "0.0.0.0"]
)
async def test_a_request_under_a_foreign_name_is_refused(host):
    assert await answer({"host": host}) == 421


async def test_a_page_of_another_site_is_refused():
    assert await answer({"host": "127.0.0.1", "origin": "https://evil.example"}) == 421


async def test_a_socket_from_another_site_is_closed_before_its_handshake():
    sent = []
    scope = {
        "type": "websocket",
        "headers": [(b"host", b"127.0.0.1:8080"), (b"origin", b"https://evil.example")],
    }

    async def send(message):
        sent.append(message)

    await OnlyThisMachine(PlainTextResponse("a page"))(scope, None, send)
    assert sent == [{"type": "websocket.close", "code": 1008}]
