"""One password for the whole app, asked once per browser; off when none is set.

The session is NiceGUI's signed cookie. Pages and routes are guarded here; the socket of a page
needs the id that only a guarded page gives out.
"""

import hmac
from collections import deque
from collections.abc import Callable
from hashlib import sha256
from urllib.parse import quote

from nicegui import app, ui
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from market.units import NS_PER_S
from webapp import theme

OPEN_PATHS = ("/login", "/health/live", "/health/ready", "/favicon.ico")
OPEN_FOLDER = "/_nicegui"
TRIES, WINDOW_S = 5, 60.0
"""Wrong passwords per window, from all browsers together: a guesser cannot go around it."""


class Door:
    """Knows the password's hash and who tried lately."""

    def __init__(self, password: str, steady_ns: Callable[[], int]) -> None:
        self._digest = sha256(password.encode()).digest()
        self._steady_ns = steady_ns
        self._failures: deque[int] = deque(maxlen=TRIES)

    @property
    def wait_s(self) -> float:
        """How long until another try is allowed."""
        if len(self._failures) < TRIES:
            return 0.0
        return max(0.0, WINDOW_S - (self._steady_ns() - self._failures[0]) / NS_PER_S)

    def opens(self, password: str) -> bool:
        """Whether that is the password; takes the same time however much of it is right."""
        if self.wait_s > 0:
            return False
        is_right = hmac.compare_digest(sha256(password.encode()).digest(), self._digest)
        if not is_right:
            self._failures.append(self._steady_ns())
        return is_right


def local_path(target: str) -> str:
    """The target if it is a path of this server, else the front page."""
    is_local = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if is_local and "\\" not in target and target.isprintable() else "/"


class Guard(BaseHTTPMiddleware):
    """Sends whoever is not signed in to the door."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        """Let through, or redirect a page and refuse everything else."""
        path = request.url.path
        is_open = path in OPEN_PATHS or path == OPEN_FOLDER or path.startswith(OPEN_FOLDER + "/")
        if is_open or app.storage.user.get("signed_in", False):
            return await call_next(request)
        if "text/html" not in request.headers.get("accept", ""):
            return PlainTextResponse("Sign in first.", status_code=401)
        target = path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/login?next={quote(target, safe='')}")


def register_login(password: str, steady_ns: Callable[[], int]) -> None:
    """Guard everything with that password."""
    door = Door(password, steady_ns)
    app.add_middleware(Guard)

    @ui.page("/login", title="Fathom: sign in")
    def login(next: str = "/") -> None:
        ui.add_css(theme.CSS)

        def enter() -> None:
            if door.opens(field.value or ""):
                app.storage.user["signed_in"] = True
                ui.navigate.to(local_path(next))
            elif door.wait_s > 0:
                field.error = f"Too many tries. Wait {door.wait_s:.0f} s."
            else:
                field.error = "That is not the password."

        form = ui.element("form").classes("fm-door fm-panel").mark("door")
        with form.on("submit.prevent", enter, args=[]):
            with ui.element("h1").classes("fm-heading"):
                ui.label("Fathom")
            field = ui.input("Password", password=True).without_auto_validation()
            field.props("outlined dense autofocus autocomplete=current-password").mark("password")
            ui.button("Sign in").props("flat no-caps color=none type=submit").classes(
                "fm-button is-primary"
            )
