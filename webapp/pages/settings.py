"""Settings: how it looks to you, what takes space, and how the server was started."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from nicegui import ui

from storage.errors import StorageError
from storage.space import Space
from webapp import format as fmt
from webapp import preferences
from webapp.components.live_table import LiveTable
from webapp.frames.rows import NUMBER, Row
from webapp.tab import Tab
from webapp.theme import panel

SPACE_HEADS = (("What", ""), ("Rows or files", NUMBER), ("Size", NUMBER))
RETENTION_HEADS = (("What", ""), ("Kept", ""), ("Older than that", NUMBER), ("Oldest", ""))
SERVER_HEADS = (("Setting", ""), ("Value", ""), ("Meaning", "is-wide"), ("Allowed", "is-wide"))
FOLDERS = ("recordings", "browsers", "kernels", "backups")


def create(tab: Tab) -> None:
    """Build the page; what takes space comes a moment later."""
    _Settings(tab)


class _Settings:
    """What one tab sees."""

    def __init__(self, tab: Tab) -> None:
        self._tab, self._services = tab, tab.services
        with ui.element("div").classes("fm-toolbar"), ui.element("h1").classes("fm-heading"):
            ui.label("Settings")
        with ui.element("div").classes("fm-side-and-main"):
            with ui.element("div").classes("fm-column"):
                with panel("How it looks", "kept for this browser"):
                    self._looks()
                with panel("Help"):
                    with ui.element("div").classes("fm-stack"):
                        _button("Keys and words", tab.tools.help)
                        _button("Take the tour", tab.tools.tour)
                        _button("See it in a minute", tab.tools.tell)
                    ui.label(f"Fathom {self._services.version}").classes("fm-hint")
            with ui.element("div").classes("fm-column"):
                with panel("What takes space"):
                    self._storage()
                with panel("How the server was started", "from the environment and .env"):
                    self._server()
        ui.timer(0, self._measure, once=True)

    def _looks(self) -> None:
        liked = preferences.mine()
        with ui.element("div").classes("fm-ticket"):
            for name, label, options in (
                ("theme", "Theme", preferences.THEMES),
                ("palette", "Bids and asks", preferences.PALETTES),
                ("zone", "Times", preferences.ZONES),
            ):
                self._choice(name, label, options, getattr(liked, name))
        ui.label("UTC is always shown on hover.").classes("fm-hint")

    def _choice(self, name: str, label: str, options: dict[str, str], value: str) -> None:
        def choose(chosen: str) -> None:
            preferences.keep(**{name: chosen})
            self._tab.tools.paint()

        field = ui.select(options, label=label, value=value).classes("is-wide").mark(name)
        field.props("outlined dense stack-label options-dense hide-bottom-space")
        field.on_value_change(lambda event: choose(event.value))

    def _storage(self) -> None:
        self._said = ui.label("Measuring …").classes("fm-hint").mark("space-said")
        self._space = LiveTable(
            SPACE_HEADS, lambda *_: None, caption="Space", empty="Not measured yet."
        ).mark("space")
        with ui.element("div").classes("fm-toolbar fm-above"):
            self._backup = _button("Back up now", self._back_up).mark("back-up")
            _button("Measure again", self._measure)
        with ui.element("h3").classes("fm-title fm-above"):
            ui.label("How long things are kept")
        self._retention = LiveTable(
            RETENTION_HEADS, lambda *_: None, caption="Retention", empty="Not known yet."
        ).mark("retention")

    def _server(self) -> None:
        rows: list[Row] = [
            (
                setting.name,
                (
                    (setting.name, "is-strong", ""),
                    (setting.value or "–", "", ""),
                    (setting.meaning, "", ""),
                    (setting.allowed, "is-muted", ""),
                ),
                (),
            )
            for setting in self._services.settings
        ]
        table = LiveTable(SERVER_HEADS, lambda *_: None, caption="Server settings", empty="None.")
        table.show(rows)
        ui.label(
            "To change one, set it in .env or the environment and start Fathom again."
        ).classes("fm-hint")

    async def _measure(self) -> None:
        folders = {name: self._services.folder / name for name in FOLDERS}
        try:
            space = await self._services.store.space(folders)
            plan = await self._services.store.retention.plan()
        except StorageError as error:
            self._said.set_text(f"It cannot be measured: {error}")
            return
        self._space.show(_space_rows(space))
        self._said.set_text(_space_text(space))
        self._retention.show(
            [
                (
                    due.what,
                    (
                        (fmt.sentence(due.what), "", ""),
                        (
                            "for ever" if due.keep_days is None else f"{due.keep_days:,} days",
                            "",
                            "",
                        ),
                        (fmt.count(due.rows), "is-warn" if due.rows else "", ""),
                        (fmt.moment(due.oldest_ns) if due.oldest_ns else fmt.MISSING, "", ""),
                    ),
                    (),
                )
                for due in plan
            ]
        )

    async def _back_up(self) -> None:
        folder = self._services.folder / "backups"
        now = datetime.fromtimestamp(self._services.clock.now_ns() / 1e9, UTC)
        target = folder / f"fathom-{now:%Y%m%dT%H%M%SZ}.db"
        self._backup.disable()
        self._said.set_text("Copying …")
        try:
            await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
            made = await self._services.store.back_up(target)
        except (StorageError, OSError) as error:
            self._said.set_text(f"No backup was made: {error}")
        else:
            await self._measure()
            size, rows = fmt.file_size(made.bytes), fmt.count(made.rows)
            self._said.set_text(f"{made.file} holds {rows} rows, {size}; it was read back whole.")
        finally:
            self._backup.enable()


def _button(label: str, action: Callable[[], Any]) -> ui.button:
    button = ui.button(label, on_click=action).props("flat no-caps color=none")
    return button.classes("fm-button is-plain")


def _space_rows(space: Space) -> list[Row]:
    """Tables first, then folders."""
    tables: list[Row] = [
        (
            table.name,
            (
                (table.name.replace("_", " "), "is-strong", ""),
                (fmt.count(table.rows), "", ""),
                (fmt.file_size(table.bytes), "", ""),
            ),
            (),
        )
        for table in space.tables
    ]
    folders: list[Row] = [
        (
            f"folder {folder.name}",
            (
                (f"Folder {folder.name}", "is-strong", str(folder.path)),
                (fmt.count(folder.files), "", ""),
                (fmt.file_size(folder.bytes), "", ""),
            ),
            (),
        )
        for folder in space.folders
        if folder.files
    ]
    return tables + folders


def _space_text(space: Space) -> str:
    parts = [f"The database takes {fmt.file_size(space.database_bytes)}."]
    if space.disk_free_bytes is not None:
        parts.append(f"{fmt.file_size(space.disk_free_bytes)} are free on its disk.")
    return " ".join([*parts, space.note]).strip()
