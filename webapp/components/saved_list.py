"""Saved tickets and workspaces in a dialog: renamed, taken away as files, brought in, deleted."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nicegui import events, ui

from storage.configurations import Configuration, Configurations
from storage.errors import StorageError
from webapp.components.file_button import file_button
from webapp.configuration import LONGEST_NAME, check

FLAT = "flat no-caps color=none"
LARGEST = 64 << 10
"""Bytes of a configuration as a file."""


class SavedList:
    """One dialog; what was deleted last can be brought back while it is open."""

    def __init__(self, kept: Configurations) -> None:
        self._kept = kept
        self._deleted: Configuration | None = None

    async def show(self) -> None:
        """Open it."""
        with card("Saved tickets and workspaces") as dialog:
            with ui.element("div").classes("fm-toolbar").props("role=status") as self._bar:
                self._said = ui.label()
                self._undo_button = button("Undo", self._undo, "is-plain").mark("undo-saved")
            self._bar.set_visibility(False)
            self._rows = ui.element("div").classes("fm-column")
            self._upload = file_button(
                "Import a JSON file", self.take, accept=".json", most=LARGEST
            )
            buttons(("Close", dialog.close, "is-plain"))
        await self._fill()

    async def take(self, event: events.UploadEventArguments) -> None:
        """Keep what a file holds, if all of it is known."""
        try:
            if event.file.size() > LARGEST:
                raise ValueError(f"The file is larger than {LARGEST >> 10} KiB.")
            taken = await self._kept.import_file(await event.file.read(), check)
            self._say(f"“{taken.name}” was imported.")
        except (StorageError, ValueError) as error:
            self._say(str(error))
        self._upload.reset()
        await self._fill()

    async def _fill(self) -> None:
        try:
            saved = await self._kept.list()
        except StorageError as error:
            self._say(str(error))
            return
        self._rows.clear()
        with self._rows:
            for each in saved:
                self._row(each)
            if not saved:
                ui.label("Nothing is saved yet.").classes("fm-none")

    def _row(self, saved: Configuration) -> None:
        with ui.element("div").classes("fm-form-line").mark("saved-row"):
            field = name_field(saved.name, saved.kind)

            async def rename() -> None:
                try:
                    await self._kept.rename(saved.name, field.value or "")
                except StorageError as error:
                    field.error = str(error)
                else:
                    await self._fill()

            button("Rename", rename, "is-plain")
            button("Export", lambda: self._export(saved), "is-plain")
            button("Delete", lambda: self._delete(saved), "is-plain")

    async def _export(self, saved: Configuration) -> None:
        try:
            content = await self._kept.export(saved.name)
        except StorageError as error:
            self._say(str(error))
            return
        ui.download.content(content, "fathom-configuration.json", "application/json")

    async def _delete(self, saved: Configuration) -> None:
        try:
            self._deleted = await self._kept.delete(saved.name)
        except StorageError as error:
            self._say(str(error))
            return
        self._say(f"“{saved.name}” was deleted.", can_undo=True)
        await self._fill()

    async def _undo(self) -> None:
        if self._deleted is not None:
            try:
                await self._kept.restore(self._deleted)
            except StorageError as error:
                self._say(str(error))
                return
        self._deleted = None
        self._bar.set_visibility(False)
        await self._fill()

    def _say(self, text: str, *, can_undo: bool = False) -> None:
        self._said.set_text(text)
        self._undo_button.set_visibility(can_undo)
        self._bar.set_visibility(True)


@contextmanager
def card(title: str) -> Iterator[ui.dialog]:
    """A dialog that opens, and is gone when it is closed."""
    with ui.dialog().props('aria-label="Saved tickets"') as dialog, ui.card().classes("fm-card"):
        with ui.element("h2"):
            ui.label(title)
        yield dialog
    dialog.on("hide", dialog.delete)
    dialog.open()


def name_field(value: str, label: str = "Name") -> ui.input:
    """Where a name is typed."""
    field = ui.input(label, value=value).classes("fm-wide-field").mark("saved-name")
    field.props(f"outlined dense stack-label hide-bottom-space maxlength={LONGEST_NAME}")
    return field.without_auto_validation()


def button(label: str, action: Callable[[], object], look: str) -> ui.button:
    """One of the house."""
    return ui.button(label, on_click=action).props(FLAT).classes(f"fm-button {look}")


def buttons(*each: tuple[str, Callable[[], object], str]) -> None:
    """The row at the bottom of a dialog."""
    with ui.element("div").classes("fm-toolbar"):
        for label, action, look in each:
            button(label, action, look)
