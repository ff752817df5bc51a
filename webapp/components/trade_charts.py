"""The charts of the Trade page: the cost in time and by size, the market, and its depth."""

from collections.abc import Iterator
from contextlib import contextmanager

from nicegui import ui

from webapp.components.live_chart import Line, LiveChart
from webapp.theme import panel

COST_LINES = (Line(label="Total, bps", color="accent", band=True),)
MARKET_LINES = (
    Line(label="Mid", color="text"),
    Line(label="Spread, bps", color="muted", right=True, step=True),
)
CURVE_LINES = (
    Line(label="Total", color="accent", band=True, marks="mark"),
    Line(label="Learned", color="text", band=True, dashed=True),
    Line(label="Square root", color="warn", band=True, dashed=True),
    Line(label="Walk, buy", color="bid"),
    Line(label="Walk, sell", color="ask"),
)
DEPTH_LINES = (
    Line(label="Bids", color="bid", step=True, fill=True, marks="reach"),
    Line(label="Asks", color="ask", step=True, fill=True),
)


def charts() -> None:
    """Below the tables, in the middle column."""
    with ui.element("div").classes("fm-charts"):
        with _plot("Cost against size", "bps by base size; bands shaded"):
            LiveChart(
                "curve",
                CURVE_LINES,
                axis="log",
                unit="base",
                said="Cost in basis points against size on a log axis: total of this order's "
                "recipe, learned total, square-root law, and the exact walk of both sides",
            )
        with _plot("Cost over time", "this order, one point a second"):
            LiveChart(
                "cost",
                COST_LINES,
                has_ranges=True,
                said="Total cost of this order over time, with its band",
            )
        with _plot("Market over time", "mid and spread"):
            LiveChart(
                "market", MARKET_LINES, has_ranges=True, said="Mid price and spread over time"
            )


def depth_chart() -> None:
    """Beside the ladder: all that is visible, not its first rows only."""
    with _plot("Depth", "sum of sizes up to a price", classes="is-depth"):
        LiveChart(
            "depth",
            DEPTH_LINES,
            axis="value",
            unit="",
            said="Base that waits in the book up to each price, bids and asks, and how deep "
            "this order reaches",
        )


@contextmanager
def _plot(title: str, note: str, *, classes: str = "") -> Iterator[None]:
    with (
        panel(title, note, classes=f"fm-chart {classes}".rstrip()),
        ui.element("div").classes("fm-plot"),
    ):
        yield
