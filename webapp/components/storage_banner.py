"""Says that nothing can be saved, and why; not there while saving works."""

from nicegui import ui

from storage.health import StorageHealth
from webapp import format as fmt


class StorageBanner:
    """One line under the source; what is saved meanwhile is refused, never lost in silence."""

    def __init__(self, health: StorageHealth) -> None:
        self._root = ui.element("div").classes("fm-banner is-storage")
        self._root.props('role=alert aria-label="Saving"')
        with self._root:
            with ui.element("b"):
                self._title = ui.label().mark("storage-title")
            self._text = ui.label().mark("storage-text")
        self.show(health)

    def show(self, health: StorageHealth) -> None:
        """Say it, if there is something to say."""
        is_quiet = health.is_ok or health.state == "closed"
        self._root.set_visibility(not is_quiet)
        if not is_quiet:
            self._title.set_text(health.title)
            self._text.set_text(words(health))


def words(health: StorageHealth) -> str:
    """The reason, since when, and what happens next."""
    parts = [health.reason]
    if not health.is_open:
        parts.append("The history is not available and nothing is saved; quotes go on.")
    parts.append(f"Since {fmt.utc(health.since_ns)}; Fathom keeps trying.")
    if health.waiting:
        parts.append(f"Writes that wait: {fmt.count(health.waiting)}.")
    return " ".join(parts)
