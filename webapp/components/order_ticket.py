"""The order ticket: one input per field and parameter, each with its own message."""

from collections.abc import Callable

from nicegui import ui

from webapp.choices import Choices
from webapp.components.instrument_search import InstrumentSearch
from webapp.components.parameter_rows import ParameterRows
from webapp.components.size_slider import SizeSlider
from webapp.sizing import SizeScale
from webapp.ticket import MANUAL, Ticket, amount_of, model_parameters, style_parameters

FIELD = "outlined dense stack-label hide-bottom-space no-error-icon"
TYPED = f"{FIELD} inputmode=decimal autocomplete=off spellcheck=false debounce=150"


class OrderTicket:
    """Inputs bound to a ticket. `show` offers choices, marks problems and enables buttons."""

    def __init__(
        self,
        ticket: Ticket,
        choices: Choices,
        *,
        find: Callable[[], InstrumentSearch],
        on_edit: Callable[[], None],
        on_size: Callable[[float], None],
        on_save: Callable[[], object],
        on_share: Callable[[], object],
    ) -> None:
        """`find` makes the field that looks for instruments; `on_size` takes a slider's amount."""
        self._ticket = ticket
        self._choices = choices
        self._on_edit = on_edit
        self._fields: dict[str, ui.input | ui.select] = {}
        self._selects: dict[str, ui.select] = {}
        form = ui.element("form").classes("fm-ticket").props('aria-label="Order ticket"')
        with form.on("submit.prevent", self._start, args=[]):
            self._market(find)
            self._order(on_size)
            self._assumptions()
            self._models()
            self._actions(on_save, on_share)

    def show(
        self,
        choices: Choices,
        problems: dict[str, str],
        *,
        hint: str,
        can_save: bool,
        scale: SizeScale | None,
    ) -> None:
        """What may be chosen now, and what is wrong with what is typed."""
        self._choices = choices
        self._search.show(self._ticket.instrument, hint, problems.get("instrument"))
        self._show_parameters(problems)
        ticket = self._ticket
        self._slider.show(scale, amount_of(ticket), choices.of("unit", ticket.unit)[ticket.unit])
        for name, select in self._selects.items():
            current = getattr(ticket, name)
            options = choices.of(name, current)
            if options != select.options:
                select.set_options(options, value=current)
            elif select.value != current:
                select.set_value(current)
        for name, field in self._fields.items():
            field.error = problems.get(name)
        for side, button in self._sides.items():
            button.props(f"aria-pressed={'true' if ticket.side == side else 'false'}")
        is_manual, is_custom = ticket.volatility == MANUAL, ticket.tier == "custom"
        self._fields["sigma"].set_visibility(is_manual)
        wide = {"remove": "is-alone"} if is_manual else {"add": "is-alone"}
        self._fields["volatility"].classes(**wide)
        for name in ("maker", "taker"):
            self._fields[name].set_visibility(is_custom)
        self._start_button.set_enabled(not ticket.is_running)
        self._stop_button.set_enabled(ticket.is_running)
        self._save_button.set_enabled(can_save)

    def _market(self, find: Callable[[], InstrumentSearch]) -> None:
        self._select("source", "Source")
        self._select("venue", "Venue")
        self._search = find().classes("is-wide").mark("instrument")

    def _order(self, on_size: Callable[[float], None]) -> None:
        with ui.element("div").classes("fm-sides").props('role=group aria-label="Side"'):
            self._sides = {
                side: ui.button(label, on_click=lambda side=side: self._take_side(side))
                .props("flat no-caps unelevated type=button color=none")
                .classes(f"is-{side}")
                .mark(side)
                for side, label in (("buy", "Buy"), ("sell", "Sell"))
            }
        self._typed("quantity", "Quantity")
        self._select("unit", "Unit")
        self._slider = SizeSlider(on_size).classes("is-wide").mark("size")
        self._select("style", "Order type", is_wide=True)
        self._style_rows = ParameterRows(self._type)
        self._select("recipe", "Recipe", is_wide=True)
        self._select("impact", "Impact model", is_wide=True)

    def _assumptions(self) -> None:
        self._select("depth_policy", "Beyond the visible book", is_wide=True)
        self._select("tier", "Fee tier, maker / taker", is_wide=True)
        self._typed("maker", "Maker, bps")
        self._typed("taker", "Taker, bps", is_right=True)
        self._select("volatility", "Volatility")
        self._typed("sigma", "% a day", is_right=True)

    def _models(self) -> None:
        with ui.element("details").classes("fm-fold is-wide").mark("models") as self._fold:
            with ui.element("summary"):
                self._fold_title = ui.label("Model parameters")
            self._model_rows = ParameterRows(self._type)

    def _show_parameters(self, problems: dict[str, str]) -> None:
        """Those of the order type in view, those of the models folded until one is wrong."""
        ticket, units = self._ticket, self._choices.units
        typed = ticket.parameters
        self._style_rows.show(style_parameters(ticket), typed, problems, units)
        ours = model_parameters(ticket)
        self._model_rows.show(ours, typed, problems, units)
        changed = [parameter for parameter in ours if parameter.key in typed]
        names = f"Model parameters · {len(changed)} changed" if changed else "Model parameters"
        self._fold_title.set_text(names)
        self._fold.set_visibility(bool(ours))
        if any(parameter.key in problems for parameter in ours):
            self._fold.props("open")

    def _actions(self, on_save: Callable[[], object], on_share: Callable[[], object]) -> None:
        flat = "flat no-caps color=none"
        with ui.element("div").classes("fm-actions"):
            self._start_button = ui.button("Start").props(f"{flat} type=submit")
            self._start_button.classes("is-primary").mark("start")
            self._stop_button = ui.button("Stop", on_click=self._stop)
            self._stop_button.props(f"{flat} type=button").classes("is-plain").mark("stop")
            self._save_button = ui.button("Save", on_click=on_save)
            self._save_button.props(f"{flat} type=button").classes("is-plain").mark("save")
            share = ui.button("Share", on_click=on_share)
            share.props(f"{flat} type=button").classes("is-plain").mark("share")

    def _select(self, name: str, label: str, *, is_wide: bool = False) -> None:
        current = getattr(self._ticket, name)
        select = ui.select(self._choices.of(name, current), label=label, value=current)
        select.on_value_change(lambda event: self._choose(name, event.value))
        self._add(name, select.props(f"{FIELD} options-dense"), is_wide=is_wide)
        self._selects[name] = select

    def _typed(self, name: str, label: str, *, is_right: bool = False) -> None:
        field = ui.input(label).bind_value(self._ticket, name, forward=lambda text: text or "")
        field.on_value_change(self._on_edit)
        if is_right:
            field.classes("is-right")
        self._add(name, field.props(TYPED), is_wide=False)

    def _add(self, name: str, field: ui.input | ui.select, *, is_wide: bool) -> None:
        field.without_auto_validation().mark(name)
        if is_wide:
            field.classes("is-wide")
        self._fields[name] = field

    def _choose(self, name: str, value: str | None) -> None:
        """Not bound: a selection forgets a value that it does not offer, a ticket must not."""
        if value is not None and value != getattr(self._ticket, name):
            setattr(self._ticket, name, value)
            self._on_edit()

    def _type(self, key: str, text: str) -> None:
        if self._ticket.parameters.get(key, "") != text.strip():
            self._ticket.type_parameter(key, text)
            self._on_edit()

    def _take_side(self, side: str) -> None:
        self._ticket.side = side
        self._on_edit()

    def _start(self) -> None:
        self._ticket.running = "yes"
        self._on_edit()

    def _stop(self) -> None:
        self._ticket.running = "no"
        self._on_edit()
