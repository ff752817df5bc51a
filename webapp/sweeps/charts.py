"""Results as charts: a measure over two axes, families of lines, and cost against risk."""

import asyncio
from itertools import pairwise
from typing import Any

from nicegui import ui

from engine.sweeps import analysis
from engine.sweeps.query import Filter, Order
from engine.sweeps.results import Results
from webapp.components.live_table import LiveTable
from webapp.components.study_figure import StudyFigure
from webapp.frames import sweep_figures
from webapp.frames import sweeps as frames
from webapp.performance.view import plot
from webapp.sweeps.view import Scene
from webapp.theme import panel

FRONT_SHOWN = 50


class HeatmapView:
    """A press on a cell opens the point in its middle."""

    def __init__(self) -> None:
        self._scene: Scene | None = None
        self._found: analysis.Heatmap | None = None
        with ui.element("div").classes("fm-study"), plot("Heatmap", "press a cell to open it"):
            self._figure = StudyFigure(self._pick).mark("heatmap")

    async def show(self, scene: Scene) -> None:
        """One query."""
        look = scene.look
        found = await asyncio.to_thread(
            analysis.heatmap,
            scene.opened.results,
            look.x,
            look.y,
            look.measure,
            look.how,
            scene.filters,
        )
        self._scene, self._found = scene, found
        self._figure.show(sweep_figures.heatmap(found, look.x, look.y, look.measure))

    async def _pick(self, at: tuple[int, ...]) -> None:
        scene, found = self._scene, self._found
        if scene is None or found is None or len(at) != 3:
            return
        _, row, column = at
        if not (0 <= row < len(found.y) and 0 <= column < len(found.x)):
            return
        inside = (
            *scene.filters,
            *around(scene.look.x, found.x, column),
            *around(scene.look.y, found.y, row),
        )
        look = scene.look
        point = await asyncio.to_thread(
            typical, scene.opened.results, look.measure, look.how, inside
        )
        if point is not None:
            await scene.on_open(point)


class LinesView:
    """A line over one axis for every value of another; a press opens a point on it."""

    def __init__(self) -> None:
        self._scene: Scene | None = None
        self._found: tuple[analysis.Family, ...] = ()
        with ui.element("div").classes("fm-study"), plot("Lines", "one a value of the second axis"):
            self._figure = StudyFigure(self._pick).mark("lines")

    async def show(self, scene: Scene) -> None:
        """One query."""
        look = scene.look
        self._found = await asyncio.to_thread(
            analysis.lines,
            scene.opened.results,
            look.x,
            look.y,
            look.measure,
            look.how,
            scene.filters,
        )
        self._scene = scene
        self._figure.show(sweep_figures.lines(self._found, look.x, look.y, look.measure))

    async def _pick(self, at: tuple[int, ...]) -> None:
        scene, found = self._scene, self._found
        if scene is None or len(at) != 2 or not 0 <= at[0] < len(found):
            return
        family = found[at[0]]
        if not 0 <= at[1] < len(family.x):
            return
        look, names = scene.look, tuple(each.name for each in found)
        inside = (
            *scene.filters,
            *around(look.x, family.x, at[1]),
            *around(look.y, names, at[0]),
        )
        point = await asyncio.to_thread(
            typical, scene.opened.results, look.measure, look.how, inside
        )
        if point is not None:
            await scene.on_open(point)


class ParetoView:
    """Points that none beats in cost and timing risk at once."""

    def __init__(self) -> None:
        self._scene: Scene | None = None
        self._rows: list[dict[str, Any]] = []
        with ui.element("div").classes("fm-study"):
            with plot("Cost against risk", "what nothing beats in both"):
                self._figure = StudyFigure(self._pick).mark("pareto")
            self._place = ui.element("div")

    async def show(self, scene: Scene) -> None:
        """One query."""
        self._scene = scene
        self._rows = await asyncio.to_thread(analysis.pareto, scene.opened.results, scene.filters)
        self._figure.show(sweep_figures.pareto(self._rows))
        columns = tuple(dict.fromkeys(("point", *scene.opened.varied, "total_bps", "risk_bps")))
        self._place.clear()
        with self._place, panel("The front", "cheapest first"):
            table = LiveTable(
                frames.point_heads(columns),
                lambda _, key: scene.on_open(int(key)),
                caption="Points of the front",
                empty="No point has a cost and a risk.",
                opens="Open this point",
            ).mark("front")
            table.show(frames.points(self._rows[:FRONT_SHOWN], columns))

    async def _pick(self, at: tuple[int, ...]) -> None:
        if self._scene is not None and len(at) == 2 and 0 <= at[1] < len(self._rows):
            await self._scene.on_open(int(self._rows[at[1]]["point"]))


def around(axis: str, values: tuple[Any, ...], number: int) -> tuple[Filter, ...]:
    """Conditions for one value of an axis, or for the bin that it is the middle of."""
    value = values[number]
    if value is None:
        return (Filter(axis, "is null"),)
    if isinstance(value, str):
        return (Filter(axis, "=", value),)
    middles = [(low + high) / 2 for low, high in pairwise(values)]
    found = []
    if number > 0:
        found.append(Filter(axis, ">=", middles[number - 1]))
    if number < len(middles):
        found.append(Filter(axis, "<", middles[number]))
    return tuple(found)


def typical(results: Results, measure: str, how: str, inside: tuple[Filter, ...]) -> int | None:
    """The point that stands for several: the lowest, the highest, or the one in the middle."""
    there = (*inside, Filter(measure, "is not null"))
    count = results.count(there)
    if not count:
        return None
    place = {"min": 0, "max": count - 1}.get(how, count // 2)
    rows = results.page(place, 1, columns=("point",), filters=there, order=[Order(measure)])
    return int(rows[0]["point"])
