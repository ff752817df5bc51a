"""What is wrong with how a page lies on the screen, asked of the browser itself."""

import json
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page

SIZES = ((390, 844), (1280, 800), (1920, 1080))
THEMES = ("dark", "light")
PATIENCE, PAUSE_MS = 5, 200

INTERACTIVE = (
    "a[href], button, input:not([type=hidden]), select, textarea, summary, "
    "[role=button], [role=tab], [role=option], [role=menuitem], [role=slider], [role=switch], "
    "[tabindex]:not([tabindex='-1'])"
)
"""What can be pressed or typed into."""

FAULTS = Path(__file__).with_name("layout.js").read_text("utf-8")

DRESS = """(theme) => {
  document.body.classList.toggle("body--dark", theme === "dark");
  document.body.classList.toggle("body--light", theme === "light");
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""


def faults(page: Page) -> list[str]:
    """Wider than the screen, one control over another, a text that is cut off; as it is now."""
    found: list[str] = page.evaluate(f"({FAULTS})({json.dumps(INTERACTIVE)})")
    return found


def lasting(page: Page) -> list[str]:
    """The same, given a moment: plots follow a new size a little later."""
    found = faults(page)
    for _ in range(PATIENCE):
        if not found:
            break
        page.wait_for_timeout(PAUSE_MS)
        found = faults(page)
    return found


def everywhere(page: Page) -> Iterator[str]:
    """The same at each size of screen in dark and light; the page is left as it was."""
    before = page.viewport_size
    theme = page.evaluate("document.body.classList.contains('body--light') ? 'light' : 'dark'")
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for look in THEMES:
            page.evaluate(DRESS, look)
            for fault in lasting(page):
                yield f"{width} px {look}: {fault}"
    page.evaluate(DRESS, theme)
    assert before is not None
    page.set_viewport_size(before)
