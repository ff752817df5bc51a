"""Two sweeps beside each other, at the combinations that both have."""

import asyncio
from collections.abc import Callable
from typing import Any

from nicegui import ui

from engine.sweeps import analysis, effects
from engine.sweeps.results import Results
from market.errors import OrderError
from storage.errors import StorageError
from webapp import format as fmt
from webapp.components.live_table import LiveTable
from webapp.components.study_figure import StudyFigure
from webapp.frames import sweep_figures
from webapp.frames import sweeps as frames
from webapp.performance.view import figure, plot
from webapp.sweeps.filters import LOOK
from webapp.tab import Tab
from webapp.theme import panel

FACTS = ("Combinations", "First, mean", "Second, mean", "Mean change", "Lowest … highest change")


class CompareView:
    """Builds itself where it is made."""

    def __init__(
        self, tab: Tab, values: dict[str, str], on_address: Callable[[dict[str, str]], None]
    ) -> None:
        self._desk, self._on_address = tab.services.sweeps, on_address
        runs = [run for run in self._desk.runner.runs() if run.points_done]
        options = {str(run.id): f"{run.id}  {run.name}" for run in reversed(runs)}
        chosen = {name: values.get(name, "") for name in ("first", "second")}
        self._measure = values.get("measure", "total_bps")
        self._asked = 0
        with panel("Two sweeps"), ui.element("div").classes("fm-form-line"):
            self._fields = {
                name: self._select(name, label, options, chosen[name])
                for name, label in (("first", "First"), ("second", "Second"))
            }
            self._fields["measure"] = self._select("measure", "Measure", {}, "")
        self._message = ui.label().classes("fm-empty").mark("compare-said")
        with ui.element("div").classes("fm-column") as self._result:
            with panel("Difference", "second minus first"), ui.element("dl").classes("fm-figures"):
                self._facts = {name: figure(name) for name in FACTS}
            with ui.element("div").classes("fm-study"), plot("Both", "means over what they share"):
                self._lines = StudyFigure().mark("both")
            self._place = ui.element("div")
        ui.timer(0, self._show, once=True)

    def _select(self, name: str, label: str, options: dict[str, str], value: str) -> ui.select:
        field = ui.select(options, label=label, value=value if value in options else None)
        return field.props(LOOK).mark(f"compare-{name}").on_value_change(self._changed)

    async def _changed(self, _: Any) -> None:
        values = {name: field.value for name, field in self._fields.items() if field.value}
        self._measure = values.get("measure", self._measure)
        self._on_address(values)
        await self._show()

    async def _show(self) -> None:
        first, second = (self._fields[name].value for name in ("first", "second"))
        if not first or not second:
            self._say("Choose two sweeps: they are matched by the axes that both have.")
            return
        self._asked += 1
        asked = self._asked
        try:
            both = [await self._desk.results.open(int(one)) for one in (first, second)]
            found = await asyncio.to_thread(_compared, both[0], both[1], self._measure)
        except (OrderError, StorageError, OSError) as error:
            self._say(f"These two cannot be compared. {error}")
            return
        if asked == self._asked:
            self._paint(*found)

    def _paint(
        self,
        found: effects.Comparison,
        measures: tuple[str, ...],
        lines: tuple[str, tuple[analysis.Family, ...]],
    ) -> None:
        options = {name: frames.title(name) for name in measures}
        if options != self._fields["measure"].options:
            self._fields["measure"].set_options(options, value=self._measure)
        self._say("" if found.matched else "No combination of their axes is in both.")
        measure = self._measure
        numbers = (found.mean_first, found.mean_second, found.mean_change)
        span = (frames.cell(measure, one) for one in (found.low_change, found.high_change))
        texts = (
            fmt.count(found.matched),
            *(frames.cell(measure, one) for one in numbers),
            " … ".join(span),
        )
        for name, text in zip(FACTS, texts, strict=True):
            self._facts[name].set_text(text)
        axis, families = lines
        self._lines.show(sweep_figures.lines(families, axis, "sweep", measure))
        heads, rows = frames.compared(found, measure)
        self._place.clear()
        with self._place, panel("Largest changes"):
            table = LiveTable(heads, lambda *_: None, caption="Largest changes", empty="None.")
            table.mark("changes").show(rows)

    def _say(self, text: str) -> None:
        self._message.set_text(text)
        self._message.set_visibility(bool(text))
        self._result.set_visibility(not text)


def _compared(
    first: Results, second: Results, measure: str
) -> tuple[effects.Comparison, tuple[str, ...], tuple[str, tuple[analysis.Family, ...]]]:
    """(difference, measures of both, lines of both over an axis they share). Blocks."""
    found = effects.compare(first, second, measure)
    both = tuple(m for m in analysis.measures(first) if m in analysis.measures(second))
    axis = "size" if "size" in found.axes else found.axes[0]
    families = tuple(
        analysis.Family(name, *over(results, axis, measure))
        for name, results in (("first", first), ("second", second))
    )
    return found, both, (axis, families)


def over(
    results: Results, axis: str, measure: str
) -> tuple[tuple[Any, ...], tuple[float | None, ...]]:
    """(values of an axis, mean of the measure at each)."""
    ask = results.question()
    key, value = ask.name(axis), ask.name(measure)
    rows = ask.ask(f"SELECT {key}, avg({value}) FROM points GROUP BY 1 ORDER BY 1 LIMIT 2000")
    return tuple(row[0] for row in rows), tuple(row[1] for row in rows)
