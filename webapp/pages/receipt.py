"""A receipt: everything one saved estimate was made from, and whether it comes out again."""

from collections.abc import Sequence

from nicegui import ui

from models.base import CostComponent
from storage.errors import ReceiptBroken, StorageError
from storage.history import Line
from storage.receipt import Receipt
from webapp import format as fmt
from webapp.components.plain_table import plain_table
from webapp.frames import receipt as frames
from webapp.reopen import link_of
from webapp.tab import Tab
from webapp.theme import panel
from webapp.verifying import verify_saved

NUMBERS = ("", "is-number", "is-number", "is-number", "")


def create(tab: Tab) -> None:
    """Build the page of the number that the address names."""
    path = ui.context.client.sub_pages_router.current_path.partition("?")[0]
    text = path.rstrip("/").rpartition("/")[2]
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
    _ReceiptPage(tab, number)


class _ReceiptPage:
    """One receipt."""

    def __init__(self, tab: Tab, number: int | None) -> None:
        self._services, self._number = tab.services, number
        with ui.element("div").classes("fm-toolbar"):
            with ui.element("h1").classes("fm-heading"):
                ui.label(f"Receipt {number}" if number is not None else "Receipt")
            ui.link("All of the history", "/history").classes("fm-link")
            ui.element("div").classes("fm-spring")
            self._tools = ui.element("div").classes("fm-toolbar fm-tight")
        self._message = ui.label("Loading …").classes("fm-empty").mark("receipt-message")
        self._place = ui.element("div").classes("fm-column")
        if number is None:
            self._message.set_text("The address names no number of the history.")
        else:
            ui.timer(0, self._show, once=True)

    async def _show(self) -> None:
        estimates, number = self._services.store.estimates, self._number
        assert number is not None
        try:
            line = await estimates.line(number)
            try:
                receipt = await estimates.receipt(number)
            except ReceiptBroken as error:
                self._broken(line, str(error))
                return
        except StorageError as error:
            self._message.set_text(str(error))
            return
        self._message.set_visibility(False)
        with self._tools:
            ui.link("Open in the ticket", link_of(receipt)).classes("fm-link").mark("reopen")
            download = ui.link("Download", f"/api/v1/estimates/{number}/receipt")
            download.classes("fm-link").props("download").mark("download-receipt")
            verify = ui.button("Verify", on_click=self._verify).props("flat no-caps color=none")
            verify.classes("fm-button is-primary").mark("verify")
        with self._place:
            self._verdict = ui.element("div").props("role=status").mark("verdict")
            self._facts(line, receipt)
            self._costs(receipt)
            with ui.element("div").classes("fm-halves"):
                self._inputs(receipt)
                self._book(receipt)

    def _broken(self, line: Line, why: str) -> None:
        """What is known of the line, and why there is no more."""
        self._message.set_text(why)
        with self._place, panel("What the history knows"):
            plain_table(("", ""), frames.line_facts(line.saved))

    async def _verify(self) -> None:
        assert self._number is not None
        self._verdict.clear()
        try:
            verdict = await verify_saved(self._services, self._number)
        except StorageError as error:
            with self._verdict:
                ui.label(str(error)).classes("fm-verdict is-bad")
            return
        with self._verdict:
            look = "is-good" if verdict.is_equal else "is-bad"
            ui.label(verdict.sentence).classes(f"fm-verdict {look}")
            if verdict.differences:
                rows = [(each.field, each.saved, each.now) for each in verdict.differences]
                with panel("What differs"), ui.element("div").classes("fm-scroll"):
                    plain_table(("Field", "Saved", "Now"), rows)

    def _facts(self, line: Line, receipt: Receipt) -> None:
        with ui.element("div").classes("fm-halves"):
            with panel("Estimate"), ui.element("div").classes("fm-scroll"):
                plain_table(("", ""), frames.order_facts(line, receipt))
            with panel("Made from"), ui.element("div").classes("fm-scroll"):
                plain_table(("", ""), frames.origin_facts(line.saved, receipt))

    def _costs(self, receipt: Receipt) -> None:
        heads = ("Part", "bps", "Low", "High", "Model")
        with panel("Costs"), ui.element("div").classes("fm-scroll"):
            plain_table(heads, frames.cost_rows(receipt.estimate), NUMBERS)
            for warning in receipt.estimate.warnings:
                ui.label(warning).classes("fm-caption fm-warned")

    def _inputs(self, receipt: Receipt) -> None:
        with panel("Formulas and their inputs"):
            for part in receipt.estimate.components:
                _explained(part)

    def _book(self, receipt: Receipt) -> None:
        book = receipt.book
        note = f"sequence {book.seq}, {frames.depth(book)} levels"
        with panel("Book", note), ui.element("div").classes("fm-scroll"):
            rows = frames.book_rows(book, receipt.instrument)
            plain_table(("Bid size", "Bid", "Ask", "Ask size"), rows, ("is-number",) * 4)


def _explained(part: CostComponent) -> None:
    """Formula, symbols and source of one part."""
    why = part.explanation
    ui.label(f"{fmt.sentence(part.kind.replace('_', ' '))}, by {part.model}").classes(
        "fm-subheading"
    )
    ui.label(why.formula).classes("fm-formula")
    rows: Sequence[Sequence[str]] = [
        (item.symbol, item.meaning, fmt.significant(item.value), item.unit, item.origin.value)
        for item in why.inputs
    ]
    with ui.element("div").classes("fm-scroll"):
        plain_table(("Symbol", "Meaning", "Value", "Unit", "Origin"), rows)
    ui.label(f"Source: {why.source}").classes("fm-caption")
