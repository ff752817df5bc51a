"""What one browser's user likes: kept with the browser, applied to every page it opens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nicegui import app, ui

THEMES = {"dark": "Dark", "light": "Light", "auto": "As the system"}
PALETTES = {
    "blue-orange": "Blue bids, orange asks",
    "green-red": "Green bids, red asks",
    "cyan-magenta": "Cyan bids, magenta asks",
}
"""The first and the last are told apart with every common kind of colour blindness."""
ZONES = {"local": "This computer's time", "utc": "UTC"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """Every value is a key of its table."""

    theme: str = "dark"
    palette: str = "blue-orange"
    zone: str = "local"
    tour: str = "new"
    """new or seen"""

    @property
    def dark(self) -> bool | None:
        """As NiceGUI has it: None follows the system."""
        return {"dark": True, "light": False}.get(self.theme)


ALLOWED: Mapping[str, Mapping[str, str] | tuple[str, ...]] = {
    "theme": THEMES,
    "palette": PALETTES,
    "zone": ZONES,
    "tour": ("new", "seen"),
}


def read(kept: Mapping[str, Any]) -> Preferences:
    """What is kept; a value that cannot be meant stands for its default."""
    return Preferences(
        **{name: kept[name] for name, allowed in ALLOWED.items() if kept.get(name) in allowed}
    )


def mine() -> Preferences:
    """Those of the browser this page is for."""
    return read(app.storage.user.get("preferences", {}))


def keep(**changes: str) -> Preferences:
    """Change some, for good; unknown values are dropped."""
    kept = {**app.storage.user.get("preferences", {}), **changes}
    app.storage.user["preferences"] = kept
    return read(kept)


def paint(preferences: Preferences) -> None:
    """Make the document look like it; the values are ours, never what a user typed."""
    ui.run_javascript(
        f"document.body.dataset.palette = {preferences.palette!r};"
        f"document.body.dataset.zone = {preferences.zone!r};"
    )
