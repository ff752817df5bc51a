"""What history gives out, and the one place where rows and frozen types meet."""

import math
from dataclasses import asdict, dataclass
from datetime import date
from enum import Enum
from typing import Any

from sqlalchemy import RowMapping

from market.instrument import Side
from market.order import Unit
from market.trust import Grade
from models.base import CostEstimate, CostKind, Source
from storage.errors import NotStorable
from storage.filters import Cursor


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedEstimate:
    """One line of history. Costs in bps of arrival notional, positive = the trader pays."""

    id: int
    """Never given to another estimate, not even after a delete."""
    created_ns: int
    """When it was saved (UTC)."""
    as_of_ns: int
    """When its market state was made (UTC)."""
    source: Source
    venue: str
    venue_symbol: str
    symbol: str
    product: str
    side: Side
    recipe: str
    style: str
    amount: float
    """As typed, in `unit`."""
    unit: Unit
    quantity_base: float
    filled_base: float
    unfilled_base: float
    notional_quote: float
    mid: float
    average_price: float
    worst_price: float
    total_bps: float
    low_bps: float
    high_bps: float
    total_quote: float
    spread_bps: float | None
    """This and the other parts: None where the recipe has no such part in its total."""
    depth_bps: float | None
    slippage_bps: float | None
    temporary_impact_bps: float | None
    permanent_impact_bps: float | None
    impact_bps: float | None
    fees_bps: float | None
    opportunity_bps: float | None
    maker_share: float
    """0 = all taker, 1 = all maker."""
    trust_grade: Grade
    fee_as_of: date | None
    """Date of the fee schedule; None when no schedule was used."""
    fee_source: str | None
    tier: str | None
    code_version: str
    receipt_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What the user put beside a line."""

    tags: tuple[str, ...] = ()
    note: str = ""


UNMARKED = Marks()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of history as it is shown."""

    saved: SavedEstimate
    marks: Marks = UNMARKED


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """Some lines, and where the next ones begin; None after the last."""

    lines: tuple[Line, ...]
    next: Cursor | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedEstimate:
    """All that `restore` needs to undo a delete."""

    saved: SavedEstimate
    marks: Marks
    receipt_body: str | None
    """None where it was imported without one."""


def row_of(
    estimate: CostEstimate, *, created_ns: int, code_version: str, receipt_sha256: str
) -> dict[str, Any]:
    """An estimate as a row that has no id yet, or NotStorable when a number is not finite."""
    instrument, request, fill = estimate.instrument, estimate.request, estimate.fill
    row: dict[str, Any] = {
        "created_ns": created_ns,
        "as_of_ns": int(estimate.as_of_ns),
        "source": estimate.source.value,
        "venue": instrument.venue,
        "venue_symbol": instrument.venue_symbol,
        "symbol": instrument.symbol,
        "product": instrument.product,
        "side": request.order.side.value,
        "recipe": request.recipe,
        "style": request.style,
        "amount": float(request.order.amount),
        "unit": request.order.unit.value,
        "quantity_base": fill.quantity,
        "filled_base": fill.filled,
        "unfilled_base": fill.unfilled,
        "notional_quote": fill.notional,
        "mid": fill.mid,
        "average_price": fill.average,
        "worst_price": fill.worst,
        "total_bps": estimate.total_bps,
        "low_bps": estimate.low_bps,
        "high_bps": estimate.high_bps,
        "total_quote": estimate.total_quote,
        **{f"{kind}_bps": _part(estimate, kind) for kind in CostKind},
        "maker_share": estimate.maker_share,
        "trust_grade": int(estimate.trust.grade),
        "fee_as_of": request.fees.as_of if request.fees else None,
        "fee_source": request.fees.source if request.fees else None,
        "tier": request.tier.name if request.tier else None,
        "code_version": code_version,
        "receipt_sha256": receipt_sha256,
    }
    return {name: finite(name, value) for name, value in row.items()}


def row_of_saved(saved: SavedEstimate) -> dict[str, Any]:
    """A line of history as the row it came from, id included."""
    return {name: _plain(value) for name, value in asdict(saved).items()}


def saved_from(row: RowMapping) -> SavedEstimate:
    """A row as a line of history."""
    values = dict(row)
    for name, kind in KINDS:
        values[name] = kind(values[name])
    return SavedEstimate(**values)


KINDS: tuple[tuple[str, type[Enum]], ...] = (
    ("source", Source),
    ("side", Side),
    ("unit", Unit),
    ("trust_grade", Grade),
)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


def _part(estimate: CostEstimate, kind: CostKind) -> float | None:
    component = estimate.component(kind)
    return component.bps if component and component.is_in_total else None


def finite(name: str, value: Any) -> Any:
    """The value, or NotStorable. SQLite keeps no negative zero, so none goes in."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotStorable(f"The estimate was not saved: {name} is {value}.")
        return float(value) + 0.0
    return value
