"""What the Analysis page is asked for: source, market, order, time."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from nicegui import ui

from storage.analysis_asked import Place
from webapp.learned.analysis_link import CHOICES, COST_LABELS, FIELDS

FIELD = "outlined dense stack-label hide-bottom-space no-error-icon"
TITLES = {
    "source": "Source",
    "costs": "Costs of",
    "venue": "Venue",
    "instrument": "Instrument",
    "recipe": "Recipe",
    "side": "Side",
    "from": "From, UTC",
    "to": "To, UTC",
}
HINTS = {"from": "2026-03-31 14:05", "to": "2026-03-31"}
NEVER_ANY = ("source", "costs")
"""One of them is always chosen."""


class AnalysisBar:
    """Calls `on_change` with all values that are not empty, by name."""

    def __init__(
        self,
        values: Mapping[str, str],
        source: str,
        on_change: Callable[[dict[str, str]], Awaitable[None]],
    ) -> None:
        self._on_change, self._is_quiet = on_change, False
        self._fields: dict[str, ui.input | ui.select] = {}
        form = ui.element("form").classes("fm-filter-form").props('aria-label="What is shown"')
        form.on("submit.prevent", lambda: None, args=[])
        chosen = {"source": source, "costs": "tickets", **values}
        with form, ui.element("div").classes("fm-ticket fm-filters"):
            for name in FIELDS:
                self._field(name, chosen.get(name))

    @property
    def values(self) -> dict[str, str]:
        """What is chosen and typed, without what is empty."""
        found = {name: str(field.value or "").strip() for name, field in self._fields.items()}
        return {name: value for name, value in found.items() if value}

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Mark what makes no sense at its field."""
        for name, field in self._fields.items():
            field.error = problems.get(name)

    def offer(self, places: Sequence[Place]) -> None:
        """The venues and instruments that something is kept of, of the chosen source."""
        source, venue = self._fields["source"].value, self._fields["venue"].value
        mine = [place for place in places if place.source == source]
        here = [place for place in mine if venue in (None, "", place.venue)]
        self._options("venue", sorted({place.venue for place in mine}))
        self._options("instrument", sorted({place.symbol for place in here}))

    def _options(self, name: str, known: Sequence[str]) -> None:
        select = self._fields[name]
        assert isinstance(select, ui.select)
        kept = [select.value] if select.value and select.value not in known else []
        options = {"": "any"} | {each: each for each in (*known, *kept)}
        if options != select.options:
            self._is_quiet = True
            select.set_options(options, value=select.value or "")
            self._is_quiet = False

    def _field(self, name: str, value: str | None) -> None:
        field: ui.input | ui.select
        if name in HINTS:
            field = ui.input(TITLES[name], value=value or "", placeholder=HINTS[name])
            field.props(f"{FIELD} autocomplete=off debounce=350").without_auto_validation()
        else:
            allowed = {each: COST_LABELS.get(each, each) for each in CHOICES.get(name, ())}
            options = allowed if name in NEVER_ANY else {"": "any"} | allowed
            if value and value not in options:
                options = options | {value: value}
            field = ui.select(options, label=TITLES[name], value=value or "")
            field.props(f"{FIELD} options-dense")
        self._fields[name] = field.mark(f"analysis-{name}")
        field.on_value_change(self._changed)

    async def _changed(self) -> None:
        if not self._is_quiet:
            await self._on_change(self.values)
