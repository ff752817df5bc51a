"""Sweeps: a declared set of orders, priced in bulk on many books. Works without a server."""

from models.sweep.axes import Grid, LatinHypercube, Linear, Listed, Log, Random
from models.sweep.declaration import (
    Embedded,
    Frozen,
    Market,
    Recorded,
    Scenario,
    Sweep,
    Tier,
    digest,
    from_json,
    to_json,
)
from models.sweep.plan import Plan, plan
from models.sweep.table import swept

__all__ = [
    "Embedded",
    "Frozen",
    "Grid",
    "LatinHypercube",
    "Linear",
    "Listed",
    "Log",
    "Market",
    "Plan",
    "Random",
    "Recorded",
    "Scenario",
    "Sweep",
    "Tier",
    "digest",
    "from_json",
    "plan",
    "swept",
    "to_json",
]
