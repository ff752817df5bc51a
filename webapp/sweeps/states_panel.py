"""Which market states a sweep is priced on: live books, books of a recording, and their shocks."""

from collections.abc import Callable
from typing import Any

from nicegui import ui

from webapp import format as fmt
from webapp.sweeps.draft import STATES, Draft, market_text
from webapp.sweeps.scenarios import NAMED
from webapp.tab import Tab
from webapp.theme import panel

LOOK = "outlined dense stack-label hide-bottom-space no-error-icon options-dense"


class StatesPanel:
    """Builds itself where it is made; choices go into the draft at once."""

    def __init__(self, tab: Tab, draft: Draft, on_edit: Callable[[], None]) -> None:
        self._tab, self._draft, self._on_edit = tab, draft, on_edit
        self.fields: dict[str, Any] = {}
        """By field of the draft, to mark what is wrong."""
        kinds = {k: v for k, v in STATES.items() if k != "embedded" or draft.embedded}
        with panel("Market states", "books that the orders meet"):
            with ui.element("div").classes("fm-form-line is-states"):
                self._choose("states", "From", kinds, self._turn)
                self._several("markets", "Markets", self._markets())
                self._choose("recording", "Recording", self._recordings(), self._take_recording)
                self._choose("symbol", "Market", self._symbols())
                for name, label in (("count", "Books"), ("start", "From"), ("end", "To")):
                    self._typed(name, label)
                self.fields["start"].props["placeholder"] = "+0"
                self.fields["end"].props["placeholder"] = "the last book"
                self._held = ui.label().classes("fm-caption")
            with ui.element("div").classes("fm-form-line is-even"):
                self._several("scenarios", "Named scenarios", {name: name for name in NAMED})
                self._typed("own_scenarios", "Own scenarios")
                self.fields["own_scenarios"].props["placeholder"] = (
                    "name: depth, spread, volatility; the next"
                )
        self._arrange()

    def refresh(self) -> None:
        """Offer the markets and recordings there are now."""
        self._offer("markets", self._markets())
        self._offer("recording", self._recordings())

    def _markets(self) -> dict[str, str]:
        keys = sorted(self._tab.services.hub.keys())
        texts = [market_text(key.source.value, key.venue, key.symbol) for key in keys]
        return {text: text for text in (*texts, *self._draft.markets)}

    def _recordings(self) -> dict[str, str]:
        entries = self._tab.services.studio.library.entries
        known = {e.file: e.file.removesuffix(".jsonl.gz") for e in entries}
        chosen = self._draft.recording
        return known | ({chosen: chosen} if chosen else {})

    def _symbols(self) -> dict[str, str]:
        entry = self._tab.services.studio.library.find(self._draft.recording)
        held = entry.held.symbols if entry is not None and entry.held is not None else ()
        chosen = self._draft.symbol
        return {symbol: symbol for symbol in (*held, *([chosen] if chosen else ()))}

    def _choose(
        self,
        name: str,
        label: str,
        options: dict[str, str],
        then: Callable[[], None] | None = None,
    ) -> None:
        value = getattr(self._draft, name)
        field = ui.select(options, label=label, value=value if value in options else None)

        def took(event: Any) -> None:
            setattr(self._draft, name, event.value or "")
            if then is not None:
                then()
            self._on_edit()

        field.on_value_change(took)
        self._add(name, field)

    def _several(self, name: str, label: str, options: dict[str, str]) -> None:
        field = ui.select(options, label=label, value=getattr(self._draft, name), multiple=True)

        def took(event: Any) -> None:
            setattr(self._draft, name, list(event.value or ()))
            self._on_edit()

        field.on_value_change(took)
        self._add(name, field)

    def _typed(self, name: str, label: str) -> None:
        field = ui.input(label, value=getattr(self._draft, name))

        def took(event: Any) -> None:
            setattr(self._draft, name, event.value or "")
            self._on_edit()

        field.on_value_change(took)
        self._add(name, field.props("autocomplete=off"))

    def _add(self, name: str, field: Any) -> None:
        field.props(LOOK).mark(name)
        field.without_auto_validation()
        self.fields[name] = field

    def _offer(self, name: str, options: dict[str, str]) -> None:
        field = self.fields[name]
        if options != field.options:
            field.set_options(options, value=field.value)

    def _turn(self) -> None:
        self._arrange()

    def _take_recording(self) -> None:
        """Its first market, where the one before is not in it."""
        entry = self._tab.services.studio.library.find(self._draft.recording)
        if entry is None or entry.held is None:
            return
        held = entry.held.symbols
        self._draft.venue = entry.held.venue
        self._draft.symbol = (
            self._draft.symbol if self._draft.symbol in held else next(iter(held), "")
        )
        self.fields["symbol"].set_options({s: s for s in held}, value=self._draft.symbol or None)

    def _arrange(self) -> None:
        kind = self._draft.states
        for name in ("recording", "symbol", "count", "start", "end"):
            self.fields[name].set_visibility(kind == "recorded")
        self.fields["markets"].set_visibility(kind == "frozen")
        self._held.set_visibility(kind == "embedded")
        self._held.set_text(f"{fmt.count(len(self._draft.embedded))} books, as they were frozen")
