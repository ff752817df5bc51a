"""What a request about sweeps carries: a body of a bounded size, a run, conditions."""

from typing import Any

import msgspec
from fastapi import Request

from engine.sweeps.query import COMPARISONS, Filter
from engine.sweeps.results import Results
from engine.sweeps.run import SweepRun
from market.errors import OrderError
from models.sweep.declaration import MAX_TEXT


async def body_of(request: Request) -> bytes:
    """The body of a request, of a bounded size."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_TEXT:
            raise OrderError("sweep", "is too long", f"at most {MAX_TEXT:,} bytes")
        parts.append(part)
    return b"".join(parts)


def run_fields(run: SweepRun) -> dict[str, Any]:
    fields = msgspec.to_builtins(run, builtin_types=(bytes,))
    return {**{k: v for k, v in fields.items() if k != "declaration"}, "share": run.share}


def filters_of(texts: list[str], results: Results) -> list[Filter]:
    """Conditions as an address carries them."""
    found = []
    for text in texts:
        column, _, rest = text.partition(",")
        comparison, _, value = rest.partition(",")
        if comparison not in COMPARISONS:
            raise OrderError("filter", f"{text!r} has no comparison", ", ".join(COMPARISONS))
        is_number = column in results.columns and results.is_number(column)
        try:
            found.append(Filter(column, comparison, float(value) if is_number and value else value))
        except ValueError:
            raise OrderError("filter", f"{value!r} is no number", "column,comparison,1.5") from None
    return found
