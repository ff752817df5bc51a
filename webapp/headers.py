"""What keeps a browser from doing what no page of ours asks for."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "; ".join(
    (
        "default-src 'self'",
        # NiceGUI's own start script is inline, and its templates are compiled in the browser.
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "object-src 'none'",
    )
)
HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
]


class SafeHeaders:
    """Adds them to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; touch only the start of an HTTP answer."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *HEADERS]
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


LOCAL_NAMES = {"localhost"}
"""Besides the loopback addresses themselves."""


class OnlyThisMachine:
    """Answers only to names of this machine.

    A page of another site can point its own name at 127.0.0.1 and then read what is served there;
    such a request still carries the foreign name.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse; a WebSocket is refused before its handshake."""
        if scope["type"] not in ("http", "websocket") or _is_local(Headers(scope=scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            refusal = PlainTextResponse("This server answers to 127.0.0.1 only.", status_code=421)
            await refusal(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})


def _is_local(headers: Headers) -> bool:
    """Whether host and origin, where one is sent, name this machine."""
    named = [f"//{headers.get('host', '')}", *headers.getlist("origin")]
    return all(_names_this_machine(url) for url in named)


def _names_this_machine(url: str) -> bool:
    try:
        name = urlsplit(url).hostname or ""
        return name in LOCAL_NAMES or ip_address(name).is_loopback
    except ValueError:
        return False
