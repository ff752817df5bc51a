"""Each subscription and each line, as they stand."""

from models.base import Source
from webapp.components.live_table import LiveTable
from webapp.frames import markets as frames
from webapp.services import Services
from webapp.theme import panel


class Connections:
    """Builds itself where it is made."""

    def __init__(self, services: Services) -> None:
        self._services = services
        with panel("Subscriptions", "one row a market"):
            self._markets = LiveTable(
                frames.HEADS,
                lambda *_: None,
                caption="Subscriptions",
                empty="Nothing is followed now.",
            ).mark("subscriptions")
        with panel("Lines", "one row a venue", classes="is-venues"):
            self._lines = LiveTable(
                frames.VENUE_HEADS,
                self._try_now,
                caption="Lines",
                empty="No venue was asked for anything yet.",
            ).mark("lines")

    def refresh(self, *, charts: bool) -> None:
        """Paint both tables; there are no charts."""
        hub, runner = self._services.hub, self._services.runner
        rows = []
        for key in sorted(hub.keys()):
            state, line = hub.state(key), runner.health(key.source, key.venue)
            instrument = state.instrument if state else None
            name, cells, _ = frames.market(
                key, instrument, hub.health(key), line, trouble="", is_kept=False
            )
            rows.append((name, cells, ()))
        self._markets.show(rows)
        now_ns = self._services.clock.now_ns()
        asked = [(place, runner.health(*place)) for place in self._places()]
        self._lines.show(
            [frames.venue(*place, line, None, now_ns) for place, line in asked if line is not None]
        )

    def _try_now(self, name: str, row: str) -> None:
        place = next((p for p in self._places() if " ".join(p) == row), None)
        if name == "try" and place is not None:
            self._services.runner.try_now(*place)

    def _places(self) -> list[tuple[Source, str]]:
        offered = self._services.runner.sources.offered()
        return [(source, venue) for source, venues in offered.items() for venue in venues]
