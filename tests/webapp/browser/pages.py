"""The addresses of all pages, taken from the catalogue, and when each is ready to be looked at."""

from collections.abc import Callable

from playwright.sync_api import Browser, Page

from tests.webapp.browser.running import App
from webapp.pages.catalog import PAGES

PATHS = tuple(page.path.replace("{number}", "1") for page in PAGES)
"""What is numbered is shown by its first."""
READY = {"/": ".is-priced", "/receipt/1": "text=Formulas and their inputs"}
LISTED = "main h1"


def open_ready(open_page: Callable[..., Page], path: str, *more: tuple[int, int]) -> Page:
    """The page at an address, once it is built and connected."""
    page = open_page(path, *more)
    page.locator(READY.get(path, LISTED)).first.wait_for()
    page.locator(".fm-status b, .fm-status dd").first.wait_for()
    return page


def save_an_estimate(app: App, browser: Browser) -> None:
    """What the receipt and the history show."""
    page = browser.new_page()
    page.goto(app.url)
    page.locator(".is-priced").wait_for()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Saved as number").wait_for()
    page.close()
