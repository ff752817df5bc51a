"""One input per parameter of an order type or a model: name, unit, default, range, message."""

from collections.abc import Callable, Mapping, Sequence

from nicegui import ui

from models.parameters import Parameter
from webapp import format as fmt
from webapp.ticket import allowed_for

LOOK = "outlined dense hide-bottom-space no-error-icon"
FIELD = f"{LOOK} inputmode=decimal autocomplete=off spellcheck=false"


class ParameterRows:
    """Built anew when other parameters are asked for; otherwise only values move."""

    def __init__(self, on_type: Callable[[str, str], None]) -> None:
        self._on_type = on_type
        self._box = ui.element("div").classes("fm-parameters")
        self._shown: tuple[tuple[Parameter, ...], Mapping[str, str]] = ((), {})
        self._inputs: dict[str, ui.input] = {}
        self._messages: dict[str, ui.label] = {}

    def show(
        self,
        parameters: Sequence[Parameter],
        typed: Mapping[str, str],
        problems: Mapping[str, str],
        units: Mapping[str, str],
    ) -> None:
        """These, with what is typed and what is wrong with it; `units` go by the user's names."""
        if (tuple(parameters), units) != self._shown:
            self._build(tuple(parameters), typed, units)
        for key, field in self._inputs.items():
            text = typed.get(key, "")
            if (field.value or "").strip() != text.strip():
                field.set_value(text)
            problem = problems.get(key, "")
            field.props(**{"add" if problem else "remove": "error"})
            self._messages[key].set_text(problem)
            self._messages[key].set_visibility(bool(problem))

    def _build(
        self, parameters: tuple[Parameter, ...], typed: Mapping[str, str], units: Mapping[str, str]
    ) -> None:
        self._shown = parameters, units
        self._inputs.clear()
        self._messages.clear()
        self._box.clear()
        self._box.set_visibility(bool(parameters))
        with self._box:
            for parameter in parameters:
                self._row(parameter, typed.get(parameter.key, ""), units)

    def _row(self, parameter: Parameter, text: str, units: Mapping[str, str]) -> None:
        unit = units.get(parameter.unit, parameter.unit)
        default = parameter.unset or fmt.typed(parameter.default)
        with ui.element("div").classes("fm-parameter") as row:
            row.props["title"] = f"Allowed: {allowed_for(parameter)}. Default: {default}."
            name = ui.label(fmt.sentence(parameter.meaning)).classes("fm-parameter-name")
            field = ui.input(placeholder=default, value=text).props(FIELD)
            field.props["aria-label"] = f"{parameter.meaning}, {unit}".removesuffix(", ")
            field.props["suffix"] = unit
            field.without_auto_validation().mark(parameter.key)
            field.on_value_change(lambda event: self._on_type(parameter.key, event.value or ""))
            message = ui.label().classes("fm-parameter-wrong").props("role=alert")
            name.props("aria-hidden=true")
        self._inputs[parameter.key], self._messages[parameter.key] = field, message
