"""The pages the app has, one line each, in the order of the navigation."""

from collections.abc import Callable
from dataclasses import dataclass

from webapp.pages import (
    alerts,
    analysis,
    history,
    markets,
    models,
    performance,
    receipt,
    recordings,
    settings,
    sweeps,
    trade,
)
from webapp.tab import Tab


@dataclass(frozen=True, slots=True)
class Page:
    """Where a page is, what it is called, and what builds it into the frame of a tab."""

    path: str
    title: str
    create: Callable[[Tab], object]
    is_listed: bool = True
    """Whether the navigation leads there."""


PAGES = (
    Page("/", "Trade", trade.create),
    Page("/markets", "Markets", markets.create),
    Page("/sweeps", "Sweeps", sweeps.create),
    Page("/models", "Models", models.create),
    Page("/analysis", "Analysis", analysis.create),
    Page("/recordings", "Recordings", recordings.create),
    Page("/history", "History", history.create),
    Page("/receipt/{number}", "Receipt", receipt.create, is_listed=False),
    Page("/alerts", "Alerts", alerts.create),
    Page("/performance", "Performance", performance.create),
    Page("/settings", "Settings", settings.create),
)
