"""Everything that leaves as a file or as JSON: exports, receipts, their check.

One line in EXPORTS adds a table: its name in the address, and what makes it for a request.
"""

import logging
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime

from nicegui import app
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from market.units import NS_PER_S
from storage.errors import ReceiptBroken, StorageError, UnknownEstimate
from storage.export import MEDIA_TYPES, Format, export
from storage.export_table import ExportTable, UnknownColumn, dictionary
from storage.receipt_file import to_file
from webapp.export_jobs import ExportCancelled, ExportJob, ExportJobs
from webapp.history_link import read_link
from webapp.recordings.machine_export import machine_table
from webapp.services import Services
from webapp.verifying import verify_saved

log = logging.getLogger(__name__)

Values = Mapping[str, str]


class BadRequest(ValueError):
    """A value in the address cannot be meant; the text names it and what is allowed."""


def _history(services: Services, values: Values) -> ExportTable:
    link = read_link(values)
    if link.problems:
        raise BadRequest("; ".join(f"{name}: {why}" for name, why in link.problems.items()))
    return services.store.estimates.table(link.wanted)


def _cost_series(services: Services, values: Values) -> ExportTable:
    return services.store.series.table(values.get("series") or None)


EXPORTS: dict[str, Callable[[Services, Values], ExportTable]] = {
    "history": _history,
    "cost-series": _cost_series,
    "model-metrics": lambda services, _: services.store.metrics.table(),
    "labels": lambda services, _: services.store.labels.table(),
    "scores": lambda services, _: services.store.scores.table(),
    "time-machine": lambda services, _: machine_table(services.studio.machine.course),
}


class NoCancelled(logging.Filter):
    """Keeps the server from logging as a fault of ours that a user stopped a download."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record may pass."""
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, BaseExceptionGroup):
            return error.split(ExportCancelled)[1] is not None
        return not isinstance(error, ExportCancelled)


def register(services: Services, jobs: ExportJobs) -> None:
    """Add the routes."""
    logging.getLogger("uvicorn.error").addFilter(NoCancelled())

    @app.get("/export/dictionary.json")
    def describe() -> JSONResponse:
        tables = [make(services, {}) for make in EXPORTS.values()]
        return JSONResponse(dictionary(tables))

    @app.get("/export/{name}.{file_format}")
    async def download(name: str, file_format: Format, request: Request) -> Response:
        values = dict(request.query_params)
        if name not in EXPORTS:
            allowed = ", ".join(EXPORTS)
            return problem(404, "No such table", f"{name[:40]}; allowed: {allowed}")
        try:
            table = EXPORTS[name](services, values)
            columns = [part for part in values.get("columns", "").split(",") if part]
            table.pick(columns)
        except (BadRequest, UnknownColumn) as error:
            return problem(422, "A value of the address cannot be meant", str(error))
        job = jobs.find(values.get("job", ""))
        with_units = values.get("units") == "yes"
        chunks = _watched(table, file_format, columns, with_units=with_units, job=job)
        try:
            first = await anext(chunks, b"")
        except StorageError as error:
            return problem(503, "The history cannot be read", str(error))
        return StreamingResponse(
            _after(first, chunks),
            media_type=MEDIA_TYPES[file_format],
            headers=_attachment(f"{_file_name(services, name)}.{file_format}"),
        )

    @app.get("/api/v1/estimates/{number}/receipt")
    async def receipt(number: int) -> Response:
        try:
            await services.store.estimates.receipt(number)
            body = await services.store.estimates.receipt_text(number)
        except StorageError as error:
            return _storage_problem(error)
        headers = _attachment(f"fathom-receipt-{number}.json")
        return Response(to_file(body), media_type="application/json", headers=headers)

    @app.get("/api/v1/estimates/{number}/verify")
    async def verify(number: int) -> Response:
        try:
            verdict = await verify_saved(services, number)
        except StorageError as error:
            return _storage_problem(error)
        return JSONResponse(
            {
                "id": number,
                "is_equal": verdict.is_equal,
                "sentence": verdict.sentence,
                "refusal": verdict.refusal or None,
                "saved_version": verdict.saved_version,
                "version": verdict.version,
                "differences": [
                    {"field": each.field, "saved": each.saved, "now": each.now}
                    for each in verdict.differences
                ],
            }
        )


async def _watched(
    table: ExportTable,
    file_format: Format,
    columns: list[str],
    *,
    with_units: bool,
    job: ExportJob | None,
) -> AsyncIterator[bytes]:
    """The chunks of a file while its job, if there is one, follows and may stop them."""

    def count(rows: int) -> None:
        if job is not None:
            job.done += rows
            if job.is_cancelled:
                raise ExportCancelled

    try:
        async for chunk in export(
            table, file_format, columns, with_units=with_units, on_rows=count
        ):
            if chunk:
                yield chunk
    except StorageError as error:
        log.warning("an export of %s broke off: %s", table.name, error)
        if job is not None:
            job.problem = str(error)
        raise
    if job is not None:
        job.is_finished = True


async def _after(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


def problem(status: int, title: str, detail: str) -> JSONResponse:
    """An error as RFC 9457 has it."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JSONResponse(body, status, media_type="application/problem+json")


def _storage_problem(error: StorageError) -> JSONResponse:
    if isinstance(error, UnknownEstimate):
        return problem(404, "No such estimate", str(error))
    if isinstance(error, ReceiptBroken):
        return problem(409, "The receipt is not what was saved", str(error))
    return problem(503, "The history cannot be read", str(error))


def _attachment(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def _file_name(services: Services, table: str) -> str:
    now = datetime.fromtimestamp(services.clock.now_ns() / NS_PER_S, UTC)
    return f"fathom-{table}-{now:%Y%m%dT%H%M%SZ}"
