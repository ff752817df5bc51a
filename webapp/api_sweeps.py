"""Sweeps over HTTP: /api/v1/sweeps. Errors are problem details (RFC 9457) that name the field."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request
from nicegui import app
from starlette.responses import Response, StreamingResponse

from engine.sweeps import analysis, effects
from engine.sweeps.query import Order
from engine.sweeps.results import Results
from market.errors import OrderError
from models.preview import as_preview
from models.sweep.declaration import from_json
from storage.errors import StorageError
from webapp.problem import answer, as_json, problem
from webapp.services import Services
from webapp.sweep_export import MEDIA_TYPES, Format, rows_as
from webapp.sweep_request import body_of, filters_of, run_fields
from webapp.sweeping import SweepDesk

ROUTE = "/api/v1/sweeps"
Filters = Annotated[list[str], Query(alias="filter")]
"""column,comparison,value: `size,>,1000`, `side,=,sell`, `reason,is null`"""


def register(services: Services) -> None:
    """Add the routes to NiceGUI's app."""
    router = APIRouter(prefix=ROUTE, tags=["sweeps"])
    _runs(router, services.sweeps)
    _results(router, services.sweeps)
    app.include_router(router)


def _runs(router: APIRouter, desk: SweepDesk) -> None:
    runner = desk.runner

    @router.post("/preview")
    async def preview(request: Request) -> Response:
        """Points exactly, time and bytes about, for a declaration."""

        async def work() -> Any:
            return await runner.preview(from_json(await body_of(request)))

        return await answer(work)

    @router.post("")
    async def submit(request: Request) -> Response:
        """Start a sweep from its declaration."""

        async def work() -> Any:
            return run_fields(await runner.submit(from_json(await body_of(request))))

        return await answer(work, status=201)

    @router.get("")
    async def runs() -> Response:
        """All runs, oldest first."""
        return as_json([run_fields(run) for run in runner.runs()])

    @router.get("/{run_id}")
    async def run(run_id: int) -> Response:
        """One run with its progress."""

        async def work() -> Any:
            return run_fields(runner.run_of(run_id))

        return await answer(work)

    @router.get("/{run_id}/declaration")
    async def declaration(run_id: int) -> Response:
        """The declaration as it can be shared: frozen books are in it."""

        async def work() -> Any:
            return msgspec.Raw(runner.run_of(run_id).declaration)

        return await answer(work)

    @router.post("/{run_id}/{action}")
    async def act(run_id: int, action: str) -> Response:
        """pause, resume or cancel."""

        async def work() -> Any:
            actions = {"pause": runner.pause, "resume": runner.resume, "cancel": runner.cancel}
            if action not in actions:
                raise OrderError("action", f"no {action!r}", ", ".join(actions))
            return run_fields(await actions[action](run_id))

        return await answer(work)

    @router.delete("/{run_id}")
    async def forget(run_id: int) -> Response:
        """Delete a run with its results."""

        async def work() -> Any:
            runner.run_of(run_id)
            await desk.delete(run_id)
            return {"deleted": run_id}

        return await answer(work)


def _results(router: APIRouter, desk: SweepDesk) -> None:
    async def asked(run_id: int, ask: Callable[[Results], Any]) -> Response:
        async def work() -> Any:
            return await asyncio.to_thread(ask, await _opened(desk, run_id))

        return await answer(work)

    @router.get("/{run_id}/summary")
    async def summary(run_id: int, filters: Filters = []) -> Response:  # noqa: B006
        """Count, mean, deviation and quantiles of every cost."""
        return await asked(run_id, lambda r: analysis.summary(r, filters_of(filters, r)))

    @router.get("/{run_id}/points")
    async def points(
        run_id: int,
        offset: int = 0,
        limit: int = 100,
        sort: str = "",
        descending: bool = False,
        filters: Filters = [],  # noqa: B006
    ) -> Response:
        """A page of points, filtered and sorted."""

        def ask(r: Results) -> Any:
            kept = filters_of(filters, r)
            order = [Order(sort, descending)] if sort else []
            rows = r.page(offset, limit, filters=kept, order=order)
            return {"count": r.count(kept), "offset": offset, "rows": rows}

        return await asked(run_id, ask)

    @router.get("/{run_id}/points/{point}")
    async def point(run_id: int, point: int) -> Response:
        """One point priced again, with its explanation."""

        async def work() -> Any:
            found = await desk.point(run_id, point)
            preview = None if found.estimate is None else as_preview(found.estimate)
            return {"point": point, "refusal": found.refusal, "estimate": preview}

        return await answer(work)

    @router.get("/{run_id}/heatmap")
    async def heatmap(
        run_id: int,
        x: str,
        y: str,
        measure: str = "total_bps",
        how: analysis.How = "mean",
        filters: Filters = [],  # noqa: B006
    ) -> Response:
        """A measure over two axes."""
        return await asked(
            run_id, lambda r: analysis.heatmap(r, x, y, measure, how, filters_of(filters, r))
        )

    @router.get("/{run_id}/lines")
    async def lines(
        run_id: int,
        x: str,
        by: str,
        measure: str = "total_bps",
        how: analysis.How = "mean",
        filters: Filters = [],  # noqa: B006
    ) -> Response:
        """A line over x for every value of another axis."""
        return await asked(
            run_id, lambda r: analysis.lines(r, x, by, measure, how, filters_of(filters, r))
        )

    @router.get("/{run_id}/pareto")
    async def pareto(run_id: int, filters: Filters = []) -> Response:  # noqa: B006
        """Points that none beats in cost and risk at once."""
        return await asked(run_id, lambda r: analysis.pareto(r, filters_of(filters, r)))

    @router.get("/{run_id}/extremes")
    async def extremes(run_id: int, measure: str = "total_bps", number: int = 10) -> Response:
        """The lowest and the highest points."""

        def ask(r: Results) -> Any:
            lowest, highest = analysis.extremes(r, measure, number)
            return {"lowest": lowest, "highest": highest}

        return await asked(run_id, ask)

    @router.get("/{run_id}/sensitivity")
    async def sensitivity(run_id: int, measure: str = "total_bps") -> Response:
        """What every axis explains of a measure."""
        return await asked(run_id, lambda r: effects.sensitivity(r, measure))

    @router.get("/{run_id}/compare/{other}")
    async def compare(run_id: int, other: int, measure: str = "total_bps") -> Response:
        """How another run differs, at the points both have."""

        async def work() -> Any:
            first, second = [await _opened(desk, one) for one in (run_id, other)]
            return await asyncio.to_thread(effects.compare, first, second, measure)

        return await answer(work)

    @router.get("/{run_id}/export.{file_format}")
    async def export(run_id: int, file_format: Format) -> Response:
        """All points as a file."""
        try:
            results = await _opened(desk, run_id)
        except (OrderError, StorageError) as error:
            return problem(error)
        return StreamingResponse(
            rows_as(file_format, results),
            media_type=MEDIA_TYPES[file_format],
            headers={"Content-Disposition": f'attachment; filename="sweep-{run_id}.{file_format}"'},
        )


async def _opened(desk: SweepDesk, run_id: int) -> Results:
    """The finished points of a run that there is."""
    desk.runner.run_of(run_id)
    return await desk.results.open(run_id)
