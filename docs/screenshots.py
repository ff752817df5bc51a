"""Takes the pictures of the README anew: `make screenshots`.

Starts the app on its demo exchange with a fixed seed, so that the pictures change only when the
pages do. Trade is photographed at the three sizes it is made for and in light; every other page
of the catalogue on a laptop, in dark.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page

from tests.webapp.browser.pages import PATHS
from tests.webapp.browser.running import App, chromium

IMAGES = Path(__file__).with_name("images")
ORDER = "/?source=demo&venue=okx&instrument=BTC-USDT-SWAP&quantity=9"
CHART_POINTS = 45
"""Seconds of history that make the charts worth looking at."""
PLOTS_MS = 3_000
"""A page of plots draws them one after the other."""
WIDE, LAPTOP, PHONE = (1920, 1080), (1280, 800), (390, 844)


def open_page(browser: Browser, url: str, size: tuple[int, int]) -> Page:
    """The Trade page with a price on it."""
    viewport = {"width": size[0], "height": size[1]}
    page = browser.new_page(viewport=viewport, reduced_motion="reduce")
    page.goto(url + ORDER)
    page.wait_for_selector(".is-priced")
    return page


def photograph(page: Page, name: str) -> None:
    """Everything on the screen; on a phone, everything there is to scroll to."""
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path, full_page=page.viewport_size == {"width": 390, "height": 844})
    print(path)


def wait_for_charts(page: Page) -> None:
    """Until the cost of this tab has a history."""
    page.evaluate("import('fathom_feed').then((feed) => (window.feed = feed))")
    page.wait_for_function(
        f"window.feed?.histories.cost?.rows.length >= {CHART_POINTS}", timeout=2000 * CHART_POINTS
    )


def prepare_markets(page: Page) -> None:
    """Two markets followed, and two faults that were thrown, seen and over."""
    field = page.get_by_role("combobox", name="Follow another market")
    field.fill("eth perp")
    page.get_by_role("option").first.wait_for()
    field.press("Enter")
    page.get_by_role("table", name="Followed markets").get_by_text("ETH-USDT-SWAP").wait_for()
    drills = page.get_by_role("table", name="Drills").locator("tbody tr")
    for number, fault in enumerate(("Missing update", "Crossed book"), start=1):
        page.get_by_role("button", name=fault).click()
        drills.nth(number - 1).locator("td").last.get_by_text("ms").wait_for()
        drills.first.get_by_text(fault).wait_for()
        drills.first.locator("td").last.get_by_text("ms").wait_for()


def prepare_history(page: Page) -> None:
    """The estimates that were saved."""
    page.locator("tbody tr").nth(1).wait_for()


def prepare_receipt(page: Page) -> None:
    """A receipt that was verified."""
    page.get_by_role("button", name="Verify").click()
    page.locator(".fm-verdict").wait_for()


def prepare_alerts(page: Page) -> None:
    """One alert that watches."""
    page.get_by_label("Name").fill("Cost above 6 bps")
    page.get_by_label("Level, bps").fill("6")
    page.get_by_role("button", name="Add alert").click()
    page.get_by_role("table", name="Alerts").get_by_text("Cost above 6 bps").wait_for()


PREPARE: Mapping[str, Callable[[Page], None]] = {
    "/markets": prepare_markets,
    "/history": prepare_history,
    "/receipt/1": prepare_receipt,
    "/alerts": prepare_alerts,
}
"""What a page shows before its picture is taken; the others are taken as they come."""


def photograph_pages(page: Page, url: str) -> None:
    """Every page of the catalogue but Trade."""
    for path in PATHS:
        if path == "/":
            continue
        page.goto(url + path)
        page.locator("main h1").wait_for()
        PREPARE.get(path, lambda _: None)(page)
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(PLOTS_MS)
        page.wait_for_function("!document.querySelector('.q-notification')")
        photograph(page, f"{path.split('/')[1]}-1280")


def photograph_explanation(page: Page) -> None:
    """Where the fees of an order come from."""
    page.get_by_role("button", name="Fees").click()
    page.get_by_role("dialog").get_by_text("Source:").wait_for()
    photograph(page, "explanation-1280")
    page.get_by_role("button", name="Close").click()


def save_two(page: Page) -> None:
    """What the history and the receipt show."""
    for side in ("Sell", "Buy"):
        page.get_by_role("button", name=side).click()
        page.wait_for_selector(".is-priced")
        page.get_by_role("button", name="Save", exact=True).click()
        page.get_by_text("Saved as number").last.wait_for()
    page.wait_for_function("!document.querySelector('.q-notification')")


def main() -> None:
    """All pictures, from one run of the app."""
    IMAGES.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        app = App(Path(folder), FATHOM_DEMO_SEED="7")
        with app.running(), chromium() as browser:
            pages = {size[0]: open_page(browser, app.url, size) for size in (WIDE, LAPTOP, PHONE)}
            for width, page in pages.items():
                wait_for_charts(page)
                photograph(page, f"trade-{width}")
            laptop = pages[LAPTOP[0]]
            photograph_explanation(laptop)
            save_two(laptop)
            laptop.get_by_role("button", name="Light or dark").click()
            photograph(laptop, "trade-light-1280")
            laptop.get_by_role("button", name="Light or dark").click()
            photograph_pages(laptop, app.url)


if __name__ == "__main__":
    main()
