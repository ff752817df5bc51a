"""What a real Chromium sees: when a page is painted and priced, what it loads, how late it is."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Browser, Error, Page, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-background-networking",
)
PRICED = ".is-priced"
PATIENCE_MS = 120_000

LISTEN = r"""(() => {
  const Plain = window.WebSocket;
  window.lateMs = [];
  window.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        if (typeof data !== "string" || !data.includes('\\"ladder\\"')) return;
        const came = performance.now();
        requestAnimationFrame(() => setTimeout(() => window.lateMs.push(performance.now() - came)));
      });
    }
  };
})()"""
"""From the arrival of a message with a ladder until after the frame that paints it."""

FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
NOW = "performance.now()"


class NoChromium(Exception):
    """There is none to measure with; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstLoad:
    """What a browser that knows nothing yet meets."""

    painted_ms: float
    priced_ms: float
    """Both since the address was opened."""
    mb: float
    """Over the wire, compressed, headers too, until the price stands."""
    files: int


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The machine's own, or the one Playwright installed."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    async with async_playwright() as playwright:
        try:
            browser = await playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        except Error as error:
            raise NoChromium(f"no Chromium: {str(error).splitlines()[0]}") from error
        try:
            yield browser
        finally:
            await browser.close()


async def first_load(browser: Browser, url: str) -> FirstLoad:
    """Open the page in a browser with an empty cache."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    sizes: list[float] = []
    wire = await context.new_cdp_session(page)
    wire.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    await wire.send("Network.enable")
    await page.goto(url, wait_until="commit")
    await page.wait_for_selector(PRICED)
    priced_ms = float(await page.evaluate(NOW))
    painted_ms = float(await page.evaluate(FIRST_PAINT) or 0.0)
    await page.wait_for_load_state("networkidle")
    await context.close()
    return FirstLoad(
        painted_ms=painted_ms, priced_ms=priced_ms, mb=sum(sizes) / 1e6, files=len(sizes)
    )


async def open_listening(browser: Browser, url: str) -> Page:
    """The Trade page, with its lateness noted from the first message on."""
    page = await browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(PATIENCE_MS)
    await page.add_init_script(LISTEN)
    await page.goto(url)
    await page.wait_for_selector(PRICED)
    return page


async def late_ms(page: Page, seconds: float) -> list[float]:
    """Lateness of every ladder that is painted in the next seconds."""
    await page.evaluate("window.lateMs.length = 0")
    await page.wait_for_timeout(seconds * 1000)
    found: list[float] = await page.evaluate("window.lateMs")
    return found
