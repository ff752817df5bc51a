"""Measure every fault drill on this machine, as paced in production, and write the table.

    python -m docs.reliability

Replaces what stands between the two marks in docs/reliability.md. Takes about four minutes: a
silent line is believed for as long as its venue allows.
"""

import asyncio
import logging
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from engine.drill import CATALOG
from feeds import following
from feeds.backoff import Pace
from tests.engine.bench import OTHER, SWAP, Outcome, bench

PAGE: Final = Path(__file__).with_name("reliability.md")
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
REPEATS: Final = 3
STEADY_S: Final = 0.5
"""After this long without a failure pauses start anew (60 s for books, 10 s for lines live)."""


class Row(NamedTuple):
    """One line of the table: a drill and what is to be said about it."""

    fault: str
    options: dict[str, Any]
    detection: str
    told: str
    recovery: str
    repeats: int = REPEATS


ROWS: Final[Sequence[Row]] = (
    Row(
        "tcp_reset", {}, "the socket ends", "refused: the connection is gone", "reconnect, new book"
    ),
    Row(
        "close", {"code": 1006}, "the socket ends", "refused, with the code", "reconnect, new book"
    ),
    Row("close", {"code": 1009}, "close code", "refused, with its meaning", "reconnect, new book"),
    Row("close", {"code": 4004}, "close code", "refused, with its meaning", "reconnect, new book"),
    Row(
        "age_cut",
        {"seconds": 0.0},
        "close code",
        "refused, with its meaning",
        "reconnect, new book",
    ),
    Row(
        "stall",
        {"seconds": 55.0},
        "age against the book's rhythm; then no answer to our ping for twice 20 s",
        "slow after 2 s, refused after 10 s, with the age",
        "line cut, reconnect, new book (the venue was silent for 55 s)",
        1,
    ),
    Row(
        "notice",
        {"lead_s": 5.0},
        "code 64008",
        "nothing to tell: no book is unpriced",
        "second line first; each book moves at its own snapshot",
    ),
    Row("refuse", {"code": "63999"}, "error code", "refused, with its meaning", "asked again"),
    Row("gap", {}, "prevSeqId is not our last seqId", "refused: an update is missing", "that book"),
    Row("duplicate", {}, "prevSeqId is not our last seqId", "refused, as for a gap", "that book"),
    Row("reorder", {}, "prevSeqId is not our last seqId", "refused, as for a gap", "that book"),
    Row("sequence_reset", {}, "links on: legal", "nothing", "none needed", 1),
    Row("keep_alive", {}, "empty sides, linked: legal", "nothing", "none needed", 1),
    Row("checksum", {}, "CRC-32 of the best 25", "refused: not the venue's book", "that book"),
    Row(
        "crossed", {"updates": 3}, "best bid above best ask", "refused while it lasts", "by itself"
    ),
    Row("locked", {"updates": 3}, "best bid equals best ask", "quoted with a warning", "by itself"),
    Row("one_sided", {"updates": 3}, "no level on a side", "refused while it lasts", "by itself"),
    Row("bad_number", {"kind": "nan"}, "no finite number", "refused: unreadable", "that book"),
    Row("bad_number", {"kind": "negative"}, "below zero", "refused: unreadable", "that book"),
    Row("junk", {}, "not JSON; then a gap", "counted; refused at the gap", "that book"),
    Row(
        "huge_frame", {}, "above 1 MiB, not read", "refused, with our limit", "reconnect, new book"
    ),
    Row("stranger", {}, "on no list", "counted in the health; no book is concerned", "none needed"),
    Row(
        "http_error",
        {"status": 503, "count": 3},
        "HTTP status, after three attempts",
        "REST trouble in the health",
        "asked again with growing pauses",
    ),
    Row(
        "http_error",
        {"status": 429, "count": 3},
        "HTTP status, after three attempts",
        "REST trouble in the health",
        "asked again with growing pauses",
    ),
    Row("dns", {"seconds": 3.0}, "no such host", "refused; down, next try", "reconnect, new book"),
    Row(
        "tls", {"seconds": 3.0}, "handshake fails", "refused; down, next try", "reconnect, new book"
    ),
    Row(
        "clock_skew",
        {"seconds": 30.0, "lasts_s": 3.0},
        "received before it was stamped",
        "quoted with a warning; no delay shown",
        "when the stamps are plausible again (they were off for 3 s)",
        1,
    ),
    Row(
        "clock_skew",
        {"seconds": -30.0, "lasts_s": 3.0},
        "least delay of a minute above 1 s",
        "quoted with a warning; no delay shown",
        "when the stamps are plausible again (they were off for 3 s)",
        1,
    ),
    Row("burst", {}, "nothing to detect", "nothing: every message is applied", "none needed", 1),
)


async def measure() -> list[tuple[Row, list[Outcome]]]:
    """Every drill in turn, on one demo with two books at ten updates a second."""
    found = []
    # Every drill is to be the first in a while: pauses grow only when failures come in a row.
    following.STEADY_S = STEADY_S
    pace = Pace(steady_s=STEADY_S)
    async with bench(SWAP, OTHER, rate_hz=10.0, pace=pace, facts={}) as running:
        for row in ROWS:
            outcomes = []
            for _ in range(row.repeats):
                await asyncio.sleep(2 * STEADY_S)
                outcomes.append(
                    await running.drill(row.fault, SWAP, patience_s=180.0, **row.options)
                )
            found.append((row, outcomes))
            print(f"{_name(row)}: {_seconds([o.recovered_s for o in outcomes])}", flush=True)
    return found


def table(measured: Sequence[tuple[Row, list[Outcome]]]) -> str:
    """Markdown."""
    lines = [
        "| fault | how it is detected | what the user sees | recovery | detected after | "
        "longest without a price | all sound again after |",
        "|---|---|---|---|---|---|---|",
    ]
    for row, outcomes in measured:
        detected = [o.detected_s for o in outcomes if o.detected_s is not None]
        cells = (
            _name(row),
            row.detection,
            row.told,
            row.recovery,
            _seconds(detected) if detected else "–",
            _seconds([o.unpriced_s for o in outcomes]),
            _seconds([o.recovered_s for o in outcomes]) if detected else "–",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _name(row: Row) -> str:
    label = CATALOG[row.fault].label
    shown = {k: v for k, v in row.options.items() if k in ("code", "kind", "status")}
    if row.fault == "clock_skew":
        shown = {"": f"{row.options['seconds']:+.0f} s"}
    return label + (f" ({', '.join(str(v) for v in shown.values())})" if shown else "")


def _seconds(values: Sequence[float]) -> str:
    """One value, or the least and the most."""
    least, most = f"{min(values):.2f}", f"{max(values):.2f}"
    return f"{least} s" if least == most else f"{least}–{most} s"


def main() -> int:
    """Measure and write."""
    logging.disable(logging.WARNING)
    text = table(asyncio.run(measure()))
    stamp = (
        f"Measured on {datetime.now(UTC):%d %B %Y}, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, ten updates a second, pauses as in production."
    )
    page = PAGE.read_text("utf-8")
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    PAGE.write_text(f"{head}{BEGIN}\n{stamp}\n\n{text}\n{END}{tail}", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
