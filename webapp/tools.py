"""The right end of the header and what belongs to it: alerts, help, tour, keys, look."""

from collections.abc import Mapping

from nicegui import ui

from webapp import preferences
from webapp.components.alert_bell import AlertBell
from webapp.components.help import Help
from webapp.components.shortcuts import Shortcuts
from webapp.components.tour import STEPS, STORY, Tour
from webapp.services import Services
from webapp.session import Session
from webapp.story import Story

TOUR_AFTER_S = 1.5
"""The page should be there before it is explained."""


class Tools:
    """Made with the tab; `build` puts it into the header."""

    def __init__(self, services: Services, session: Session, titles: Mapping[str, str]) -> None:
        self._session, self._titles = session, titles
        self._board, self._has_tour = services.alerts, services.has_tour
        self._story = Story(session, services.runner)

    def build(self) -> None:
        """Where it is called, in a fresh document."""
        self._help = Help(self._titles, self.tour, self.tell)
        self._bell = AlertBell(self._board, lambda: ui.navigate.to("/alerts"))
        ask = ui.button("?", on_click=self._help.open).mark("help")
        ask.props("flat dense color=none padding='0 9px' aria-label='Help and keys'")
        self._dark = ui.dark_mode()
        switch = ui.button(on_click=self._turn).mark("theme")
        switch.props("flat dense color=none padding='0 8px' aria-label='Light or dark'")
        with switch:
            ui.element("span").classes("fm-half")
        self.paint()
        self._tour = Tour(STEPS, lambda: preferences.keep(tour="seen"), lambda _: None)
        self._told = Tour(STORY, self._story.end, self._story.step)
        Shortcuts(self._press, ui.navigate.to, set(self._titles))
        is_trade = ui.context.client.sub_pages_router.current_path.partition("?")[0] == "/"
        if self._has_tour and is_trade and preferences.mine().tour == "new":
            ui.timer(TOUR_AFTER_S, self._tour.begin, once=True)

    def tour(self) -> None:
        """Through the Trade page, from the first step."""
        ui.navigate.to("/")
        ui.timer(TOUR_AFTER_S, self._tour.begin, once=True)

    def tell(self) -> None:
        """The story, on the demo."""
        ui.navigate.to("/")
        ui.timer(TOUR_AFTER_S, self._told.begin, once=True)

    def help(self) -> None:
        """Open it."""
        self._help.open()

    def ask_to_notify(self) -> None:
        """Have the browser ask its user whether alerts may notify."""
        self._bell.ask()

    def paint(self) -> None:
        """Look as the user likes it now."""
        liked = preferences.mine()
        self._dark.value = liked.dark
        preferences.paint(liked)

    def _turn(self) -> None:
        """Light becomes dark, and all else light."""
        preferences.keep(theme="dark" if self._dark.value is False else "light")
        self.paint()

    def _press(self, key: str) -> None:
        if key == "?":
            self._help.open()
        elif key == "t":
            self._turn()
        else:
            self._session.press(key)
