"""Snapshots of one market's models: saved, compared, loaded, rolled back, exported, deleted."""

from nicegui import events, ui

from engine.hub import MarketKey
from market.errors import OrderError
from storage.errors import StorageError
from storage.snapshot_file import LARGEST
from storage.snapshots import DeletedSnapshot, SavedModels
from webapp import format as fmt
from webapp.components.live_table import LiveTable
from webapp.components.plain_table import plain_table
from webapp.components.saved_list import button, buttons, card
from webapp.frames import learning as frames
from webapp.learned.view import Seen
from webapp.services import Services
from webapp.theme import panel

LONGEST_NOTE = 200
FIELD = "outlined dense stack-label hide-bottom-space options-dense"
EMPTY = (
    "No snapshot of this market yet. Save one as soon as something is fitted; Fathom keeps one "
    "every ten minutes and at shutdown by itself."
)
Refused = (OrderError, StorageError)


class SnapshotsView:
    """Builds itself where it is made."""

    def __init__(self, services: Services) -> None:
        self._trainer, self._kept = services.trainer, services.store.models
        self._key: MarketKey | None = None
        self._warm_from = ""
        self._saved: dict[int, SavedModels] = {}
        self._deleted: DeletedSnapshot | None = None
        self._before: int | None = None
        """What was learned before the last load."""
        with ui.element("div").classes("fm-toolbar").props("role=status") as self._bar:
            self._said = ui.label().mark("snapshot-said")
            self._undo_button = button("Undo", self._undo, "is-plain").mark("undo-snapshot")
            self._back_button = button("Roll back", self._roll_back, "is-plain").mark("roll-back")
        self._say("")
        with panel("Save", "what is learned now, with its marks"):
            with ui.element("div").classes("fm-form-line"):
                self._note = ui.input("Note", placeholder="why it is worth keeping")
                self._note.props(f"{FIELD} maxlength={LONGEST_NOTE}").classes("fm-search")
                button("Save a snapshot", self._save, "is-primary").mark("save-snapshot")
            self._upload = ui.upload(
                label=f"Import a snapshot, at most {LARGEST >> 20} MiB",
                auto_upload=True,
                max_file_size=LARGEST,
                max_files=1,
                on_upload=self.take,
                on_rejected=lambda: self._say(TOO_LARGE),
            )
            self._upload.props("flat bordered").classes("fm-archive").mark("import-snapshot")
        with panel("Snapshots", "of this market, newest first; automatic ones: five kept"):
            self._table = LiveTable(
                frames.SNAPSHOT_HEADS, self._act, caption="Snapshots of models", empty=EMPTY
            ).mark("snapshots")
        with ui.element("div").classes("fm-form-line") as self._two:
            self._first, self._second = (
                ui.select({}, label=label).props(FIELD) for label in ("First", "Second")
            )
            button("Compare the two", self._compare, "is-plain").mark("compare-snapshots")

    async def show(self, seen: Seen, *, plots: bool) -> None:
        """List the snapshots of the market that is looked at."""
        if not plots and seen.key == self._key:
            return
        self._key = seen.key
        self._warm_from = seen.state.warm_from if seen.state else ""
        await self._fill()

    async def _fill(self) -> None:
        found: tuple[SavedModels, ...] = ()
        if self._key is not None:
            try:
                found = await self._kept.list(
                    self._key.source.value, self._key.venue, self._key.symbol
                )
            except StorageError as error:
                self._say(str(error))
                return
        self._saved = {saved.id: saved for saved in found}
        self._table.show([frames.snapshot_row(saved, self._warm_from) for saved in found])
        self._two.set_visibility(len(found) > 1)
        labels = {saved.id: frames.snapshot_label(saved) for saved in found}
        for select, place in ((self._first, -1), (self._second, 0)):
            if labels != select.options:
                value = select.value if select.value in labels else None
                known = list(labels)
                select.set_options(labels, value=value or (known[place] if known else None))

    async def take(self, event: events.UploadEventArguments) -> None:
        """Take a file in; what is refused says why."""
        try:
            if event.file.size() > LARGEST:
                raise OrderError("file", "is too large", f"at most {LARGEST >> 20} MiB")
            number = await self._kept.import_file(await event.file.read())
        except Refused as error:
            self._say(f"Not taken: {error}")
        else:
            saved = await self._kept.list()
            mine = next((each for each in saved if each.id == number), None)
            where = f" of {mine.source} {mine.venue} {mine.symbol}" if mine else ""
            self._say(f"Imported as number {number}{where}.")
            await self._fill()
        self._upload.reset()

    async def _save(self) -> None:
        if self._key is None:
            self._say("No market is followed now.")
            return
        try:
            note = (self._note.value or "")[:LONGEST_NOTE]
            number = await self._trainer.save(self._key, note)
        except Refused as error:
            self._say(str(error))
            return
        self._note.set_value("")
        self._say(f"Saved as number {number}.")
        await self._fill()

    async def _act(self, name: str, row: str) -> None:
        number = int(row) if row.isdigit() else 0
        if number not in self._saved:
            return
        if name == "file":
            ui.download.from_url(f"/models/snapshots/{number}.fathom")
        elif name == "load":
            await self._load(number)
        elif name == "delete":
            await self._delete(number)

    async def _load(self, number: int) -> None:
        """What is learned now is kept first, so that there is a way back."""
        if self._key is None:
            return
        before = None
        try:
            before = await self._trainer.save(self._key, f"before snapshot {number} was loaded")
        except OrderError:
            before = None  # nothing was fitted: there is nothing to come back to
        except StorageError as error:
            self._say(str(error))
            return
        if await self._restore(number):
            self._before = before
            self._say(f"Snapshot {number} is in use: learning goes on from it.", can_go_back=True)

    async def _roll_back(self) -> None:
        if self._before is not None and await self._restore(self._before):
            self._say(f"Back to what was learned before: snapshot {self._before}.")
            self._before = None

    async def _restore(self, number: int) -> bool:
        if self._key is None:
            return False
        try:
            await self._trainer.load(self._key, number)
        except Refused as error:
            self._say(f"Not loaded: {error}")
            return False
        self._warm_from = f"snapshot {number}"
        await self._fill()
        return True

    async def _delete(self, number: int) -> None:
        try:
            self._deleted = await self._kept.delete(number)
        except StorageError as error:
            self._say(str(error))
            return
        self._say(f"Snapshot {number} was deleted.", can_undo=True)
        await self._fill()

    async def _undo(self) -> None:
        if self._deleted is not None:
            try:
                await self._kept.restore(self._deleted)
            except StorageError as error:
                self._say(str(error))
                return
            self._say(f"Snapshot {self._deleted.id} is back.")
            self._deleted = None
            await self._fill()

    async def _compare(self) -> None:
        if self._first.value is None or self._second.value is None:
            self._say("Choose two snapshots to compare.")
            return
        try:
            found = await self._kept.compare(int(self._first.value), int(self._second.value))
        except StorageError as error:
            self._say(str(error))
            return
        with card(f"Snapshot {self._first.value} → {self._second.value}") as dialog:
            with ui.element("div").classes("fm-scroll"):
                plain_table(frames.COMPARE_HEADS, frames.compared_rows(found))
            if not found:
                ui.label("Neither holds a mark.").classes("fm-none")
            buttons(("Close", dialog.close, "is-plain"))

    def _say(self, text: str, *, can_undo: bool = False, can_go_back: bool = False) -> None:
        self._said.set_text(text)
        self._bar.set_visibility(bool(text))
        self._undo_button.set_visibility(can_undo)
        self._back_button.set_visibility(can_go_back and self._before is not None)


TOO_LARGE = f"That file was not taken: one of at most {fmt.count(LARGEST >> 20)} MiB."
