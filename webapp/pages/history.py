"""History: the estimates that were saved, newest first."""

from typing import Any
from urllib.parse import urlencode

from nicegui import ui

from storage.errors import StorageError
from storage.history import DeletedEstimate, SavedEstimate
from webapp import format as fmt
from webapp.components.saved_table import SavedTable
from webapp.services import Services
from webapp.tab import Tab
from webapp.theme import panel
from webapp.ticket import from_link, to_link

PAGE = 25
NUMBER = "is-number"
HEADS = (
    ("No.", NUMBER),
    ("Saved, UTC", ""),
    ("Source", ""),
    ("Venue", ""),
    ("Instrument", ""),
    ("Side", ""),
    ("Order", NUMBER),
    ("Filled, base", NUMBER),
    ("Average price", NUMBER),
    ("Total, bps", NUMBER),
    ("Cost", NUMBER),
    ("Recipe", ""),
)


def create(tab: Tab) -> None:
    """Build the page; rows come after the browser is connected."""
    _History(tab.services)


class _History:
    """What one tab sees of the history."""

    def __init__(self, services: Services) -> None:
        self._estimates = services.store.estimates
        self._starts: list[int | None] = [None]
        """Where each page that was turned to begins; the last is shown."""
        self._deleted: DeletedEstimate | None = None
        with ui.element("div").classes("fm-toolbar"):
            with ui.element("h1").classes("fm-heading"):
                ui.label("History")
            self._count = ui.label().classes("fm-band")
            ui.element("div").classes("fm-spring")
            for file_format, label in (("csv", "Export CSV"), ("jsonl", "Export JSON lines")):
                link = ui.link(label, f"/history/export.{file_format}").classes("fm-link")
                link.props("download")
        with ui.element("div").classes("fm-toolbar").props("role=status") as self._undo_bar:
            self._undo_text = ui.label()
            self._button("Undo", self._undo).mark("undo")
        with panel():
            self._message = ui.label("Loading …").classes("fm-empty")
            self._table = SavedTable(HEADS, self._delete).mark("saved")
            with ui.element("div").classes("fm-toolbar"):
                self._newer = self._button("Newer", self._turn_back)
                self._older = self._button("Older", self._turn)
        for part in (self._undo_bar, self._table, self._newer, self._older):
            part.set_visibility(False)
        ui.timer(0, self._show, once=True)

    def _button(self, label: str, action: Any) -> ui.button:
        button = ui.button(label, on_click=action).props("flat no-caps color=none")
        return button.classes("fm-button is-plain")

    async def _show(self) -> None:
        try:
            rows = await self._estimates.recent(PAGE + 1, before=self._starts[-1])
            total = await self._estimates.count()
        except StorageError as error:
            self._say(f"The history cannot be read: {error}")
            return
        self._count.set_text(f"{fmt.count(total)} saved")
        self._table.show([_row(saved) for saved in rows[:PAGE]])
        self._table.set_visibility(bool(rows))
        self._newer.set_visibility(len(self._starts) > 1)
        self._older.set_visibility(len(rows) > PAGE)
        self._last_id = rows[PAGE - 1].id if len(rows) > PAGE else None
        self._say(
            "" if rows else "Nothing saved yet. Price an order on the Trade page and press Save."
        )

    def _say(self, text: str) -> None:
        self._message.set_text(text)
        self._message.set_visibility(bool(text))

    async def _turn(self) -> None:
        self._starts.append(self._last_id)
        await self._show()

    async def _turn_back(self) -> None:
        self._starts.pop()
        await self._show()

    async def _delete(self, number: int) -> None:
        try:
            self._deleted = await self._estimates.delete(number)
        except StorageError as error:
            ui.notify(str(error), type="warning")
        else:
            self._undo_text.set_text(f"Number {number} was deleted.")
            self._undo_bar.set_visibility(True)
        await self._show()

    async def _undo(self) -> None:
        if self._deleted is not None:
            await self._estimates.restore(self._deleted)
        self._deleted = None
        self._undo_bar.set_visibility(False)
        await self._show()


def _row(saved: SavedEstimate) -> dict[str, Any]:
    cost = f"{fmt.number(saved.total_quote, 2)} {saved.symbol.partition(':')[0].partition('/')[2]}"
    texts = (
        (str(saved.id), ""),
        (fmt.utc(saved.created_ns).removesuffix(" UTC"), ""),
        (saved.source.value, f"fm-pill is-{saved.source.value}"),
        (saved.venue, ""),
        (saved.venue_symbol, ""),
        (saved.side.value, f"is-{saved.side.value}-text"),
        (f"{fmt.significant(saved.amount)} {saved.unit.value}", ""),
        (fmt.significant(saved.filled_base), ""),
        (fmt.significant(saved.average_price), ""),
        (fmt.bps(saved.total_bps), ""),
        (cost, ""),
        (saved.recipe, ""),
    )
    return {"id": saved.id, "cells": [list(text) for text in texts], "link": _link(saved)}


def _link(saved: SavedEstimate) -> str:
    """The same order in the ticket, on the market of now."""
    values = {
        "source": saved.source.value,
        "venue": saved.venue,
        "instrument": saved.venue_symbol,
        "side": saved.side.value,
        "quantity": fmt.typed(saved.amount),
        "unit": saved.unit.value,
        "recipe": saved.recipe,
        "style": saved.style,
    }
    ticket, _ = from_link(values)
    return f"/?{urlencode(to_link(ticket))}"
