"""Model snapshots as files."""

from nicegui import app
from starlette.responses import Response

from storage.errors import StorageError, UnknownSnapshot
from webapp.downloads import problem
from webapp.services import Services


def register(services: Services) -> None:
    """Add the download."""

    @app.get("/models/snapshots/{number}.fathom")
    async def download(number: int) -> Response:
        try:
            content = await services.store.models.export(number)
        except UnknownSnapshot as error:
            return problem(404, "No such snapshot", str(error))
        except StorageError as error:
            return problem(503, "The snapshot cannot be read", str(error))
        name = f"fathom-models-{number}.fathom"
        return Response(
            content,
            media_type="application/octet-stream",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
