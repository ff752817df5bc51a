"""The pages the app has, one line each, in the order of the navigation."""

from collections.abc import Callable
from dataclasses import dataclass

from webapp.pages import history, markets, trade
from webapp.tab import Tab


@dataclass(frozen=True, slots=True)
class Page:
    """Where a page is, what it is called, and what builds it into the frame of a tab."""

    path: str
    title: str
    create: Callable[[Tab], object]


PAGES = (
    Page("/", "Trade", trade.create),
    Page("/markets", "Markets", markets.create),
    Page("/history", "History", history.create),
)
