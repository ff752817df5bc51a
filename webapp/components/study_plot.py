"""A plot that is studied, in a panel: its numbers leave as CSV, its image by plotly's own bar."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import ui

from storage.export import export
from storage.export_table import Column, ExportTable, Names, Row
from webapp.components.study_figure import StudyFigure
from webapp.theme import panel


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """One plot: what is drawn, and the numbers behind it."""

    name: str
    """Of its files: letters, digits and hyphens."""
    meaning: str
    figure: dict[str, Any]
    """{data, layout} of plotly, colours as in study_figure.py."""
    columns: tuple[Column, ...]
    rows: Sequence[Row]

    @property
    def table(self) -> ExportTable:
        """The numbers as a table to take away."""
        at = {column.name: i for i, column in enumerate(self.columns)}

        async def pages(names: Names) -> AsyncIterator[Sequence[Row]]:
            yield [[row[at[name]] for name in names] for row in self.rows]

        return ExportTable(name=self.name, meaning=self.meaning, columns=self.columns, pages=pages)


class StudyPlot:
    """A panel with a plot, or with what is said while there is none."""

    def __init__(self, title: str, note: str = "", *, empty: str) -> None:
        self._study: Study | None = None
        self._empty = empty
        with panel(title, note, classes="fm-chart fm-study"):
            self._said = ui.label("Loading …").classes("fm-none")
            with ui.element("div").classes("fm-plot") as self._place:
                self.figure = StudyFigure()
            self.figure.props["role"] = "group"
            self.figure.props["aria-label"] = title
            self._button = ui.button("Numbers as CSV", on_click=self._download)
            self._button.props(f'flat dense no-caps color=none aria-label="{title}: as CSV"')
            self._button.classes("fm-study-file")
        self._turn(is_drawn=False)

    @property
    def said(self) -> str:
        """What is said in place of a plot; empty while there is one."""
        return "" if self._study else self._said.text

    @property
    def study(self) -> Study | None:
        """What is drawn."""
        return self._study

    def show(self, study: Study | None) -> None:
        """Draw a study; None says what was given as `empty`."""
        is_new = study is not None and (self._study is None or study.figure != self._study.figure)
        self._study = study
        self._turn(is_drawn=study is not None)
        if study is None:
            self._said.set_text(self._empty)
        elif is_new:
            self.figure.show(study.figure)

    def _turn(self, *, is_drawn: bool) -> None:
        self._place.set_visibility(is_drawn)
        self._button.set_visibility(is_drawn)
        self._said.set_visibility(not is_drawn)

    async def _download(self) -> None:
        if self._study is not None:
            chunks = [chunk async for chunk in export(self._study.table, "csv", with_units=True)]
            ui.download.content(b"".join(chunks), f"fathom-{self._study.name}.csv", "text/csv")
