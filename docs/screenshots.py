"""Takes the pictures of the README anew: `make screenshots`.

Starts the app on its demo exchange with a fixed seed, so that the pictures change only when the
pages do, and photographs it at the three sizes it is made for.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page

from tests.webapp.browser.running import App, chromium

IMAGES = Path(__file__).with_name("images")
ORDER = "/?source=demo&venue=okx&instrument=BTC-USDT-SWAP&quantity=9"
CHART_POINTS = 45
"""Seconds of history that make the charts worth looking at."""
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


def photograph_markets(page: Page) -> None:
    """Two markets followed, and a fault that was thrown, seen and over; in light and dark."""
    page.get_by_role("link", name="Markets", exact=True).click()
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
    photograph(page, "markets-light-1280")
    page.get_by_role("button", name="Light or dark").click()
    photograph(page, "markets-1280")
    page.get_by_role("button", name="Light or dark").click()


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
            laptop.get_by_role("button", name="Fees").click()
            laptop.get_by_role("dialog").get_by_text("Source:").wait_for()
            photograph(laptop, "explanation-1280")
            laptop.get_by_role("button", name="Close").click()
            for side in ("Sell", "Buy"):
                laptop.get_by_role("button", name=side).click()
                laptop.wait_for_selector(".is-priced")
                laptop.get_by_role("button", name="Save").click()
                laptop.get_by_text("Saved as number").last.wait_for()
            laptop.wait_for_function("!document.querySelector('.q-notification')")
            laptop.get_by_role("button", name="Light or dark").click()
            photograph(laptop, "trade-light-1280")
            photograph_markets(laptop)
            laptop.get_by_role("link", name="History", exact=True).click()
            laptop.locator("tbody tr").nth(1).wait_for()
            photograph(laptop, "history-light-1280")
            laptop.get_by_role("button", name="Light or dark").click()
            photograph(laptop, "history-1280")


if __name__ == "__main__":
    main()
