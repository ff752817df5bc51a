"""Four steps through the Trade page for who opens it first, and a story on the demo."""

from collections.abc import Callable, Mapping, Sequence

from nicegui import ui

STEPS = (
    {
        "at": ".is-ticket",
        "title": "Say what you would trade",
        "text": "Instrument, side, size, order type. Sizes may be coins, contracts or money, and "
        "100k works. Nothing is ever sent to a venue.",
    },
    {
        "at": ".fm-answer",
        "title": "See what it would cost",
        "text": "The cost against the mid, with a band, worked out on the live book ten times a "
        "second. Press any part to see its formula and where each input came from.",
    },
    {
        "at": ".is-ways",
        "title": "Find what would be cheaper",
        "text": "The same order as limit, sliced over time or split across venues: cost, chance "
        "of completion and risk, on the same book. Press one to load it.",
    },
    {
        "at": ".fm-actions",
        "title": "Keep it",
        "text": "Save keeps the estimate with its book as a receipt that can be verified later, "
        "bit for bit. Press ? at any time for keys and words.",
    },
)


STORY = (
    {
        "at": ".fm-answer",
        "title": "A small order on the demo",
        "text": "10,000 USDT, bought at once. The fee is nearly all of it: the book hardly "
        "notices. This is what a spreadsheet would tell you for every size.",
    },
    {
        "at": ".is-book",
        "title": "Five hundred times larger",
        "text": "The coloured levels are those this order would eat, and depth is now a part of "
        "the cost that grows with the size. A guess per trade, the same for every size, misses it.",
    },
    {
        "at": ".fm-answer",
        "title": "Worked over ten minutes instead",
        "text": "TWAP lets the book refill between the slices, and pays for it with time: the "
        "timing risk stands beside the cost, not hidden in it.",
    },
    {
        "at": ".fm-answer",
        "title": "A message is lost",
        "text": "The demo just left out an update on purpose. A book with a hole gives no number "
        "and says why. A new snapshot makes it whole, often within a second: Gaps, in the bar at "
        "the foot, has counted it.",
    },
    {
        "at": ".fm-actions",
        "title": "Your turn",
        "text": "The ticket is yours. Save keeps a receipt, Alerts call you when the cost moves, "
        "Markets lets you press every fault yourself.",
    },
)


class Tour(ui.element, component="tour.js"):
    """Cards beside what they talk about; `on_step` is told the number of each that is shown."""

    def __init__(
        self,
        steps: Sequence[Mapping[str, str]],
        on_end: Callable[[], object],
        on_step: Callable[[int], object],
    ) -> None:
        super().__init__()
        self._props["steps"] = [dict(step) for step in steps]
        self.on("end", lambda: on_end())
        self.on("step", lambda event: on_step(_number(event.args, len(steps))))

    def begin(self) -> None:
        """From the first step."""
        self.run_method("begin")


def _number(sent: object, count: int) -> int:
    """A step there is, whatever a browser says."""
    return min(max(sent, 0), count - 1) if isinstance(sent, int) else 0
