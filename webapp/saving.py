"""Save what the tab shows as a receipt, and give the link of its ticket away."""

from urllib.parse import urlencode

from nicegui import ui

from storage.errors import StorageError
from webapp.services import Services
from webapp.session import Session
from webapp.ticket import to_link
from webapp.tickets import Tickets

NOTHING = "There is no cost to save now: start the order, or mend the field that is marked."


async def save(services: Services, session: Session) -> None:
    """Keep the estimate with its book, and say where it is."""
    quote = session.last
    if quote is None or quote.estimate is None or quote.state is None:
        ui.notify(NOTHING, position="top")
        return
    key = session.key
    try:
        number = await services.store.estimates.save(quote.estimate, quote.state)
    except StorageError as error:
        ui.notify(str(error), type="warning", timeout=0, close_button="Close")
        return
    if key is not None:
        services.scoreboard.take(key, quote.estimate)
    # The only thing put into this HTML is a whole number of ours.
    ui.notify(
        f'Saved as number {int(number)}. <a class="fm-link" href="/history">See it</a> or '
        f'<a class="fm-link" href="/receipt/{int(number)}">its receipt</a>.',
        html=True,
        position="top",
    )


def link_of(session: Session, tickets: Tickets) -> str:
    """The address of this tab's tickets, without the server."""
    values = to_link(session.ticket) | tickets.links()
    return f"/?{urlencode(values)}" if values else "/"


class Share:
    """A dialog with the whole link, and a button that copies it."""

    def __init__(self, session: Session, tickets: Tickets) -> None:
        self._session, self._tickets = session, tickets

    async def open(self) -> None:
        """Show it; the server's own name comes from the browser."""
        origin = await ui.run_javascript("location.origin", timeout=5.0)
        link = f"{origin}{link_of(self._session, self._tickets)}"
        with ui.dialog() as dialog, ui.card().classes("fm-card"):
            with ui.element("h2"):
                ui.label("A link to this ticket")
            ui.label(
                "It opens the same order here, priced on the book of that moment. To keep the "
                "number itself, save it: its receipt has a link of its own."
            ).classes("fm-caption")
            field = ui.input("Link", value=link).props("outlined dense stack-label readonly")
            field.classes("fm-wide-field").mark("link")
            with ui.row().classes("fm-toolbar"):
                copy = ui.button("Copy", on_click=lambda: self._copy(link))
                copy.props("flat no-caps color=none autofocus").classes("fm-button is-primary")
                close = ui.button("Close", on_click=dialog.close).props("flat no-caps color=none")
                close.classes("fm-button is-plain")
        dialog.on("hide", dialog.delete)
        dialog.open()

    def _copy(self, link: str) -> None:
        ui.clipboard.write(link)
        ui.notify("The link is in the clipboard.", position="top")
