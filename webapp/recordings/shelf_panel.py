"""The catalogue: what was recorded, to be played, annotated, deleted and brought back."""

from collections.abc import Callable

from nicegui import ui

from engine.errors import FeedError
from engine.hub import MarketKey
from market.errors import OrderError
from models.base import Source
from storage.errors import StorageError
from webapp import format as fmt
from webapp.components.live_table import LiveTable
from webapp.frames import recordings as frames
from webapp.library import LONGEST_NOTE
from webapp.tab import Tab
from webapp.theme import panel

FLAT = "flat no-caps color=none"


class ShelfPanel:
    """What one tab sees of the catalogue."""

    def __init__(self, tab: Tab, told: Callable[[str], object]) -> None:
        """`told` is given a line about space and number."""
        self._tab, self._told = tab, told
        self._studio = tab.services.studio
        self._deleted = ""
        with ui.element("div").classes("fm-toolbar").props("role=status") as self._undo_bar:
            self._undo_text = ui.label()
            undo = ui.button("Undo", on_click=self._undo).props(FLAT)
            undo.classes("fm-button is-plain").mark("undo-recording")
        self._undo_bar.set_visibility(False)
        with panel("Recorded", "newest first", classes="is-shelf"):
            self._trouble = ui.label().classes("fm-parameter-wrong")
            self._table = LiveTable(
                frames.HEADS,
                self._act,
                caption="Recordings",
                empty="Nothing is recorded yet. Record a market below, or import an archive.",
                opens="Play",
            ).mark("recordings")

    def refresh(self) -> None:
        """Show what is known now."""
        library = self._studio.library
        writing = self._studio.records.writes()
        playing = self._tab.services.runner.sources.recording
        self._trouble.set_text(library.trouble)
        self._trouble.set_visibility(bool(library.trouble))
        rows = []
        for entry in library.entries:
            names = {path.name for path in entry.shelved.paths}
            is_playing = playing is not None and playing in entry.shelved.paths
            rows.append(
                frames.recording(entry, is_playing=is_playing, is_written=bool(names & writing))
            )
        self._table.show(rows)
        size = fmt.file_size(sum(entry.shelved.bytes for entry in library.entries))
        limit = f"{self._studio.records.limit_gib:g} GiB"
        noun = "recording" if len(rows) == 1 else "recordings"
        self._told(f"{fmt.count(len(rows))} {noun}, {size} of {limit}")

    async def _act(self, name: str, file: str) -> None:
        """A press on a row; a recording that is not there any more does nothing."""
        entry = self._studio.library.find(file)
        if entry is None or entry.held is None:
            return
        playing = self._tab.services.runner.sources.recording
        if name == "watch" or (name == "open" and playing in entry.shelved.paths):
            self._watch(entry.held.venue, entry.held.symbols)
        elif name in ("play", "open"):
            await self._ask_to_play(file)
        elif name == "note":
            self._ask_for_note(file, entry.note)
        elif name == "delete":
            await self._delete(file)
        self.refresh()

    async def _ask_to_play(self, file: str) -> None:
        """One recording is played at a time: who watches another one is asked first."""
        playing = self._tab.services.runner.player
        if playing is None or self._tab.services.runner.sources.recording is None:
            await self._play(file)
            return
        with ui.dialog().props("aria-label=Recording") as dialog, ui.card().classes("fm-card"):
            with ui.element("h2"):
                ui.label("Play another recording?")
            ui.label(
                f"{playing.playing.file} is played now. Every tab that shows a recording moves "
                f"to {file}."
            )
            with ui.element("div").classes("fm-toolbar"):
                yes = ui.button("Play it", on_click=lambda: dialog.submit(True)).props(FLAT)
                yes.classes("fm-button is-primary").mark("play-it")
                no = ui.button("Keep the one of now", on_click=lambda: dialog.submit(False))
                no.props(FLAT).classes("fm-button is-plain")
        if await dialog:
            await self._play(file)
        dialog.delete()

    def _watch(self, venue: str, symbols: tuple[str, ...]) -> None:
        """Show what is played already."""
        if self._tab.session.ticket.source != Source.REPLAY:
            self._tab.session.choose(MarketKey(Source.REPLAY, venue, symbols[0]))
        ui.navigate.to("/")

    async def _play(self, file: str) -> None:
        try:
            key = await self._studio.put_in(file)
        except (OrderError, FeedError, OSError) as error:
            ui.notify(str(error), type="warning", timeout=0, close_button="Close")
            return
        if self._tab.session.ticket.source != Source.REPLAY:
            self._tab.session.choose(key)
        ui.navigate.to("/")

    def _ask_for_note(self, file: str, note: str) -> None:
        async def keep() -> None:
            try:
                await self._studio.library.annotate(file, field.value or "")
            except (OrderError, StorageError) as error:
                field.error = str(error)
                return
            dialog.close()
            self.refresh()

        with ui.dialog().props("aria-label=Recording") as dialog, ui.card().classes("fm-card"):
            with ui.element("h2"):
                ui.label(f"Note to {file.removesuffix('.jsonl.gz')}")
            field = ui.input("Note", value=note).classes("fm-wide-field").mark("note")
            field.props(f"outlined dense stack-label maxlength={LONGEST_NOTE} autofocus")
            field.without_auto_validation().on("keydown.enter", keep)
            with ui.element("div").classes("fm-toolbar"):
                button = ui.button("Keep", on_click=keep).props(FLAT)
                button.classes("fm-button is-primary").mark("keep-note")
                ui.button("Cancel", on_click=dialog.close).props(FLAT).classes("fm-button is-plain")
        dialog.on("hide", dialog.delete)
        dialog.open()

    async def _delete(self, file: str) -> None:
        try:
            await self._studio.library.throw_away(file)
        except (OrderError, OSError) as error:
            ui.notify(str(error), type="warning")
            return
        self._deleted = file
        self._undo_text.set_text(f"{file} is in the bin, for seven days.")
        self._undo_bar.set_visibility(True)

    async def _undo(self) -> None:
        try:
            await self._studio.library.take_back(self._deleted)
        except (OrderError, OSError) as error:
            ui.notify(str(error), type="warning")
        self._undo_bar.set_visibility(False)
        self.refresh()
