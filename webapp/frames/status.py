"""How the feed and the machine are doing, as the status bar is sent it."""

from typing import Any

from engine.latency import Percentiles
from engine.process_load import Load
from webapp import format as fmt

STATUS = (
    "Feed",
    "Age",
    "Messages",
    "Checksums",
    "Gaps",
    "Reconnects",
    "ms p50/p95 · feed",
    "calculation",
    "screen",
    "end to end",
    "loop lag",
    "CPU",
    "Memory",
)
FEED_GRADES = {"live": "is-good", "down": "is-bad", "ended": "is-warn", "stopped": "is-warn"}


def status(
    health: Any | None,
    age_s: float | None,
    latencies: dict[str, Percentiles | None],
    load: Load,
) -> list[Any]:
    """Values of STATUS."""
    stages = [_stage(p) for p in latencies.values()]
    if health is None:
        feed: list[Any] = [("no connection", "is-warn"), *[fmt.MISSING] * 5]
    else:
        grade = FEED_GRADES.get(health.state, "")
        failures = health.checksum_failures
        feed = [
            ("connected" if health.state == "live" else str(health.state), grade),
            fmt.age(age_s),
            fmt.rate(health.messages_per_s),
            (f"{fmt.count(failures)} failed", "is-bad")
            if failures
            else f"{fmt.count(health.checksums_verified)} ok",
            (fmt.count(health.gaps), "is-warn" if health.gaps else ""),
            (fmt.count(health.reconnects), "is-warn" if health.reconnects else ""),
        ]
    return [*feed, *stages, fmt.percent(load.cpu), fmt.memory(load.memory)]


def _stage(percentiles: Percentiles | None) -> str:
    """Median and 95th percentile."""
    if percentiles is None:
        return fmt.MISSING
    return f"{fmt.milliseconds(percentiles.p50)} / {fmt.milliseconds(percentiles.p95)}"
