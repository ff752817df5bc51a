"""Help over the page: keys, words, and the tour again."""

from collections.abc import Callable, Mapping

from nicegui import ui

from webapp.components.shortcuts import KEYS, PAGES
from webapp.glossary import GLOSSARY

NAMES = {" ": "Space"}


class Help:
    """A dialog that is built when it is first opened."""

    def __init__(
        self,
        titles: Mapping[str, str],
        on_tour: Callable[[], None],
        on_story: Callable[[], None],
    ) -> None:
        self._titles, self._on_tour, self._on_story = titles, on_tour, on_story
        self._dialog = ui.dialog().props("aria-label=Help")
        self._is_built = False

    def open(self) -> None:
        """Show it."""
        if not self._is_built:
            self._build()
        self._dialog.open()

    def _build(self) -> None:
        self._is_built = True
        with self._dialog, ui.card().classes("fm-help").props('aria-label="Help"'):
            with ui.element("div").classes("fm-toolbar"):
                with ui.element("h2").classes("fm-heading"):
                    ui.label("Help")
                ui.element("div").classes("fm-spring")
                self._button("Take the tour", lambda: self._leave(self._on_tour))
                self._button("See it in a minute", lambda: self._leave(self._on_story))
                self._button("Close", self._dialog.close)
            with ui.element("div").classes("fm-help-columns"):
                with ui.element("section"):
                    _title("Keys")
                    with ui.element("dl").classes("fm-keys"):
                        for key, meaning in KEYS.items():
                            _pair(NAMES.get(key, key), meaning)
                        for key, path in PAGES.items():
                            if path in self._titles:
                                _pair(f"g {key}", f"Go to {self._titles[path]}")
                with ui.element("section"):
                    _title("Words")
                    search = ui.input(placeholder="Find a word", on_change=lambda e: find(e.value))
                    search.props('outlined dense clearable aria-label="Find a word"')
                    search.classes("fm-find")
                    with ui.element("dl").classes("fm-words"):
                        words = {term: _word(term, text) for term, text in GLOSSARY.items()}

        def find(typed: str | None) -> None:
            wanted = (typed or "").lower().strip()
            for term, entry in words.items():
                entry.set_visibility(wanted in f"{term} {GLOSSARY[term]}".lower())

    def _button(self, label: str, action: Callable[[], object]) -> None:
        button = ui.button(label, on_click=action).props("flat no-caps color=none")
        button.classes("fm-button is-plain")

    def _leave(self, go: Callable[[], None]) -> None:
        self._dialog.close()
        go()


def _title(text: str) -> None:
    with ui.element("h3").classes("fm-title"):
        ui.label(text)


def _pair(key: str, meaning: str) -> None:
    with ui.element("dt"), ui.element("kbd"):
        ui.label(key)
    with ui.element("dd"):
        ui.label(meaning)


def _word(term: str, text: str) -> ui.element:
    with ui.element("div") as entry:
        with ui.element("dt"):
            ui.label(term)
        with ui.element("dd"):
            ui.label(text)
    return entry
