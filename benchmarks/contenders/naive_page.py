"""The live page as one writes it first: bound labels, a label per cell, the whole figure redrawn.

The same amount on the screen as ours (30 numbers, 20 + 20 levels of three cells, a chart of 300
points), ten times a second, from a book that costs nothing to make.

python -m benchmarks.contenders.naive_page PORT
"""

import math
import random
import sys

import plotly.graph_objects as go
from nicegui import app, ui

NUMBERS, LEVELS, POINTS, RATE_HZ = 30, 20, 300, 10


class Market:
    """What everyone looks at."""

    def __init__(self) -> None:
        self.numbers = {f"n{i}": "" for i in range(NUMBERS)}
        self.cells = [["", "", ""] for _ in range(2 * LEVELS)]
        self.line: list[float] = [100.0]
        self._rng = random.Random(1)

    def step(self) -> None:
        """A new book."""
        rng, mid = self._rng, self.line[-1] * math.exp(self._rng.gauss(0, 1e-4))
        self.line = [*self.line[1 - POINTS :], mid]
        for name in self.numbers:
            self.numbers[name] = f"{rng.uniform(0, 100):.2f}"
        for i, cell in enumerate(self.cells):
            price = mid * (1 + (i - LEVELS) * 1e-5)
            cell[:] = f"{price:.1f}", f"{rng.uniform(0, 9):.4f}", f"{rng.uniform(0, 99):.4f}"


market = Market()


@ui.page("/")
def page() -> None:
    """One visitor's page."""
    for name in market.numbers:
        ui.label().bind_text_from(market.numbers, name)
    labels = [[ui.label() for _ in cells] for cells in market.cells]
    plot = ui.plotly(go.Figure(go.Scatter(y=market.line)))

    def redraw() -> None:
        for row, cells in zip(labels, market.cells, strict=True):
            for label, text in zip(row, cells, strict=True):
                label.set_text(text)
        plot.update_figure(go.Figure(go.Scatter(y=market.line)))

    ui.timer(1 / RATE_HZ, redraw)


if __name__ == "__main__":
    app.timer(1 / RATE_HZ, market.step)
    ui.run(
        host="127.0.0.1",
        port=int(sys.argv[1]),
        show=False,
        reload=False,
        ws_per_message_deflate=False,
    )
