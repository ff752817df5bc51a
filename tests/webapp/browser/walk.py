"""A walk over a page that presses everything there is to press, with keys alone.

Whatever opens (a dialog, a menu, a list) is looked at on every screen and walked before it is left.
A control is known by the panel it stands in and its name without digits, so that live numbers and
the rows of a table do not make it new.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import ElementHandle, Error, Page

from tests.webapp.browser.layout import INTERACTIVE, everywhere, lasting

MOST = 250
"""Presses on one page: a walk that takes longer goes in circles."""
SETTLED = """() => new Promise((done) => {
  let quiet = 0, looks = 0, last = document.getElementsByTagName("*").length;
  const look = () => {
    const now = document.getElementsByTagName("*").length;
    quiet = now === last ? quiet + 1 : 0;
    last = now;
    quiet > 4 || ++looks > 40 ? done() : setTimeout(look, 20);
  };
  look();
})"""
"""Until the page has stopped growing and shrinking; a live one may never."""
TOP = ".q-dialog, .fm-tour"
MENU = ".q-menu"

NEXT = Path(__file__).with_name("walk.js").read_text("utf-8")
KIND = """(node) => {
  if (node.role === "option" || node.role === "slider") return node.role;
  if (node.closest(".q-select")) return "select";
  return { TEXTAREA: "text", INPUT: node.type }[node.tagName] ?? "press";
}"""
IS_OPEN = (
    """([what]) => [...document.querySelectorAll(what)].some((node) => node.checkVisibility())"""
)

DIALOG = """(top) => [...document.querySelectorAll(top)].filter((node) => node.checkVisibility())
  .map((node) => node.ariaLabel ?? node.querySelector("[aria-label]")?.ariaLabel).at(-1)"""
"""What the dialog on top is called: of a kind, one is looked at on every screen."""


class Walk:
    """One page, from the state it is in."""

    def __init__(self, page: Page, within: str = "main") -> None:
        self._page, self._within = page, within
        page.emulate_media(reduced_motion="reduce")  # what closes is gone at once
        self._home = page.evaluate("location.pathname")
        self._looked_at: set[str] = set()
        self.done: list[str] = []
        """What was pressed, in order."""

    def faults(self) -> Iterator[str]:
        """Press everything; what was wrong on the way, each told with what was pressed last."""
        opener = ""
        for _ in range(MOST):
            if not self._is_open(TOP) and self._page.evaluate("location.pathname") != self._home:
                self._come_back()
            was_open, inside = self._is_open(TOP, MENU), self._is_open(MENU)
            control = self._next()
            if control is None:
                if not was_open:
                    return
                self._leave()
                continue
            key: str = control.evaluate("(node) => node.walkKey")
            is_option: bool = control.evaluate("(node) => node.role === 'option'")
            try:
                self._use(control)
            except Error as error:
                if "not attached" not in str(error):
                    raise
                continue  # it was painted anew between the look and the press
            self.done.append(key)
            self._page.evaluate(SETTLED)
            if inside and not is_option and not self._is_open(MENU) and opener in self.done:
                self.done.remove(opener)  # once more, for the other lines of its menu
            if not inside and self._is_open(MENU):
                opener = key
            shown = self._page.evaluate(DIALOG, TOP) or key
            is_new = self._is_open(TOP, MENU) and not was_open and shown not in self._looked_at
            self._looked_at.add(shown)
            for fault in everywhere(self._page) if is_new else lasting(self._page):
                yield f"after [{key}]: {fault}"
        yield f"the walk does not end; last was {self.done[-5:]}"

    def _is_open(self, *what: str) -> bool:
        return bool(self._page.evaluate(IS_OPEN, [", ".join(what)]))

    def _next(self) -> ElementHandle | None:
        asked = [INTERACTIVE + ", .q-menu .q-item", TOP, MENU, self.done, self._within]
        return self._page.evaluate_handle(NEXT, asked).as_element()

    def _use(self, control: ElementHandle) -> None:
        """Type into what takes text, and put back what stood there; press what is pressed."""
        control.focus()
        kind = control.evaluate(KIND)
        keys = self._page.keyboard
        if kind in ("checkbox", "radio"):
            keys.press("Space")
        elif kind in ("slider", "range"):
            keys.press("ArrowRight")
        elif kind == "option":
            control.click()
        elif kind == "select":
            keys.press("ArrowDown")
        elif kind == "press":
            keys.press("Enter")
        else:
            before = control.input_value()
            control.fill("2026-01-02T03:04" if kind == "datetime-local" else "7")
            self._page.evaluate(SETTLED)
            control.fill(before)

    def _leave(self) -> None:
        self._page.keyboard.press("Escape")
        self._page.evaluate(SETTLED)

    def _come_back(self) -> None:
        self._page.goto(urljoin(self._page.url, self._home))
        self._page.locator("main h1, .is-priced").first.wait_for()
        self._page.evaluate(SETTLED)
