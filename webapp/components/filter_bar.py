"""What of the history is shown: one input per condition, each with its own message."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from nicegui import ui

from models.base import Source
from models.catalog import RECIPES, STYLES

FIELD = "outlined dense stack-label hide-bottom-space no-error-icon"
TYPED = f"{FIELD} autocomplete=off spellcheck=false debounce=350"
ANY = {"": "any"}
TEXTS = {
    "from": ("From, UTC", "2026-03-31 14:05"),
    "to": ("To, UTC", "2026-03-31"),
    "venue": ("Venue", "any"),
    "instrument": ("Instrument", "any part of its name"),
    "min": ("Notional from, quote", "0"),
    "max": ("Notional to, quote", "no limit"),
    "text": ("Words in the note", "any"),
}
CHOICES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "source": ("Source", {source.value: source.value for source in Source}),
    "side": ("Side", {"buy": "buy", "sell": "sell"}),
    "style": ("Order type", {style.name: style.label for style in STYLES.values()}),
    "recipe": ("Recipe", {recipe.name: recipe.label for recipe in RECIPES.values()}),
    "tag": ("Tag", {}),
}
FIRST = ("from", "to", "source", "instrument", "side", "style")
MORE = ("venue", "recipe", "min", "max", "tag", "text")


class FilterBar:
    """Tells `on_change` all values that are not empty, by name, after each change."""

    def __init__(
        self, values: Mapping[str, str], on_change: Callable[[dict[str, str]], Awaitable[None]]
    ) -> None:
        self._on_change = on_change
        self._is_quiet = False
        self._fields: dict[str, ui.input | ui.select] = {}
        form = ui.element("form").classes("fm-filter-form").props('aria-label="Filter"')
        with form.on("submit.prevent", lambda: None, args=[]):
            with ui.element("div").classes("fm-ticket fm-filters"):
                for name in FIRST:
                    self._field(name, values.get(name, ""))
            self._more = ui.element("div").classes("fm-ticket fm-filters")
            with self._more:
                for name in MORE:
                    self._field(name, values.get(name, ""))
            with ui.element("div").classes("fm-toolbar"):
                self._toggle = self._button("More conditions", self._show_more).mark("more")
                self._clear = self._button("Clear all", self.clear).mark("clear")
        self._more.set_visibility(any(values.get(name) for name in MORE))
        self._name_toggle()
        self._clear.set_visibility(bool(self.values))

    @property
    def values(self) -> dict[str, str]:
        """What is typed and chosen, without what is empty."""
        found = {name: str(field.value or "").strip() for name, field in self._fields.items()}
        return {name: value for name, value in found.items() if value}

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Mark what makes no sense at its field."""
        for name, field in self._fields.items():
            field.error = problems.get(name)
        if any(name in problems for name in MORE):
            self._more.set_visibility(True)
            self._name_toggle()

    def offer_tags(self, tags: Sequence[str]) -> None:
        """The tags in use; the chosen one stays on the list."""
        select = self._fields["tag"]
        assert isinstance(select, ui.select)
        options = ANY | {tag: tag for tag in (*tags, *([select.value] if select.value else []))}
        if options != select.options:
            select.set_options(options, value=select.value)

    async def clear(self) -> None:
        """Show everything."""
        self._is_quiet = True
        for field in self._fields.values():
            field.set_value("")
        self._is_quiet = False
        await self._changed()

    def _field(self, name: str, value: str) -> None:
        field: ui.input | ui.select
        if name in TEXTS:
            label, hint = TEXTS[name]
            field = ui.input(label, value=value, placeholder=hint).props(TYPED)
            field.without_auto_validation()
        else:
            label, choices = CHOICES[name]
            options = ANY | dict(choices) | ({value: value} if value not in choices else {})
            if value == "":
                options = ANY | dict(choices)
            field = ui.select(options, label=label, value=value)
            field.props(f"{FIELD} options-dense")
        self._fields[name] = field.mark(f"filter-{name}")
        field.on_value_change(self._changed)

    def _button(self, label: str, action: Callable[[], object]) -> ui.button:
        button = ui.button(label, on_click=action).props("flat no-caps color=none type=button")
        return button.classes("fm-button is-plain")

    async def _changed(self) -> None:
        if not self._is_quiet:
            self._clear.set_visibility(bool(self.values))
            await self._on_change(self.values)

    def _show_more(self) -> None:
        self._more.set_visibility(not self._more.visible)
        self._name_toggle()

    def _name_toggle(self) -> None:
        self._toggle.set_text("Fewer conditions" if self._more.visible else "More conditions")
        self._toggle.props(f"aria-expanded={'true' if self._more.visible else 'false'}")
