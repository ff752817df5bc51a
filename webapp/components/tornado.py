"""Which assumption moves the total, as bars around what it is now."""

from nicegui import ui


class Tornado(ui.element, component="tornado.js", dependencies=["fathom_feed.js"]):
    """Paints the rows of the topic `swings` (webapp/frames/swings.py)."""
