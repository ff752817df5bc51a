"""Faults that the embedded exchange throws on command, and what can be chosen about each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nicegui import ui

LOOK = "outlined dense hide-bottom-space no-error-icon"
FIELD = f"{LOOK} autocomplete=off spellcheck=false"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One thing about a fault that can be chosen."""

    name: str
    label: str
    default: str
    values: tuple[str, ...]
    """Empty = typed."""
    allowed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """One fault as it is offered."""

    name: str
    label: str
    description: str
    choices: tuple[Choice, ...] = ()


class DrillPanel:
    """Choose a market, change an option, press a fault."""

    def __init__(
        self, faults: Sequence[Press], on_press: Callable[[str, str, dict[str, str]], None]
    ) -> None:
        """`on_press` is told fault, market, and the options that are not left as they were."""
        self._on_press = on_press
        self._chosen: dict[str, dict[str, str]] = {fault.name: {} for fault in faults}
        self._messages: dict[tuple[str, str], ui.label] = {}
        with ui.element("div").classes("fm-drill-head"):
            self._market = ui.select([], label="Market").classes("fm-drill-market")
            self._market.props("outlined dense stack-label options-dense").mark("drill-market")
            ui.label(
                "Press a fault and watch: the book is doubted, you are told, it recovers. "
                "Only the simulated exchange can be told to misbehave."
            ).classes("fm-caption")
        with ui.element("div").classes("fm-drill").props('role=group aria-label="Faults"'):
            for fault in faults:
                self._fault(fault)

    def show(self, markets: Sequence[str]) -> None:
        """Markets that a drill may be held on."""
        if list(markets) != self._market.options:
            current = self._market.value if self._market.value in markets else None
            self._market.set_options(list(markets), value=current or next(iter(markets), None))

    def blame(self, fault: str, option: str, problem: str) -> bool:
        """Say beside an option what is wrong with it; False where there is no such option."""
        message = self._messages.get((fault, option))
        if message is None:
            return False
        self._say(message, problem)
        return True

    def _fault(self, fault: Press) -> None:
        def press() -> None:
            for (name, _), message in self._messages.items():
                if name == fault.name:
                    self._say(message, "")
            if self._market.value:
                self._on_press(fault.name, self._market.value, dict(self._chosen[fault.name]))

        with ui.element("div").classes("fm-fault-box"):
            button = ui.element("button").classes("fm-fault").mark(f"drill-{fault.name}")
            with button.props("type=button").on("click", press, args=[]):
                with ui.element("b"):
                    ui.label(fault.label)
                with ui.element("span"):
                    ui.label(fault.description)
            button.props["title"] = fault.description
            if fault.choices:
                with ui.element("details").classes("fm-fault-options"):
                    with ui.element("summary").mark(f"options-{fault.name}"):
                        ui.label("Options")
                    for choice in fault.choices:
                        self._option(fault, choice)

    def _option(self, fault: Press, choice: Choice) -> None:
        chosen = self._chosen[fault.name]

        def choose(value: str | None) -> None:
            if value in (None, "", choice.default):
                chosen.pop(choice.name, None)
            else:
                chosen[choice.name] = str(value)

        with ui.element("div").classes("fm-fault-option") as row:
            row.props["title"] = f"Allowed: {choice.allowed}. Default: {choice.default}."
            ui.label(choice.label).props("aria-hidden=true")
            field: ui.select | ui.input
            if choice.values:
                field = ui.select(list(choice.values), value=choice.default)
                field.props(f"{LOOK} options-dense")
            else:
                field = ui.input(placeholder=choice.default).props(f"{FIELD} inputmode=decimal")
                field.without_auto_validation()
            field.on_value_change(lambda event: choose(event.value))
            field.props["aria-label"] = f"{fault.label}: {choice.label}"
            field.mark(f"option-{fault.name}-{choice.name}")
            message = ui.label().classes("fm-parameter-wrong").props("role=alert")
            message.set_visibility(False)
        self._messages[fault.name, choice.name] = message

    @staticmethod
    def _say(message: ui.label, problem: str) -> None:
        message.set_text(problem)
        message.set_visibility(bool(problem))
