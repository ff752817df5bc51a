"""The orders of a sweep: what is traded, how, at which fees, and every axis over it."""

from collections.abc import Callable
from typing import Any

from nicegui import ui

from market.errors import OrderError
from market.order import Unit
from models.catalog import IMPACTS, POLICIES, RECIPES, STYLES
from models.fee_schedules import schedule
from models.parameters import Parameter, parameters_of
from webapp import format as fmt
from webapp.components.sweep_axis import SweepAxis
from webapp.frames.cost import model_name
from webapp.sweeps.draft import AxisText, Draft
from webapp.tab import Tab
from webapp.theme import panel

LOOK = "outlined dense stack-label hide-bottom-space no-error-icon options-dense"
SIDES = {"buy": "Buy", "sell": "Sell"}
AXES = {
    "size": "Size",
    "sigma_day": "Volatility, % a day",
    "depth_times": "Depth ×",
    "spread_times": "Spread ×",
    "volatility_times": "Volatility ×",
}
"""Axes that every sweep can have; parameters come with the order types and recipes."""


class OrderPanel:
    """Builds itself where it is made; choices go into the draft at once."""

    def __init__(self, tab: Tab, draft: Draft, on_edit: Callable[[], None]) -> None:
        self._tab, self._draft, self._on_edit = tab, draft, on_edit
        self.fields: dict[str, Any] = {}
        self.axes: dict[str, SweepAxis] = {}
        with (
            panel("Orders", "every combination is priced"),
            ui.element("div").classes("fm-form-line is-even"),
        ):
            self._several("sides", "Sides", SIDES)
            self._unit()
            styles = {style.name: style.label for style in STYLES.values()}
            self._several("order_types", "Order types", styles)
            recipes = {one.name: one.label for one in RECIPES.values()}
            self._several("recipes", "Recipes: slippage and impact models", recipes)
            impacts = {name: fmt.sentence(model_name(name)) for name in IMPACTS}
            own = {"": "The recipes' own"}
            self._several("impacts", "Impact models in their place", own | impacts)
            policies = {one.name: one.label for one in POLICIES.values()}
            self._several("depth_policies", "Beyond the visible book", policies)
            self._several("tiers", "Fee tiers", self._tiers())
            rates = self._field("own_tiers", "Own fees: maker / taker, bps")
            rates.props["placeholder"] = "2 / 5, 0 / 3"
        with panel("Axes", "values of each number"):
            self._rows = ui.element("div").classes("fm-axes")
            with ui.element("div").classes("fm-form-line fm-add-axis"):
                self._more = ui.select({}, label="Add an axis").props(LOOK).mark("add-axis")
                self._more.on_value_change(lambda event: self._add_axis(event.value))
                for name, label in (("samples", "Samples"), ("seed", "Seed")):
                    self._field(name, label)
        self._draw()

    def refresh(self) -> None:
        """Offer the fee tiers of the market that is chosen now."""
        options = self._tiers()
        if options != self.fields["tiers"].options:
            self.fields["tiers"].set_options(options, value=self.fields["tiers"].value)

    def _several(self, name: str, label: str, options: dict[str, str]) -> None:
        field = ui.select(options, label=label, value=getattr(self._draft, name), multiple=True)

        def took(event: Any) -> None:
            setattr(self._draft, name, list(event.value or ()))
            self._offer()
            self._on_edit()

        field.on_value_change(took)
        self.fields[name] = field.props(LOOK).mark(name).without_auto_validation()

    def _unit(self) -> None:
        field = ui.select({u.value: u.value for u in Unit}, label="Unit", value=self._draft.unit)

        def took(event: Any) -> None:
            self._draft.unit = event.value
            self._on_edit()

        field.props(LOOK).mark("unit").on_value_change(took)

    def _field(self, name: str, label: str) -> ui.input:
        field = ui.input(label, value=getattr(self._draft, name)).props(LOOK).mark(name)

        def took(event: Any) -> None:
            setattr(self._draft, name, event.value or "")
            self._on_edit()

        field.on_value_change(took)
        self.fields[name] = field.without_auto_validation()
        return field

    def _tiers(self) -> dict[str, str]:
        """Tiers of the market that the sweep, or else the ticket, is about."""
        instrument = self._tab.session.instrument
        chosen = {name: name for name in self._draft.tiers}
        if instrument is None:
            return chosen
        try:
            fees = schedule(instrument.venue, instrument.product, self._tab.services.own_fees)
        except OrderError:
            return chosen
        return {tier.name: f"{tier.name} · {fmt.rates(tier)}" for tier in fees.tiers} | chosen

    def _parameters(self) -> dict[str, Parameter]:
        """Of the chosen order types, and of the models of the chosen recipes."""
        recipes = [RECIPES[name] for name in self._draft.recipes]
        models = {m for r in recipes for m in r.models}
        models |= {m for r in recipes for m in r.impacts if m.name in self._draft.impacts}
        styles = [STYLES[name] for name in self._draft.order_types]
        return {p.key: p for owner in (*styles, *models) for p in parameters_of(owner)}

    def _draw(self) -> None:
        self._rows.clear()
        self.axes.clear()
        known = self._parameters()
        with self._rows:
            for name, axis in self._draft.axes.items():
                remove = None if name == "size" else lambda name=name: self._remove(name)
                self.axes[name] = SweepAxis(
                    name, _label(name, known.get(name)), axis, self._axis_edited, remove
                )
        self._offer()

    def _offer(self) -> None:
        """Axes that could be added, and the fields that random ones need."""
        known = self._parameters()
        free = {**AXES, **{key: _label(key, p) for key, p in sorted(known.items())}}
        options = {name: label for name, label in free.items() if name not in self._draft.axes}
        if options != self._more.options:
            self._more.set_options(options, value=None)
        for name in ("samples", "seed"):
            self.fields[name].set_visibility(self._draft.is_drawn)

    def _axis_edited(self) -> None:
        self._offer()
        self._on_edit()

    def _add_axis(self, name: str | None) -> None:
        if not name or name in self._draft.axes:
            return
        parameter = self._parameters().get(name)
        values = fmt.typed(parameter.default) if parameter is not None else "1"
        self._draft.axes[name] = AxisText(values=values)
        self._draw()
        self._on_edit()

    def _remove(self, name: str) -> None:
        self._draft.axes.pop(name, None)
        self._draw()
        self._on_edit()


def _label(name: str, parameter: Parameter | None) -> str:
    if name in AXES:
        return AXES[name]
    if parameter is None:
        return f"{name} (nothing chosen has it)"
    owner = name.partition(".")[0].replace("_", " ")
    unit = f", {parameter.unit}" if parameter.unit else ""
    return f"{fmt.sentence(parameter.meaning)}{unit} ({owner})"
