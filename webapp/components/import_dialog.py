"""Bring a file of the history back: choose it, and see what came of it, line by line."""

from collections.abc import Awaitable, Callable
from typing import Literal

from nicegui import events, ui

from storage.errors import StorageError
from storage.import_history import LARGEST, ImportReport
from webapp import format as fmt
from webapp.components.file_button import file_button
from webapp.components.plain_table import plain_table

Import = Callable[[bytes, Literal["csv", "jsonl"]], Awaitable[ImportReport]]


class ImportDialog:
    """Takes one file at a time."""

    def __init__(self, take_in: Import, on_done: Callable[[], Awaitable[None]]) -> None:
        self._take_in, self._on_done = take_in, on_done
        self._dialog = ui.dialog().props("aria-label=Import")
        with self._dialog, ui.card().classes("fm-card"):
            with ui.element("h2"):
                ui.label("Import history")
            ui.label(
                "A CSV or JSON lines file that an export of the history wrote. Lines that are "
                "here already are left alone; if a line is wrong, nothing of the file is kept. "
                f"At most {LARGEST >> 20} MiB."
            ).classes("fm-caption")
            self._upload = file_button(
                "Choose a .csv or .jsonl file",
                self.take,
                accept=".csv,.jsonl",
                most=LARGEST,
                on_rejected=self._rejected,
            )
            self._said = ui.label().classes("fm-import-said").props("role=status")
            self._said.mark("import-said")
            self._problems = ui.element("div").classes("fm-scroll")
            with ui.row().classes("fm-toolbar"):
                ui.button("Close", on_click=self._dialog.close).props(
                    "flat no-caps color=none"
                ).classes("fm-button is-plain")
        self._dialog.on("hide", self._dialog.delete)
        self._dialog.open()

    async def take(self, event: events.UploadEventArguments) -> None:
        """Take in the file that was chosen."""
        self._problems.clear()
        self._said.set_text("Reading …")
        file_format: Literal["csv", "jsonl"] = (
            "jsonl" if event.file.name.lower().endswith(".jsonl") else "csv"
        )
        try:
            report = await self._take_in(await event.file.read(), file_format)
        except StorageError as error:
            self._said.set_text(str(error))
            self._upload.reset()
            return
        self._said.set_text(sentence(report))
        with self._problems:
            if report.problems:
                plain_table(
                    ("Line", "Column", "Problem"),
                    [(str(bad.line), bad.field, bad.problem) for bad in report.problems],
                )
        self._upload.reset()
        await self._on_done()

    def _rejected(self) -> None:
        self._said.set_text(
            f"That file was not taken: one .csv or .jsonl of at most {LARGEST >> 20} MiB."
        )


def sentence(report: ImportReport) -> str:
    """What came of an import."""
    if report.n_problems:
        count = (
            "1 problem" if report.n_problems == 1 else f"{fmt.count(report.n_problems)} problems"
        )
        return f"{count} in the file: nothing of it was kept."
    known = f"; {fmt.count(report.duplicates)} were here already" if report.duplicates else ""
    return f"{fmt.count(report.added)} estimates were added{known}."
