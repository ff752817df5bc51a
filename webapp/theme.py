"""The frame of every page: header, navigation, banner, status bar; colours live in theme.css."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from nicegui import ui

from webapp.components.readings import Readings
from webapp.components.source_banner import Notice, SourceBanner
from webapp.frames.status import STATUS

CSS = Path(__file__).with_name("theme.css")


@contextmanager
def frame(
    titles: Mapping[str, str],
    notice: Notice,
    on_switch: Callable[[], None],
    tools: Callable[[], None],
) -> Iterator[SourceBanner]:
    """What surrounds a page: links by path, and at the right of the header what `tools` builds.

    Gives the banner, which moves with the source.
    """
    ui.add_css(CSS)
    with ui.element("div").classes("fm-app"):
        with ui.element("header").classes("fm-header"):
            _brand()
            _navigation(titles)
            ui.element("div").classes("fm-spring")
            tools()
        banner = SourceBanner(notice, on_switch)
        main = ui.element("main").classes("fm-main")
        ui.skip_link("Skip to the page", target=main)
        with main:
            yield banner
        with ui.element("footer").classes("fm-status").props('aria-label="Feed and speed"'):
            Readings("status", STATUS)


def _brand() -> None:
    with ui.link(target="/").classes("fm-brand").props('aria-label="Fathom, trade page"'):
        with ui.element("span").classes("fm-mark").props("aria-hidden=true"):
            for _ in range(4):
                ui.element("i")
        ui.label("Fathom")


def _navigation(titles: Mapping[str, str]) -> None:
    """Links stay inside the document; the browser is told which one is shown.

    A narrow screen shows the name of the page, which opens the links as a menu.
    """
    with ui.element("nav").classes("fm-nav").props('aria-label="Pages"'):
        links = [(path, ui.link(title, path)) for path, title in titles.items()]
    opener = ui.button().props(
        'flat dense no-caps color=none aria-label="Pages" icon-right=expand_more'
    )
    with opener.classes("fm-nav-menu"), ui.menu().props("auto-close").classes("fm-nav-list"):
        links += [(path, ui.link(title, path)) for path, title in titles.items()]

    def mark(path: str) -> None:
        here = path.partition("?")[0].rstrip("/") or "/"
        opener.set_text(titles.get(here, "Pages"))
        for target, link in links:
            link.props(remove="aria-current")
            if target == here:
                link.props("aria-current=page")

    router = ui.context.client.sub_pages_router
    router.on_path_changed(mark)
    mark(router.current_path)


@contextmanager
def panel(title: str = "", note: str = "", *, classes: str = "") -> Iterator[None]:
    """A box with a small heading."""
    with ui.element("section").classes(f"fm-panel {classes}"):
        if title:
            with ui.element("h2").classes("fm-title"):
                ui.label(title)
                if note:
                    with ui.element("small"):
                        ui.label(note)
        yield
