"""An estimate under the names that trading previews use, ready for JSON."""

from typing import Any

import msgspec

from models.base import Child, CostComponent, CostEstimate, CostKind, Trigger, Waiting


def as_preview(estimate: CostEstimate) -> dict[str, Any]:
    """Plain numbers and texts; sizes in base, money in quote, costs in bps of arrival notional."""
    fill = estimate.fill
    fees = estimate.component(CostKind.FEES)
    return {
        "venue": estimate.instrument.venue,
        "symbol": estimate.instrument.venue_symbol,
        "source": estimate.source.value,
        "side": fill.side.value,
        "order_type": estimate.request.style,
        "recipe": estimate.request.recipe,
        "impact_model": estimate.request.impact or None,
        "requested": estimate.requested,
        "quantity": fill.quantity,
        "filled": fill.filled,
        "unfilled": fill.unfilled,
        "taken": estimate.taken,
        "resting": estimate.resting,
        "max_fillable": fill.visible,
        "arrival_price": fill.mid,
        "best_price": fill.best,
        "average_price": fill.average,
        "worst_price": fill.worst,
        "notional": estimate.notional,
        "slippage_bps": fill.slippage_bps,
        "fee": None if fees is None else fees.quote(estimate.notional),
        "fee_bps": None if fees is None else fees.bps,
        "maker_share": estimate.maker_share,
        "total_bps": estimate.total_bps,
        "total_low_bps": estimate.low_bps,
        "total_high_bps": estimate.high_bps,
        "total": estimate.total_quote,
        "timing_risk_bps": estimate.risk_bps,
        "waiting": _plain(estimate.waiting),
        "trigger": _plain(estimate.trigger),
        "children": [_plain(child) for child in estimate.children],
        "components": [_component(c, estimate.notional) for c in estimate.components],
        "absent": [{"kind": a.kind.value, "reason": a.reason} for a in estimate.absent],
        "warnings": list(estimate.warnings),
        "trust": estimate.trust.grade.name.lower(),
        "book_seq": estimate.book_seq,
        "as_of_ns": estimate.as_of_ns,
    }


def _plain(part: Waiting | Trigger | Child | None) -> dict[str, Any] | None:
    return None if part is None else msgspec.to_builtins(part)


def _component(component: CostComponent, notional: float) -> dict[str, Any]:
    why = component.explanation
    return {
        "kind": component.kind.value,
        "model": component.model,
        "bps": component.bps,
        "low_bps": component.low_bps,
        "high_bps": component.high_bps,
        "cost": component.quote(notional),
        "is_in_total": component.is_in_total,
        "formula": why.formula,
        "inputs": [
            {
                "symbol": i.symbol,
                "meaning": i.meaning,
                "value": i.value,
                "unit": i.unit,
                "origin": i.origin.value,
            }
            for i in why.inputs
        ],
        "source": why.source,
        "caveat": why.caveat,
    }
