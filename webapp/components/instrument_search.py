"""One field that finds instruments of all venues by a few words."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from nicegui import ui


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One line of the list."""

    key: tuple[str, str, str]
    """Source, venue, venue symbol."""
    symbol: str
    pair: str
    venue: str
    kind: str
    source: str
    """Where it is not the venue itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """What a search found."""

    rows: Sequence[Match] = ()
    note: str = ""
    """What the list lacks, and why."""
    is_loading: bool = False


class InstrumentSearch(
    ui.element, component="instrument_search.js", dependencies=["fathom_feed.js"]
):
    """Asks `on_find` while the user types; `on_pick` or `on_enter` when he has chosen."""

    def __init__(
        self,
        *,
        on_find: Callable[[str], Matches],
        on_pick: Callable[[tuple[str, str, str]], None],
        on_enter: Callable[[str], Awaitable[None]],
        label: str = "Instrument",
    ) -> None:
        super().__init__()
        self._props.update(label=label, value="", hint="", error="", found=_found(Matches()))
        self.on("find", lambda event: self._show(on_find(_text(event.args))))
        self.on("pick", lambda event: on_pick(_key(event.args)))
        self.on("enter", lambda event: on_enter(_text(event.args)))

    @property
    def value(self) -> str:
        """What is chosen."""
        return str(self._props["value"])

    @property
    def error(self) -> str | None:
        """What is wrong with it."""
        return self._props["error"] or None

    def show(self, value: str, hint: str, error: str | None) -> None:
        """What is chosen, what that is, and what is wrong with it."""
        self._props.update(value=value, hint=hint, error=error or "")

    def _show(self, matches: Matches) -> None:
        self._props["found"] = _found(matches)


def _found(matches: Matches) -> dict[str, Any]:
    rows = [asdict(row) for row in matches.rows]
    return {"rows": rows, "note": matches.note, "isLoading": matches.is_loading}


LONGEST = 60


def _text(sent: Any) -> str:
    """What a browser says was typed."""
    return str(sent)[:LONGEST]


def _key(sent: Any) -> tuple[str, str, str]:
    """What a browser says was chosen; the receiver looks it up."""
    source, venue, symbol, *_ = (
        [*map(str, sent), "", "", ""] if isinstance(sent, list) else [""] * 3
    )
    return source, venue, symbol
