"""A replay's report as a table for people and as plain fields for machines."""

from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from engine.headless import InstrumentReport, ReplayReport
from market.units import NS_PER_S


def as_fields(report: ReplayReport) -> dict[str, Any]:
    """The report for JSON: an instrument's counts and its trust side by side."""
    fields: dict[str, Any] = msgspec.to_builtins(report)
    fields["instruments"] = [
        {**instrument["counts"], "trust": instrument["trust"]}
        for instrument in fields["instruments"]
    ]
    return fields


def as_table(report: ReplayReport) -> str:
    """One line per instrument, then why any was graded below good."""
    length = "no receive times" if report.length_s is None else f"{report.length_s:,.1f} s"
    began = "" if report.first_ns is None else f" from {_utc(report.first_ns)}"
    lines = [
        f"{report.file}: {report.venue}, {report.frames:,} messages in {report.segments} "
        f"segment{'' if report.segments == 1 else 's'}, {length}{began}",
    ]
    if report.missed:
        lines.append(f"{report.missed:,} messages were dropped while it was recorded")
    if report.errors:
        lines.append(f"{report.errors:,} messages could not be used and name no instrument")
    if report.damage:
        lines.append(f"the file is damaged and was played up to there: {report.damage}")
    rows = [HEADINGS, *(_row(instrument) for instrument in report.instruments)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines.append("")
    lines += [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    lines += [
        f"{instrument.counts.symbol}: {reason.grade} for {reason.share:.1%} of the time: "
        f"{reason.text}"
        for instrument in report.instruments
        for reason in instrument.trust.reasons
    ]
    return "\n".join(lines)


HEADINGS: Final = (
    *("instrument", "messages", "snapshots", "updates", "trades", "gaps", "checksums", "failed"),
    *("crossed", "best bid", "best ask", "good", "warn", "refuse"),
)


def _row(instrument: InstrumentReport) -> tuple[str, ...]:
    counts, trust = instrument.counts, instrument.trust
    numbers = (
        *(counts.messages, counts.snapshots, counts.updates, counts.trades, counts.gaps),
        *(counts.checksums_verified, counts.checksums_failed, counts.crossed),
    )
    prices = (counts.best_bid, counts.best_ask)
    return (
        counts.symbol,
        *(f"{number:,}" for number in numbers),
        *("-" if price is None else f"{price:.10g}" for price in prices),
        *(f"{share:.1%}" for share in (trust.good, trust.warn, trust.refuse)),
    )


def _utc(ns: int) -> str:
    return f"{datetime.fromtimestamp(ns / NS_PER_S, UTC):%Y-%m-%d %H:%M:%S} UTC"
