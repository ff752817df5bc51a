"""One point of a sweep, priced again: its parts, their explanations, and the way to a ticket."""

from nicegui import ui

from engine.errors import FeedError
from engine.sweeps.lookup import PricedPoint
from engine.sweeps.run import SweepRun
from market.errors import OrderError
from models.base import Absent, CostComponent, CostEstimate
from models.explained.catalog import explained
from models.sweep.declaration import Recorded, from_json
from storage.errors import StorageError
from webapp import format as fmt
from webapp.components.explanation import explain
from webapp.components.live_table import LiveTable
from webapp.frames.cost import LABELS, model_name
from webapp.frames.rows import NUMBER, Head, Row
from webapp.reopen import link_of_request, ticket_for
from webapp.tab import Tab

FLAT = "flat no-caps color=none"
HEADS: tuple[Head, ...] = (("Part", ""), ("bps", NUMBER), ("Money", NUMBER), ("By", ""))
NOW = "The ticket prices this order on the market as it is now."
THEN = "The ticket opens on the recording, which stands at the moment of this book."


async def open_point(tab: Tab, run: SweepRun, point: int) -> None:
    """Show it, or say why it cannot be shown."""
    try:
        found = await tab.services.sweeps.point(run.id, point)
    except (OrderError, StorageError) as error:
        ui.notify(str(error), type="warning")
        return
    _Dialog(tab, run, found)


class _Dialog:
    """A dialog that is gone when it is closed."""

    def __init__(self, tab: Tab, run: SweepRun, found: PricedPoint) -> None:
        self._tab, self._found = tab, found
        states = from_json(run.declaration).states
        self._recording = states.recording if isinstance(states, Recorded) else ""
        self._dialog = ui.dialog()
        with self._dialog, ui.card().classes("fm-card fm-point").mark("point-dialog"):
            with ui.element("h2"):
                ui.label(f"Point {fmt.count(found.point)} of sweep {run.id}")
            ui.label(self._order()).classes("fm-ask-text")
            ui.label(self._market()).classes("fm-caption")
            if found.estimate is None:
                ui.label(f"There is no price: {found.refusal}").classes("fm-parameter-wrong")
            else:
                self._priced(found.estimate)
            with ui.element("div").classes("fm-toolbar fm-above"):
                self._button("Open in the ticket", self._open, "is-primary").mark("to-ticket")
                self._button("On this tab's market", self._here, "is-plain").mark("to-market")
                self._button("Close", self._dialog.close, "is-plain")
            ui.label(THEN if self._recording else NOW).classes("fm-caption")
        self._dialog.on("hide", self._dialog.delete)
        self._dialog.open()

    def _button(self, label: str, action: object, look: str) -> ui.button:
        button = ui.button(label, on_click=action).props(FLAT)  # type: ignore[arg-type]
        return button.classes(f"fm-button {look}")

    def _order(self) -> str:
        request = self._found.request
        order = request.order
        return (
            f"{order.side.value.capitalize()} {fmt.significant(order.amount)} {order.unit.value}, "
            f"{request.style.replace('_', ' ')}, recipe {request.recipe.replace('_', ' ')}"
        )

    def _market(self) -> str:
        state, request = self._found.state, self._found.request
        sigma = request.sigma_day if request.sigma_day is not None else state.sigma_day
        fees = f", fees {fmt.rates(request.tier)}" if request.tier is not None else ""
        name = f"{state.source.value} {state.instrument.venue} {state.instrument.venue_symbol}"
        return f"{name}, {fmt.utc(state.as_of_ns)}, volatility {fmt.percent(sigma, 2)} /day{fees}"

    def _priced(self, estimate: CostEstimate) -> None:
        with ui.element("div").classes("fm-total"):
            with ui.element("button").props("type=button").classes("fm-big fm-explain") as total:
                ui.label(f"{fmt.bps(estimate.total_bps)} bps").mark("point-total")
            total.on("click", self._explain_total)
            ui.label(fmt.money(estimate.total_quote, estimate.instrument.quote)).classes("fm-money")
            ui.label(fmt.band(estimate.low_bps, estimate.high_bps)).classes("fm-band")
        every: tuple[CostComponent | Absent, ...] = (*estimate.components, *estimate.absent)
        parts = {part.kind.value: part for part in every}
        table = LiveTable(
            HEADS,
            lambda _, key: explain(parts[key]) if key in parts else None,
            caption="Parts of the cost",
            empty="",
            opens="How it is computed",
        ).mark("point-parts")
        table.show([_part(part, estimate) for part in parts.values()])
        for warning in estimate.warnings:
            ui.label(warning).classes("fm-caution")

    def _explain_total(self) -> None:
        estimate = self._found.estimate
        number = explained("total", estimate, self._found.state) if estimate else None
        if number is not None:
            explain(number)

    async def _open(self) -> None:
        """On the market of the point; a recording is put in, and stands at its moment."""
        if not self._recording or await self._is_put_in():
            self._dialog.close()
            ui.navigate.to(link_of_request(self._found.request, self._found.state))

    def _here(self) -> None:
        """The same order on the market that the ticket is about."""
        session = self._tab.session
        ticket = ticket_for(self._found.request, self._found.state)
        now = session.ticket
        ticket.source, ticket.venue, ticket.instrument = now.source, now.venue, now.instrument
        session.load(ticket)
        self._dialog.close()
        ui.navigate.to("/")

    async def _is_put_in(self) -> bool:
        runner = self._tab.services.runner
        try:
            if runner.sources.recording is None or runner.sources.recording.name != self._recording:
                await self._tab.services.studio.put_in(self._recording)
        except (OrderError, FeedError, OSError) as error:
            ui.notify(str(error), type="warning", timeout=0, close_button="Close")
            return False
        if runner.player is not None:
            runner.player.remote.pause()
            runner.player.remote.seek(self._found.state.as_of_ns)
        return True


def _part(part: CostComponent | Absent, estimate: CostEstimate) -> Row:
    label = LABELS[part.kind]
    if isinstance(part, Absent):
        cells = ((label, "", ""), ("–", "", ""), ("–", "", ""), (part.reason, "", ""))
        return part.kind.value, cells, ()
    name = label if part.is_in_total else f"{label}, beside"
    money = fmt.amount(part.quote(estimate.notional))
    texts = (name, fmt.bps(part.bps), money, model_name(part.model))
    return part.kind.value, tuple((text, "", "") for text in texts), ()
