"""An estimate as a table of plain text, for a terminal or a notebook."""

from models.base import CostComponent, CostEstimate

WIDTH = 22


def as_text(estimate: CostEstimate) -> str:
    """What is traded, each part with its band, the total, and what to know about it."""
    fill, instrument = estimate.fill, estimate.instrument
    request = estimate.request
    impact = f", impact {request.impact}" if request.impact else ""
    lines = [
        f"{fill.side.value.capitalize()} {fill.quantity:.8g} {instrument.base} of "
        f"{instrument.venue} {instrument.venue_symbol}, {request.style}, "
        f"recipe {request.recipe}{impact}",
        "",
        _row("arrival price", f"{fill.mid:.8g}", instrument.quote),
        _row("average price", f"{fill.average:.8g}", instrument.quote),
        _row("worst price", f"{fill.worst:.8g}", instrument.quote),
        _row("taken now or in parts", f"{estimate.taken:.8g}", instrument.base),
        _row("resting", f"{estimate.resting:.8g}", instrument.base),
        _row("cancelled or unfilled", f"{estimate.cancelled:.8g}", instrument.base),
        *_chances(estimate),
        "",
        f"{'':{WIDTH}}{'bps':>12}{instrument.quote:>16}   band, bps",
        *(_part(part, estimate.notional) for part in estimate.components if part.is_in_total),
        f"{'total':{WIDTH}}{estimate.total_bps:>12.4f}{estimate.total_quote:>16.6g}   "
        f"{_band(estimate.low_bps, estimate.high_bps)}",
    ]
    beside = [part for part in estimate.components if not part.is_in_total]
    if beside:
        lines += ["", "beside the total"]
        lines += [_part(part, estimate.notional) for part in beside]
    if estimate.risk_bps is not None:
        lines += [_row("timing risk, 1 sd", f"{estimate.risk_bps:.4f}", "bps")]
    lines += [f"no {gap.kind.replace('_', ' ')}: {gap.reason}" for gap in estimate.absent]
    if estimate.warnings:
        lines += ["", *(f"! {warning}" for warning in estimate.warnings)]
    return "\n".join(line.rstrip() for line in lines)


def _row(label: str, value: str, unit: str) -> str:
    return f"{label:{WIDTH}}{value:>12} {unit}"


def _chances(estimate: CostEstimate) -> list[str]:
    rows = []
    waiting, trigger = estimate.waiting, estimate.trigger
    if waiting is not None:
        chance = f"{waiting.fill_probability:.1%}"
        band = f"{waiting.low_probability:.1%} to {waiting.touch_probability:.1%}"
        rows.append(_row("chance of a fill", chance, f"in {waiting.horizon_s:g} s ({band})"))
        if waiting.median_s is not None:
            rows.append(_row("median time to fill", f"{waiting.median_s:.4g}", "s"))
    if trigger is not None and trigger.probability is not None:
        chance = f"{trigger.probability:.1%}"
        rows.append(_row("chance of the trigger", chance, f"in {trigger.horizon_s:g} s"))
    return rows


def _part(part: CostComponent, notional: float) -> str:
    label = part.kind.replace("_", " ")
    return (
        f"{label:{WIDTH}}{part.bps:>12.4f}{part.quote(notional):>16.6g}   "
        f"{_band(part.low_bps, part.high_bps)}"
    )


def _band(low: float, high: float) -> str:
    return "" if low == high else f"{low:.4f} to {high:.4f}"
