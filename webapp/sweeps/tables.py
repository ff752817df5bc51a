"""Results as tables: summary, all points, the best and the worst, what drives the cost."""

import asyncio
from functools import partial

from nicegui import ui

from engine.sweeps import analysis, effects
from engine.sweeps.query import Filter, Order
from webapp import format as fmt
from webapp.components.live_table import LiveTable
from webapp.components.study_figure import StudyFigure
from webapp.components.sweep_table import BLOCK, SweepTable
from webapp.frames import sweep_figures
from webapp.frames import sweeps as frames
from webapp.performance.view import figure, plot
from webapp.sweeps.view import Scene
from webapp.theme import panel

EXTREMES = 10
REASONS = 20
TOTAL = "total_bps"
FACTS = ("Points", "Priced", "Cheapest", "Median", "Dearest")


class SummaryView:
    """Count, mean and quantiles of every cost and risk."""

    def __init__(self) -> None:
        with panel("In short"), ui.element("dl").classes("fm-figures"):
            self._facts = {name: figure(name) for name in FACTS}
        with panel("Every measure", "over the points that have it"):
            self._table = LiveTable(
                frames.SUMMARY_HEADS, lambda *_: None, caption="Summary", empty="No point fits."
            ).mark("summary")
        with panel("Points without a price"):
            self._refused = LiveTable(
                frames.REASON_HEADS,
                lambda *_: None,
                caption="Why points have no price",
                empty="Every point has a price.",
            ).mark("reasons")

    async def show(self, scene: Scene) -> None:
        """The total first, because that is what is waited for; then every measure."""
        results, filters = scene.opened.results, scene.filters
        (total,) = await asyncio.to_thread(analysis.summary, results, filters, (TOTAL,))
        texts = (
            fmt.count(total.count + total.absent),
            fmt.count(total.count),
            *(f"{fmt.bps(value)} bps" for value in (total.low, total.median, total.high)),
        )
        for name, text in zip(FACTS, texts, strict=True):
            self._facts[name].set_text(text)
        scene.on_first()
        found = await asyncio.to_thread(analysis.summary, results, filters)
        self._table.show(frames.summary(found))
        reasons = await asyncio.to_thread(refusals, scene)
        self._refused.show(frames.reasons(reasons, total.count + total.absent))


def refusals(scene: Scene) -> list[tuple[str, int]]:
    """(why points have no price, how many), the most first. Blocks."""
    ask = scene.opened.results.question()
    clause, values = ask.where((*scene.filters, Filter("reason", "is not null")))
    rows = ask.ask(
        f"SELECT reason, count(*) FROM points{clause} GROUP BY 1 ORDER BY 2 DESC LIMIT {REASONS}",
        values,
    )
    return [(str(reason), int(count)) for reason, count in rows]


class PointsView:
    """Every point, as many as there are; the database sorts, filters and pages."""

    def __init__(self) -> None:
        self._scene: Scene | None = None
        with panel("Points", "press a row to open it"):
            self._said = ui.label().classes("fm-caption").mark("points-said")
            self._table = SweepTable(
                caption="Points of the sweep",
                on_ask=self._ask,
                on_sort=lambda sort: self._scene and self._scene.on_sort(sort),
                on_open=lambda point: self._scene and self._scene.on_open(point),
            ).mark("points-table")

    async def show(self, scene: Scene) -> None:
        """Count, and the first block."""
        self._scene = scene
        results, columns = scene.opened.results, scene.opened.columns
        count, rows = await asyncio.gather(
            asyncio.to_thread(results.count, scene.filters),
            asyncio.to_thread(_block, scene, 0),
        )
        looks = dict(zip(columns, frames.point_heads(columns), strict=True))
        heads = [(looks[c][0], looks[c][1], c) for c in columns]
        self._table.show(heads, count, scene.look.sort, rows)
        note = f"{fmt.count(count)} of {fmt.count(scene.opened.run.points_done)} points"
        self._said.set_text(note)

    async def _ask(self, number: int) -> None:
        """A block came into view."""
        scene, token = self._scene, self._table.token
        if scene is None:
            return
        rows = await asyncio.to_thread(_block, scene, number)
        if token == self._table.token:
            self._table.put(number, rows)


def _block(scene: Scene, number: int) -> list[tuple[str, list[str]]]:
    """(point, cells) of each row. Blocks."""
    results, sort, columns = scene.opened.results, scene.look.sort, scene.opened.columns
    order = [Order(sort.removeprefix("-"), is_descending=sort.startswith("-"))] if sort else []
    rows = results.page(number * BLOCK, BLOCK, filters=scene.filters, order=order)
    return [(str(row["point"]), [frames.cell(c, row[c]) for c in columns]) for row in rows]


class ExtremesView:
    """The lowest and the highest points by the chosen measure."""

    def __init__(self) -> None:
        self._place = ui.element("div").classes("fm-column")

    async def show(self, scene: Scene) -> None:
        """Two short tables."""
        names = ("point", *scene.opened.varied, scene.look.measure)
        columns = tuple(dict.fromkeys(names))
        best, worst = await asyncio.to_thread(
            analysis.extremes, scene.opened.results, scene.look.measure, EXTREMES, scene.filters
        )
        heads = frames.point_heads(columns)
        self._place.clear()
        with self._place, ui.element("div").classes("fm-halves"):
            for title, rows in (("Lowest", best), ("Highest", worst)):
                with panel(title, frames.title(scene.look.measure)):
                    table = LiveTable(
                        heads,
                        lambda _, key: scene.on_open(int(key)),
                        caption=title,
                        empty="No point has that number.",
                        opens="Open this point",
                    ).mark(title.lower())
                    table.show(frames.points(rows, columns))


class SensitivityView:
    """What each axis alone explains of the spread of the measure."""

    def __init__(self) -> None:
        with ui.element("div").classes("fm-halves"):
            with plot("What drives it", "share of the variance that the axis alone explains"):
                self._bars = StudyFigure()
            with panel("Axes", "means over everything else"):
                self._table = LiveTable(
                    frames.EFFECT_HEADS,
                    lambda *_: None,
                    caption="Effects of the axes",
                    empty="No axis has more than one value, or nothing varies.",
                ).mark("effects")

    async def show(self, scene: Scene) -> None:
        """One query an axis."""
        ask = partial(effects.sensitivity, scene.opened.results, scene.look.measure, scene.filters)
        found = await asyncio.to_thread(ask)
        self._table.show(frames.effects(found, scene.look.measure))
        self._bars.show(sweep_figures.effects(found))
