"""Declare a sweep: choose, see at once what it would take, start it."""

from collections.abc import Callable
from typing import Any

import msgspec
from nicegui import events, ui

from engine.sweeps.run import Preview, SweepRun
from market.errors import OrderError
from models.sweep.declaration import MAX_TEXT, Sweep, from_json, to_json
from storage.errors import StorageError
from webapp import format as fmt
from webapp.performance.view import figure
from webapp.sweeps.draft import Draft, declared
from webapp.sweeps.order_panel import OrderPanel
from webapp.sweeps.presets import PRESETS, of_ticket, preset
from webapp.sweeps.reading import field_of, read, sentence
from webapp.sweeps.states_panel import StatesPanel
from webapp.tab import Tab
from webapp.theme import panel

CHECK_S = 0.25
REFRESH_S = 2.0
FLAT = "flat no-caps color=none"
FIGURES = ("Points", "Books", "Takes about", "At rest about")
STEPWISE = "Some of these order types are priced one by one, so it takes longer."
MOST_IMPORTED = MAX_TEXT


class Builder:
    """One draft; built anew when another takes its place."""

    def __init__(
        self, tab: Tab, draft: Draft | None, on_started: Callable[[SweepRun], Any]
    ) -> None:
        self._tab, self._on_started = tab, on_started
        self._draft = draft or preset("size", tab.session.ticket)
        self._waits = not self._draft.markets and draft is None
        """for the market of the tab, which is not open yet"""
        self._sweep: Sweep | None = None
        """What the draft declares, once it was checked."""
        self._is_dirty, self._is_checking = True, False
        with ui.element("div").classes("fm-sweep-build"):
            self._form = ui.element("div").classes("fm-column")
            with ui.element("div").classes("fm-column fm-sweep-side"):
                self._takes()
                self._presets()
        self._build()
        ui.timer(CHECK_S, self._check)
        ui.timer(REFRESH_S, self._refresh)

    @property
    def draft(self) -> Draft:
        """What is being declared."""
        return self._draft

    def load(self, draft: Draft) -> None:
        """Put another draft in its place."""
        self._draft, self._waits = draft, False
        self._build()

    def _build(self) -> None:
        self._form.clear()
        with self._form:
            with panel("Name"), ui.element("div").classes("fm-form-line is-name"):
                self._name = ui.input(value=self._draft.name).mark("name")
                self._name.props('outlined dense hide-bottom-space aria-label="Name" maxlength=120')
                self._name.without_auto_validation()
                self._name.on_value_change(lambda event: self._rename(event.value or ""))
            self._states = StatesPanel(self._tab, self._draft, self._edited)
            self._orders = OrderPanel(self._tab, self._draft, self._edited)
        self._edited()

    def _takes(self) -> None:
        with panel("What it takes"):
            with ui.element("dl").classes("fm-figures is-takes"):
                self._figures = {title: figure(title) for title in FIGURES}
            self._figures["Points"].mark("points")
            self._note = ui.label().classes("fm-caption")
            self._problem = ui.label().classes("fm-parameter-wrong").props("role=alert")
            self._problem.mark("sweep-problem")
            with ui.element("div").classes("fm-toolbar fm-above"):
                self._start = ui.button("Start the sweep", on_click=self._submit).props(FLAT)
                self._start.classes("fm-button is-primary").mark("start-sweep")
                self._start.disable()

    def _presets(self) -> None:
        with panel("Begin with", "around this tab's order"):
            with ui.element("div").classes("fm-presets"):
                for name, one in PRESETS.items():
                    with ui.element("button").props("type=button").classes("fm-fault") as button:
                        with ui.element("b"):
                            ui.label(one.title)
                        with ui.element("span"):
                            ui.label(one.note)
                    button.on("click", lambda name=name: self._take(name)).mark(f"preset-{name}")
            with ui.element("div").classes("fm-toolbar fm-above"):
                self._plain("This tab's order", self._take_ticket).mark("from-ticket")
                self._plain("Import JSON", self._import).mark("import-sweep")
                self._plain("Export JSON", self._export).mark("export-sweep")

    def _plain(self, label: str, action: Any) -> ui.button:
        return ui.button(label, on_click=action).props(FLAT).classes("fm-button is-plain")

    def _rename(self, name: str) -> None:
        self._draft.name = name
        self._edited()

    def _edited(self) -> None:
        """Something was typed or chosen."""
        self._is_dirty, self._waits = True, self._waits and not self._draft.markets

    def _refresh(self) -> None:
        if self._waits and self._tab.session.key is not None:
            self.load(preset("size", self._tab.session.ticket))
        self._states.refresh()
        self._orders.refresh()

    async def _take(self, name: str) -> None:
        """A preset; a recording that nobody has looked into yet is looked into first."""
        studio = self._tab.services.studio
        if not any(entry.held for entry in studio.library.entries):
            await studio.library.look(studio.records.writes())
        entries = studio.library.entries
        usable = [e for e in entries if e.held is not None and e.held.symbols]
        base = self._tab.session.instrument.base if self._tab.session.instrument else ""
        usable.sort(key=lambda e: e.held is None or not any(base in s for s in e.held.symbols))
        draft = preset(name, self._tab.session.ticket, usable[0].file if usable else "")
        if draft.states == "recorded" and (held := usable[0].held) is not None:
            near = [symbol for symbol in held.symbols if base in symbol]
            draft.venue, draft.symbol = held.venue, (near or held.symbols)[0]
        self.load(draft)

    def _take_ticket(self) -> None:
        self.load(of_ticket(self._tab.session.ticket))

    async def _check(self) -> None:
        """Say what the draft would take, when it has changed."""
        if not self._is_dirty or self._is_checking:
            return
        self._is_dirty, self._is_checking = False, True
        try:
            found = read(self._draft)
            problems, said, preview = dict(found.problems), "", None
            if found.sweep is not None:
                try:
                    preview = await self._tab.services.sweeps.runner.preview(found.sweep)
                except OrderError as error:
                    field = field_of(error, self._draft)
                    problems = {field: sentence(error)} if field else {}
                    said = str(error)
            elif problems:
                said = "Something is missing: see the fields."
            self._sweep = found.sweep if preview is not None else None
            self._show(preview, problems, said)
        finally:
            self._is_checking = False

    def _show(self, preview: Preview | None, problems: dict[str, str], said: str) -> None:
        texts = ("–",) * 4
        if preview is not None:
            texts = (
                fmt.count(preview.points),
                fmt.count(preview.states),
                fmt.age(preview.seconds),
                fmt.file_size(preview.size_bytes),
            )
        for label, text in zip(self._figures.values(), texts, strict=True):
            label.set_text(text)
        self._note.set_text(STEPWISE if preview is not None and not preview.is_factored else "")
        self._problem.set_text(said)
        self._start.set_enabled(preview is not None)
        for name, axis in self._orders.axes.items():
            axis.show(problems.get(name, ""))
        for name, field in (
            {"name": self._name} | self._states.fields | self._orders.fields
        ).items():
            field.error = problems.get(name)

    async def _submit(self) -> None:
        sweep = self._sweep
        if sweep is None:
            return
        self._start.disable()
        try:
            run = await self._tab.services.sweeps.runner.submit(sweep)
        except (OrderError, StorageError) as error:
            self._problem.set_text(str(error))
            self._start.enable()
            return
        self._on_started(run)

    def _export(self) -> None:
        found = read(self._draft)
        if found.sweep is None:
            self._problem.set_text("Nothing to export yet: see the fields.")
            return
        try:
            text = msgspec.json.format(to_json(found.sweep), indent=2)
        except OrderError as error:
            self._problem.set_text(str(error))
            return
        ui.download.content(text, "fathom-sweep.json", "application/json")

    def _import(self) -> None:
        with ui.dialog().props("aria-label=Sweep") as dialog, ui.card().classes("fm-card"):
            with ui.element("h2"):
                ui.label("Import a declaration")
            ui.label("A JSON file as an export of this page or of the API wrote it.").classes(
                "fm-caption"
            )
            said = ui.label().classes("fm-parameter-wrong").props("role=alert").mark("import-said")

            async def take(event: events.UploadEventArguments) -> None:
                try:
                    if event.file.size() > MOST_IMPORTED:
                        raise OrderError("file", "is too large", f"at most {MOST_IMPORTED:,} bytes")
                    draft = declared(from_json(await event.file.read()))
                except OrderError as error:
                    said.set_text(str(error))
                    upload.reset()
                    return
                dialog.close()
                self.load(draft)

            upload = ui.upload(label="Choose a .json file", auto_upload=True, on_upload=take)
            upload.props("accept='.json' flat bordered").classes("fm-upload").mark("upload-sweep")
            self._plain("Close", dialog.close)
        dialog.on("hide", dialog.delete)
        dialog.open()
