"""What the Performance page knows, as one JSON document."""

from typing import Any

import msgspec
from nicegui import app
from starlette.responses import Response

from webapp.services import Services


def register(services: Services) -> None:
    """Add the download."""

    @app.get("/performance/export.json")
    def download() -> Response:
        return Response(
            msgspec.json.encode(report(services)),
            media_type="application/json",
            headers={"Content-Disposition": 'attachment; filename="fathom-performance.json"'},
        )


def report(services: Services) -> dict[str, Any]:
    """Latencies (ms), each second of the last minutes, doubts about books, and the log."""
    incidents = services.runner.incidents
    return {
        "version": services.version,
        "written_ns": services.clock.now_ns(),
        "began_ns": services.vitals.began_ns,
        "latency_ms": services.latencies.table(),
        "seconds": services.vitals.history(),
        "doubt_counts": dict(incidents.counts),
        "doubts": incidents.all(),
        "log": services.log.all(),
    }
