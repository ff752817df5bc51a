"""Published fees of every venue and product, and a user's own file in the same format.

The facts with their dates, sources and confidence are in fee_schedules.json beside this file:

    {venue: {product: {"as_of": "2026-10-16", "source": ..., "confidence": ..., "notes": ...,
                       "charged_in": "quote" | "received" | "spent" | "settle",
                       "tiers": [{"name": ..., "maker_bps": ..., "taker_bps": ...,
                                  "min_volume_usd": ..., "min_assets_usd": ...}]}}}
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Any

import msgspec

from market.errors import OrderError
from market.fee_schedule import ChargedIn, FeeSchedule, FeeTier

Schedules = Mapping[tuple[str, str], FeeSchedule]
"""By venue and product."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
Money = Annotated[float, msgspec.Meta(ge=0)]


class _Tier(msgspec.Struct, forbid_unknown_fields=True):
    name: Name
    maker_bps: float
    taker_bps: float
    min_volume_usd: Money | None = None
    min_assets_usd: Money | None = None


class _Schedule(msgspec.Struct, forbid_unknown_fields=True):
    as_of: date
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    confidence: Annotated[str, msgspec.Meta(max_length=200)]
    tiers: Annotated[list[_Tier], msgspec.Meta(min_length=1, max_length=100)]
    notes: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    charged_in: ChargedIn = ChargedIn.QUOTE


@lru_cache
def published() -> Schedules:
    """The schedules that come with Fathom."""
    text = files("models").joinpath("fee_schedules.json").read_bytes()
    return read_schedules(text)


def read_schedules(text: bytes) -> Schedules:
    """Schedules from JSON; OrderError with the path inside the file where it is wrong."""
    try:
        tree = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise OrderError("fee file", f"is not JSON: {error}") from None
    return {
        (venue, product): _schedule(venue, product, row)
        for venue, products in _members(tree, "fee file")
        for product, row in _members(products, venue)
    }


def schedule(venue: str, product: str, own: Schedules | None = None) -> FeeSchedule:
    """The schedule of a venue's product, the user's own first; OrderError where none is known."""
    key = (venue, product)
    if own is not None and key in own:
        return own[key]
    if key in published():
        return published()[key]
    known = ", ".join(sorted(" ".join(k) for k in published()))
    raise OrderError("fees", f"no schedule for {venue} {product}", known)


def custom_tier(maker_bps: float, taker_bps: float) -> FeeTier:
    """Rates as typed by the user; OrderError where no venue would charge them."""
    return FeeTier(name=CUSTOM, maker_bps=maker_bps, taker_bps=taker_bps)


CUSTOM = "custom"
"""Name of a tier that was typed."""


def _members(tree: Any, path: str) -> list[tuple[str, Any]]:
    if not isinstance(tree, dict) or not tree:
        raise OrderError(path, "must be an object with at least one member")
    return list(tree.items())


def _schedule(venue: str, product: str, row: Any) -> FeeSchedule:
    path = f"{venue}.{product}"
    try:
        read = msgspec.convert(row, _Schedule)
    except msgspec.ValidationError as error:
        problem, _, where = str(error).partition(" - at `$")
        raise OrderError(path + where.rstrip("`"), problem) from None
    names = [tier.name for tier in read.tiers]
    if len(set(names)) < len(names):
        raise OrderError(f"{path}.tiers", "two tiers have the same name")
    if CUSTOM in names:
        raise OrderError(f"{path}.tiers", f"{CUSTOM!r} is the name of rates that are typed")
    return FeeSchedule(
        venue=venue,
        product=product,
        tiers=tuple(_tier(f"{path}.tiers[{i}]", tier) for i, tier in enumerate(read.tiers)),
        as_of=read.as_of,
        source=read.source,
        confidence=read.confidence,
        notes=read.notes,
        charged_in=read.charged_in,
    )


def _tier(path: str, row: _Tier) -> FeeTier:
    try:
        return FeeTier(
            name=row.name,
            maker_bps=row.maker_bps,
            taker_bps=row.taker_bps,
            min_volume_usd=row.min_volume_usd,
            min_assets_usd=row.min_assets_usd,
        )
    except OrderError as error:
        raise OrderError(path, f"{error.field}: {error.problem}", error.allowed) from None
