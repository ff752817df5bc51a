"""Take a table away as a file: format, columns, units; progress and a way out when it is long."""

from collections.abc import Callable
from urllib.parse import urlencode

from nicegui import ui

from storage.export_table import ExportTable
from webapp import format as fmt
from webapp.export_jobs import ExportJob

FORMATS = {"csv": "CSV, for spreadsheets", "jsonl": "JSON lines", "parquet": "Parquet"}
LONG = 10_000
"""Rows from which a download shows how far it is."""
POLL_S = 0.3
FIELD = "outlined dense stack-label options-dense"


class ExportDialog:
    """One download; closes itself when it is short."""

    def __init__(
        self,
        table: ExportTable,
        total: int,
        values: dict[str, str],
        begin: Callable[[int], ExportJob],
    ) -> None:
        """`values` go into the address beside the choices made here; `begin` makes a job."""
        self._table, self._total, self._values, self._begin = table, total, values, begin
        self._job: ExportJob | None = None
        self._dialog = ui.dialog().props("aria-label=Export")
        with self._dialog, ui.card().classes("fm-card fm-export"):
            with ui.element("h2"):
                ui.label(f"Export {fmt.count(total)} rows")
            self._format = ui.select(FORMATS, value="csv", label="Format").props(FIELD)
            self._format.mark("export-format")
            names = {column.name: column.name for column in table.columns}
            self._columns = ui.select(
                names, value=list(table.chosen), label="Columns", multiple=True
            )
            self._columns.props(FIELD).mark("export-columns")
            self._columns.on_value_change(self._count_columns)
            self._count_columns()
            self._units = ui.checkbox("Units in the head of each column", value=True)
            ui.label("What every column means, with its unit, is in the data dictionary.").classes(
                "fm-caption"
            )
            ui.link("Data dictionary", "/export/dictionary.json").classes("fm-link").props(
                "download"
            )
            self._bar = ui.linear_progress(0, show_value=False).props('aria-label="Progress"')
            self._said = ui.label().classes("fm-caption").props("role=status")
            self._bar.set_visibility(False)
            with ui.row().classes("fm-toolbar"):
                self._start_button = self._button("Export", self._start, "is-primary")
                self._start_button.mark("export-start").set_enabled(total > 0)
                self._stop_button = self._button("Close", self._stop, "is-plain")
            self._timer = ui.timer(POLL_S, self._look, active=False)
        self._dialog.on("hide", self._dialog.delete)
        self._dialog.open()

    def _button(self, label: str, action: Callable[[], None], look: str) -> ui.button:
        button = ui.button(label, on_click=action).props("flat no-caps color=none")
        return button.classes(f"fm-button {look}")

    def _count_columns(self) -> None:
        chosen, all_ = len(self._columns.value or []), len(self._table.columns)
        self._columns.props(f'display-value="{chosen} of {all_}"')

    def _start(self) -> None:
        chosen = self._columns.value or []
        if not chosen:
            self._say("Columns: choose at least one.")
            return
        self._job = self._begin(self._total)
        values = dict(self._values) | {"job": self._job.token}
        if set(chosen) != set(self._table.chosen):
            values["columns"] = ",".join(chosen)
        if self._units.value:
            values["units"] = "yes"
        ui.download.from_url(f"/export/{self._table.name}.{self._format.value}?{urlencode(values)}")
        if self._total < LONG:
            self._dialog.close()
            return
        self._start_button.set_enabled(False)
        self._stop_button.set_text("Cancel")
        self._bar.set_visibility(True)
        self._timer.activate()
        self._look()

    def _look(self) -> None:
        job = self._job
        if job is None:
            return
        self._bar.set_value(round(job.share, 3))
        self._say(f"{fmt.count(job.done)} of {fmt.count(job.total)} rows")
        if job.is_finished or job.problem or job.is_cancelled:
            self._timer.deactivate()
            self._stop_button.set_text("Close")
            if job.is_finished:
                self._say(f"Done: {fmt.count(job.done)} rows.")
            elif job.problem:
                self._say(f"The export broke off: {job.problem}")
            else:
                self._say("Cancelled. What was downloaded is only a part: delete it.")

    def _stop(self) -> None:
        job = self._job
        if job is not None and not job.is_finished and not job.problem and not job.is_cancelled:
            job.is_cancelled = True
            self._look()
            return
        self._dialog.close()

    def _say(self, text: str) -> None:
        self._said.set_text(text)
