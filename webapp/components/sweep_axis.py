"""One axis of a sweep: how its values are given, and the fields that way needs."""

from collections.abc import Callable

from nicegui import ui

from webapp.sweeps.draft import DRAWN, KINDS, AxisText

LOOK = "outlined dense hide-bottom-space no-error-icon"
TYPED = f"{LOOK} autocomplete=off spellcheck=false"
SPACINGS = {"linear": "Even", "log": "Even in log"}


class SweepAxis:
    """Builds its row where it is made; what is typed goes into the axis at once."""

    def __init__(
        self,
        name: str,
        label: str,
        axis: AxisText,
        on_edit: Callable[[], None],
        on_remove: Callable[[], None] | None = None,
    ) -> None:
        """`label` with its unit; without `on_remove` the axis cannot be taken away."""
        self._axis, self._on_edit, self._label = axis, on_edit, label
        with ui.element("div").classes("fm-axis").mark(f"axis-{name}") as self.box:
            title = ui.label(label).classes("fm-axis-name")
            title.props["title"] = label
            kind = ui.select(KINDS, value=axis.kind).props(f"{LOOK} options-dense")
            kind.props["aria-label"] = f"{label}: kind of values"
            kind.mark(f"kind-{name}").on_value_change(lambda event: self._turn(event.value))
            fields = {
                "values": "values, with spaces",
                "low": "from",
                "high": "to",
                "step": "number",
            }
            self._fields = {key: self._typed(name, key, hint) for key, hint in fields.items()}
            spacing = ui.select(SPACINGS, value=axis.spacing).props(f"{LOOK} options-dense")
            spacing.props["aria-label"] = f"{label}: spacing"
            spacing.on_value_change(lambda event: self._set("spacing", event.value))
            self._spacing = spacing
            if on_remove is not None:
                remove = ui.button("×", on_click=on_remove).props("flat dense color=none")
                remove.props["aria-label"] = f"Without {label}"
                remove.classes("fm-axis-remove").mark(f"remove-{name}")
            self._problem = ui.label().classes("fm-parameter-wrong").props("role=alert")
            self._problem.mark(f"problem-{name}")
        self._arrange()
        self.show("")

    def show(self, problem: str) -> None:
        """What is wrong with it; empty = nothing."""
        self._problem.set_text(problem)
        self._problem.set_visibility(bool(problem))
        for field in self._fields.values():
            field.props(**{"add" if problem else "remove": "error"})

    def _typed(self, name: str, key: str, hint: str) -> ui.input:
        field = ui.input(value=getattr(self._axis, key), placeholder=hint).props(TYPED)
        field.props["aria-label"] = f"{self._label}: {hint}"
        if key != "values":
            field.props["prefix"] = hint
        field.mark(f"{key}-{name}").without_auto_validation()
        field.on_value_change(lambda event: self._set(key, event.value or ""))
        return field.classes("is-values" if key == "values" else "")

    def _turn(self, kind: str) -> None:
        self._set("kind", kind)
        self._arrange()

    def _set(self, key: str, value: str) -> None:
        setattr(self._axis, key, value)
        self._on_edit()

    def _arrange(self) -> None:
        """Only the fields that this kind reads."""
        kind = self._axis.kind
        is_list = kind == "list"
        self._fields["values"].set_visibility(is_list)
        for key in ("low", "high"):
            self._fields[key].set_visibility(not is_list)
        self._fields["step"].set_visibility(kind in ("grid", "linear", "log"))
        hint = "step" if kind == "grid" else "number"
        self._fields["step"].props.update(placeholder=hint, prefix=hint)
        self._spacing.set_visibility(kind in DRAWN)
