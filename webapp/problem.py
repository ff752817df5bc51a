"""Answers of routes: JSON, or problem details (RFC 9457) that name the field and its range."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.responses import Response

from market.errors import OrderError
from storage.errors import StorageError

PROBLEM = "application/problem+json"
NOT_THERE = "there is no"
"""How our refusals begin where what an address names is not found; a dot means inside a body."""


async def answer(work: Callable[[], Awaitable[Any]], status: int = 200) -> Response:
    """What the work gives as JSON, or why it gives nothing."""
    try:
        return as_json(await work(), status)
    except (OrderError, StorageError) as error:
        return problem(error)


def as_json(value: Any, status: int = 200) -> Response:
    """A value that msgspec can write."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def problem(error: OrderError | StorageError) -> Response:
    """422 for what the user can mend, 404 for what is not there, 503 for the database."""
    if isinstance(error, OrderError):
        is_absent = error.problem.startswith(NOT_THERE) and "." not in error.field
        status = 404 if is_absent else 422
        title = "Not found" if status == 404 else "This cannot be"
        members: dict[str, Any] = {"field": error.field, "allowed": error.allowed}
    else:
        status, title, members = 503, "The database cannot be used", {}
    body = {"type": "about:blank", "title": title, "status": status, "detail": str(error)}
    return Response(msgspec.json.encode(body | members), status, media_type=PROBLEM)
