"""Keys that work anywhere on the page."""

from collections.abc import Callable, Mapping

from nicegui import ui

KEYS: Mapping[str, str] = {
    "/": "Find an instrument",
    "q": "Type the size",
    "b": "Buy",
    "s": "Sell",
    "+": "Size up by 10 %",
    "-": "Size down by 10 %",
    " ": "Start or stop",
    "w": "Save this estimate",
    "t": "Light or dark",
    "?": "This help",
}
"""Key -> what it does, in the order of the help."""
PAGES = {
    "t": "/",
    "m": "/markets",
    "w": "/sweeps",
    "l": "/models",
    "n": "/analysis",
    "r": "/recordings",
    "h": "/history",
    "a": "/alerts",
    "p": "/performance",
    "s": "/settings",
}
"""After g: where the second key leads."""


class Shortcuts(ui.element, component="shortcuts.js"):
    """Calls `on_key` with one of KEYS, and `on_go` with a page."""

    def __init__(
        self, on_key: Callable[[str], object], on_go: Callable[[str], object], pages: set[str]
    ) -> None:
        super().__init__()
        offered = {key: path for key, path in PAGES.items() if path in pages}
        self._props.update(keys=list(KEYS), pages=offered)

        def pressed(name: str) -> None:
            if name.startswith("go "):
                if name[3:] in pages:
                    on_go(name[3:])
            elif name in KEYS:
                on_key(name)

        self.on("key", lambda event: pressed(str(event.args)))
