"""The order ticket: one input per field, each with its own message."""

from collections.abc import Callable

from nicegui import ui

from webapp.choices import Choices
from webapp.ticket import MANUAL, Ticket

FIELD = "outlined dense stack-label hide-bottom-space no-error-icon"
TYPED = f"{FIELD} inputmode=decimal autocomplete=off spellcheck=false debounce=150"


class OrderTicket:
    """Inputs bound to a ticket. `show` offers choices, marks problems and enables buttons."""

    def __init__(
        self,
        ticket: Ticket,
        choices: Choices,
        *,
        on_edit: Callable[[], None],
        on_save: Callable[[], object],
    ) -> None:
        self._ticket = ticket
        self._choices = choices
        self._on_edit = on_edit
        self._fields: dict[str, ui.input | ui.select] = {}
        self._selects: dict[str, ui.select] = {}
        form = ui.element("form").classes("fm-ticket").props('aria-label="Order ticket"')
        with form.on("submit.prevent", self._start, args=[]):
            self._market()
            self._order()
            self._assumptions()
            self._actions(on_save)

    def show(self, choices: Choices, problems: dict[str, str], *, can_save: bool) -> None:
        """What may be chosen now, and what is wrong with what is typed."""
        self._choices = choices
        ticket = self._ticket
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

    def _market(self) -> None:
        self._select("source", "Source")
        self._select("venue", "Venue")
        self._select("instrument", "Instrument", is_wide=True, can_type=True)

    def _order(self) -> None:
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
        self._select("style", "Order type")
        self._select("recipe", "Recipe")

    def _assumptions(self) -> None:
        self._select("depth_policy", "Beyond the visible book", is_wide=True)
        self._select("tier", "Fee tier, maker / taker", is_wide=True)
        self._typed("maker", "Maker, bps")
        self._typed("taker", "Taker, bps", is_right=True)
        self._select("volatility", "Volatility")
        self._typed("sigma", "% a day", is_right=True)

    def _actions(self, on_save: Callable[[], object]) -> None:
        flat = "flat no-caps color=none"
        with ui.element("div").classes("fm-actions"):
            self._start_button = ui.button("Start").props(f"{flat} type=submit")
            self._start_button.classes("is-primary").mark("start")
            self._stop_button = ui.button("Stop", on_click=self._stop)
            self._stop_button.props(f"{flat} type=button").classes("is-plain").mark("stop")
            self._save_button = ui.button("Save", on_click=on_save)
            self._save_button.props(f"{flat} type=button").classes("is-plain").mark("save")

    def _select(
        self, name: str, label: str, *, is_wide: bool = False, can_type: bool = False
    ) -> None:
        current = getattr(self._ticket, name)
        select = ui.select(
            self._choices.of(name, current),
            label=label,
            value=current,
            new_value_mode="add-unique" if can_type else None,
        )
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

    def _take_side(self, side: str) -> None:
        self._ticket.side = side
        self._on_edit()

    def _start(self) -> None:
        self._ticket.running = "yes"
        self._on_edit()

    def _stop(self) -> None:
        self._ticket.running = "no"
        self._on_edit()
