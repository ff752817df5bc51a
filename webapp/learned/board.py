"""The scoreboard: every quote shown or saved, held against the book of a little later."""

from nicegui import ui

from webapp.components.live_table import LiveTable
from webapp.frames import scoring as frames
from webapp.learned.view import Seen
from webapp.services import Services
from webapp.theme import panel

EMPTY = "No quote is scored yet. Quotes on the Trade page are, after 1 s, 5 s and 1 min."


class Board:
    """Builds itself where it is made."""

    def __init__(self, services: Services) -> None:
        self._board = services.scoreboard
        with panel("Scoreboard", "positive bias: it cost more than was quoted"):
            self._only = ui.checkbox("Only this market", value=False).mark("only-this-market")
            self._table = LiveTable(
                frames.SCORE_HEADS, lambda *_: None, caption="Scoreboard", empty=EMPTY
            ).mark("scores")
            self._unscored = ui.label().classes("fm-caption")
        with ui.element("div").classes("fm-toolbar"):
            link = ui.link("Scores as CSV", "/export/scores.csv?units=yes").classes("fm-link")
            link.props("download")

    async def show(self, seen: Seen, *, plots: bool) -> None:
        """Paint the totals; there are no plots."""
        scores = self._board.scores()
        lines = scores.lines
        if self._only.value and seen.key is not None:
            key = seen.key
            lines = tuple(
                line
                for line in lines
                if (line.key.source, line.key.venue, line.key.venue_symbol)
                == (key.source, key.venue, key.symbol)
            )
        self._table.show([frames.score_row(line) for line in lines[:MOST]])
        self._unscored.set_text(frames.unscored(scores))


MOST = 200
"""Lines that are shown; all of them leave with the export."""
