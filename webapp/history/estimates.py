"""Saved estimates: filtered, sorted and paged by the database; opened, marked, deleted."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from nicegui import ui

from storage.errors import ReceiptBroken, StorageError
from storage.filters import Cursor
from storage.history import DeletedEstimate
from storage.history_marks import marks_of
from storage.history_search import COUNTED
from webapp import format as fmt
from webapp.components.compare_dialog import compare
from webapp.components.export_dialog import ExportDialog
from webapp.components.filter_bar import FilterBar
from webapp.components.history_table import HistoryTable
from webapp.components.import_dialog import ImportDialog
from webapp.components.study_chart import StudyChart
from webapp.frames import history
from webapp.history_link import read_link, sort_text
from webapp.reopen import link_of, link_of_line
from webapp.tab import Tab
from webapp.theme import panel

PAGE = 25
PLOTTED = 5_000
NOTHING = "Nothing saved yet. Price an order on the Trade page and press Save."
NO_MATCH = "No saved estimate is like that. Take a condition away, or press Clear all."


class EstimatesView:
    """What one tab sees of the saved estimates."""

    def __init__(
        self, tab: Tab, values: dict[str, str], on_address: Callable[[dict[str, str]], None]
    ) -> None:
        """`values` is what the address says; `on_address` hears what it should say."""
        self._tab, self._estimates = tab, tab.services.store.estimates
        self._on_address = on_address
        self._sort = values.get("sort", "")
        self._starts: list[Cursor | None] = [None]
        """Where each page that was turned to begins; the last is shown."""
        self._next: Cursor | None = None
        self._chosen: list[int] = []
        self._deleted: Sequence[DeletedEstimate] = ()
        self._asked = 0
        """Counts questions, so that a late answer does not cover a newer one."""
        with panel():
            self._bar = FilterBar(values, self._changed)
        with ui.element("div").classes("fm-toolbar").props("role=status") as self._undo_bar:
            self._undo_text = ui.label()
            self._button("Undo", self._undo).mark("undo")
        with ui.element("div").classes("fm-halves") as self._plots:
            with panel("Total cost over time", classes="fm-chart"):
                self._time_note = ui.label().classes("fm-caption fm-plot-note")
                with ui.element("div").classes("fm-plot"):
                    self._time = StudyChart("time", unit="bps", on_pick=self._open_receipt)
            with (
                panel("How often which cost", classes="fm-chart"),
                ui.element("div").classes("fm-plot"),
            ):
                self._classes = StudyChart("classes", unit="bps", across="total cost, bps")
        with panel():
            self._message = ui.label("Loading …").classes("fm-empty").mark("message")
            with ui.element("div").classes("fm-toolbar") as self._with_chosen:
                self._chosen_text = ui.label()
                self._compare_button = self._button("Compare", self._compare).mark("compare")
                self._button("Delete", self._delete_chosen).mark("delete-chosen")
            self._table = HistoryTable(
                history.HEADS,
                on_sort=self._sort_by,
                on_choose=self._choose,
                on_act=self._act,
                on_mark=self._mark,
            ).mark("saved")
            with ui.element("div").classes("fm-toolbar"):
                self._newer = self._button("Back", self._turn_back)
                self._older = self._button("Next", self._turn)
                self._count = ui.label().classes("fm-band").mark("count")
        hidden = (self._undo_bar, self._table, self._newer, self._older, self._with_chosen)
        for part in (*hidden, self._plots):
            part.set_visibility(False)
        ui.timer(0, self.show, once=True)

    async def show(self) -> None:
        """Ask the database and paint: the lines first, then what needs the whole history."""
        self._asked += 1
        asked = self._asked
        link = read_link(self._bar.values | {"sort": self._sort})
        self._bar.show_problems(link.problems)
        try:
            page = await self._estimates.page(link.wanted, link.sort, self._starts[-1], PAGE)
            if asked != self._asked:
                return
            self._next = page.next
            self._table.show(
                [history.row(line) for line in page.lines],
                sort_text(link.sort) or "-created_ns",
            )
            self._table.set_visibility(bool(page.lines))
            self._newer.set_visibility(len(self._starts) > 1)
            self._older.set_visibility(page.next is not None)
            is_filtered = bool(self._bar.values)
            self._say("" if page.lines else NO_MATCH if is_filtered else NOTHING)
            count = await self._estimates.count(link.wanted, COUNTED if is_filtered else None)
            points = await self._estimates.points(link.wanted, PLOTTED)
            tags = await self._estimates.tags()
        except StorageError as error:
            self._say(f"The history cannot be read: {error}")
            return
        if asked != self._asked:
            return
        shown = f"more than {fmt.count(COUNTED)}" if count > COUNTED and is_filtered else None
        self._count.set_text(f"{shown or fmt.count(count)} {'found' if is_filtered else 'saved'}")
        self._bar.offer_tags(tags)
        self._plots.set_visibility(len(points) > 1)
        self._time.show(await asyncio.to_thread(history.over_time, points))
        self._classes.show(await asyncio.to_thread(history.distribution, points))
        self._time_note.set_text(
            f"the newest {fmt.count(PLOTTED)}" if len(points) == PLOTTED else ""
        )

    async def export(self) -> None:
        """Offer what is shown as a file."""
        link = read_link(self._bar.values)
        try:
            total = await self._estimates.count(link.wanted)
        except StorageError as error:
            self._complain(error)
            return
        valid = {k: v for k, v in self._bar.values.items() if k not in link.problems}
        table = self._estimates.table(link.wanted)
        ExportDialog(table, total, valid, self._tab.shared.export_jobs.begin)

    def take_in(self) -> None:
        """Ask for a file."""
        ImportDialog(self._estimates.take_in, self.show)

    def _button(self, label: str, action: Any) -> ui.button:
        button = ui.button(label, on_click=action).props("flat no-caps color=none")
        return button.classes("fm-button is-plain")

    def _say(self, text: str) -> None:
        self._message.set_text(text)
        self._message.set_visibility(bool(text))

    async def _changed(self, values: dict[str, str]) -> None:
        self._starts = [None]
        self._choose([])
        self._tell_address()
        await self.show()

    def _tell_address(self) -> None:
        sort = {"sort": self._sort} if self._sort else {}
        self._on_address(self._bar.values | sort)

    async def _sort_by(self, sort: str) -> None:
        self._sort = sort_text(read_link({"sort": sort}).sort)
        self._starts = [None]
        self._tell_address()
        await self.show()

    async def _turn(self) -> None:
        self._starts.append(self._next)
        await self.show()

    async def _turn_back(self) -> None:
        self._starts.pop()
        await self.show()

    def _choose(self, ids: list[int]) -> None:
        self._chosen = list(dict.fromkeys(ids))
        self._table.show_chosen(self._chosen)
        self._with_chosen.set_visibility(bool(self._chosen))
        self._chosen_text.set_text(f"{len(self._chosen)} chosen")
        self._compare_button.set_enabled(len(self._chosen) == 2)

    async def _act(self, name: str, number: int) -> None:
        if name == "receipt":
            self._open_receipt(number)
        elif name == "open":
            await self._open(number)
        elif name == "delete":
            await self._delete([number])

    def _open_receipt(self, number: int) -> None:
        ui.navigate.to(f"/receipt/{number}")

    async def _open(self, number: int) -> None:
        """In the ticket, with all that the receipt knows."""
        try:
            link = link_of(await self._estimates.receipt(number))
        except ReceiptBroken:
            link = link_of_line(await self._estimates.get(number))
        except StorageError as error:
            self._complain(error)
            return
        ui.navigate.to(link)

    async def _mark(self, number: int, tags: str, note: str) -> None:
        try:
            await self._estimates.mark(number, marks_of(tags, note))
        except StorageError as error:
            self._complain(error)
        await self.show()

    async def _delete_chosen(self) -> None:
        await self._delete(self._chosen)

    async def _delete(self, ids: Sequence[int]) -> None:
        try:
            self._deleted = await self._estimates.delete_all(ids)
        except StorageError as error:
            self._complain(error)
        else:
            what = f"Number {ids[0]} was" if len(ids) == 1 else f"{len(ids)} estimates were"
            self._undo_text.set_text(f"{what} deleted.")
            self._undo_bar.set_visibility(True)
        self._choose([])
        await self.show()

    async def _undo(self) -> None:
        try:
            await self._estimates.restore_all(self._deleted)
        except StorageError as error:
            self._complain(error)
            return
        self._deleted = ()
        self._undo_bar.set_visibility(False)
        await self.show()

    async def _compare(self) -> None:
        try:
            first, second = [await self._estimates.get(number) for number in sorted(self._chosen)]
        except StorageError as error:
            self._complain(error)
            return
        compare(first, second)

    def _complain(self, error: StorageError) -> None:
        ui.notify(str(error), type="warning")
