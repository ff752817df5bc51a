"""A new alert on the market of this tab."""

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui

from engine.alerts.rule import OF_TICKET, UNITS, Comparison, Quantity
from market.errors import OrderError

LOOK = "outlined dense stack-label hide-bottom-space no-error-icon"
SECONDS = {
    "for_s": ("Passed for, s", "0"),
    "keep_s": ("Stays on for, s", "0"),
    "cooldown_s": ("Calls at most every, s", "60"),
    "no_data_s": ("No data after, s", "30"),
}


class AlertForm:
    """Text fields with a message each; `on_add` gets them by name and may raise OrderError."""

    def __init__(self, on_add: Callable[[dict[str, str]], Awaitable[None]]) -> None:
        self._on_add = on_add
        self._fields: dict[str, Any] = {}
        form = ui.element("form").classes("fm-ticket fm-alert-form").props('aria-label="New alert"')
        with form.on("submit.prevent", self._add, args=[]):
            self._text("name", "Name", "Cost too high")
            options = {each.value: UNITS[each][0] for each in Quantity}
            self._select("quantity", "Watch", options, Quantity.COST_BPS.value)
            sides = {each.value: each.value for each in Comparison}
            self._select("comparison", "Calls when", sides, Comparison.ABOVE.value)
            self._text("level", "Level", "")
            self._text("recovery", "Back to normal at (optional)", "")
            for name, (label, value) in SECONDS.items():
                self._text(name, label, value)
            self._text("webhook", "Webhook (optional)", "")
            button = ui.button("Add alert").props("flat no-caps color=none type=submit")
            button.classes("fm-button is-primary is-wide").mark("add-alert")
        self._fields["quantity"].on_value_change(self._name_unit)
        self._name_unit()

    def _text(self, name: str, label: str, value: str) -> None:
        field = ui.input(label, value=value).props(LOOK).mark(f"alert-{name}")
        if name in ("name", "webhook"):
            field.classes("is-wide")
        self._fields[name] = field

    def _select(self, name: str, label: str, options: dict[str, str], value: str) -> None:
        field = ui.select(options, label=label, value=value).props(f"{LOOK} options-dense")
        self._fields[name] = field.classes("is-wide").mark(f"alert-{name}")

    def _name_unit(self) -> None:
        quantity = Quantity(self._fields["quantity"].value)
        self._fields["level"].props["label"] = f"Level, {UNITS[quantity][1]}"
        is_cost = quantity in OF_TICKET
        self._fields["quantity"].props["hint"] = "of the order in this tab's ticket" * is_cost

    async def _add(self) -> None:
        for field in self._fields.values():
            field.props(remove="error")
        values = {name: str(field.value or "") for name, field in self._fields.items()}
        try:
            await self._on_add(values)
        except OrderError as error:
            field = self._fields.get(error.field)
            if field is None:
                ui.notify(str(error), type="warning", position="top")
            else:
                message = f"{error.problem}; allowed: {error.allowed}"
                field.props(add="error").props["error-message"] = message
                field.run_method("focus")
