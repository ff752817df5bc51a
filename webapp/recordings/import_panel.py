"""Archives of others, and recordings from elsewhere, into the catalogue."""

import asyncio

from nicegui import events, ui

from engine.errors import FeedError
from engine.import_desk import FACTS, UPLOAD_LIMIT
from market.errors import OrderError
from market.instrument import Instrument
from models.base import Source
from webapp import format as fmt
from webapp.components.file_button import file_button
from webapp.tab import Tab
from webapp.theme import panel

FLAT = "flat no-caps color=none"


class ImportPanel:
    """What one tab sees of the import."""

    def __init__(self, tab: Tab) -> None:
        self._tab, self._desk = tab, tab.services.studio.imports
        venues = tab.services.runner.sources.offered()[Source.LIVE]
        with panel("Import", "tardis.dev books, OKX daily books, recordings of Fathom"):
            with ui.element("div").classes("fm-form-line"):
                self._file = ui.select([], label="File in the import folder").mark("import-file")
                known = {"": f"as FILE{FACTS} says"} | {
                    venue: f"as {venue} lists" for venue in venues
                }
                self._venue = ui.select(known, label="Sizes are counted", value="")
                self._venue.mark("import-facts")
                for field in (self._file, self._venue):
                    field.props("outlined dense options-dense stack-label hide-bottom-space")
                    field.without_auto_validation()
                start = ui.button("Import", on_click=self._start).props(FLAT)
                start.classes("fm-button is-primary").mark("import")
                cancel = ui.button("Cancel", on_click=self._desk.cancel).props(FLAT)
                self._cancel = cancel.classes("fm-button is-plain").mark("cancel-import")
            upload = file_button(
                f"Upload a file, at most {UPLOAD_LIMIT >> 30} GiB",
                self._take,
                most=UPLOAD_LIMIT,
                several=True,
                on_rejected=lambda: ui.notify(
                    f"At most {UPLOAD_LIMIT >> 30} GiB; put a larger file into the folder.",
                    type="warning",
                ),
            )
            upload.mark("upload")
            self._said = ui.label().classes("fm-caption").props("role=status").mark("imported")
            ui.label(
                f"Files may also be put into {self._desk.inbox}. An archive does not say what its "
                f"sizes are counted in: choose the venue whose instrument list says it, or put "
                f"FILE{FACTS} beside it."
            ).classes("fm-caption")

    async def refresh(self, *, files: bool) -> None:
        """Show how the import stands, and what lies in the folder when `files`."""
        if files:
            names = list(await asyncio.to_thread(self._desk.waiting))
            if names != self._file.options:
                chosen = self._file.value if self._file.value in names else None
                self._file.set_options(names, value=chosen or next(iter(names), None))
        state = self._desk.state
        self._cancel.set_visibility(state.is_running)
        if state.is_running:
            text = f"{state.file}: {fmt.count(state.messages)} messages so far …"
        else:
            text = state.done or (f"Not imported: {state.problem}" if state.problem else "")
        self._said.set_text(text)

    async def _take(self, event: events.UploadEventArguments) -> None:
        """Keep an upload; the browser's own limit is only a courtesy."""
        if event.file.size() > UPLOAD_LIMIT:
            ui.notify(f"{event.file.name[:60]} is too large.", type="warning")
            return
        part, whole = self._desk.place_for(event.file.name)
        try:
            await event.file.save(part)
            part.rename(whole)
        except OSError as error:
            part.unlink(missing_ok=True)
            ui.notify(f"The upload could not be kept: {error}", type="warning")
            return
        await self.refresh(files=True)
        self._file.set_value(whole.name)

    async def _start(self) -> None:
        self._file.error = self._venue.error = None
        if not self._file.value:
            self._file.error = "no file is chosen; upload one"
            return
        listed: dict[str, Instrument] = {}
        try:
            if self._venue.value:
                runner = self._tab.services.runner
                listed = await runner.instruments(Source.LIVE, self._venue.value)
            self._desk.start(self._file.value, listed)
        except FeedError as error:
            self._venue.error = f"its list could not be fetched: {error}"
        except OrderError as error:
            ui.notify(str(error), type="warning")
        await self.refresh(files=False)
