"""Models and Analysis in a real browser: plots are drawn, follow the light, leave as files."""

import asyncio
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from market.units import NS_PER_S
from models.base import Source
from storage.series import sample_of
from storage.store import Store
from tests.storage.samples import sample
from tests.webapp.browser.running import App

pytestmark = pytest.mark.browser
HOUR_NS = 3600 * NS_PER_S
START_NS = 1_790_000_000_000_000_000
LONG_MS = 30_000


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """The app on a folder where forty costs were kept in an earlier run."""
    folder = tmp_path_factory.mktemp("app")
    (folder / "data").mkdir()
    base = replace(sample_of(*sample()), source=Source.DEMO)

    async def fill() -> None:
        async with await Store.open(f"sqlite:///{folder}/data/fathom.db") as store:
            for i in range(40):
                cost = replace(base, ns=START_NS + i * HOUR_NS, total_bps=5.0 + i / 10)
                store.series.add(cost)
            await store.series.flush()

    asyncio.run(fill())
    app = App(folder)
    with app.running():
        yield app
    assert app.trouble() == []


def test_costs_are_drawn_and_change_colour_with_the_light(open_page):
    page = open_page("/analysis?source=demo")
    plot = page.locator('[aria-label="Cost over time"] .scatterlayer path.js-line')
    expect(plot).to_be_visible(timeout=LONG_MS)
    dark = plot.evaluate("line => getComputedStyle(line).stroke")
    page.get_by_label("Light or dark").click()
    expect(page.locator("body.body--light")).to_be_attached()
    page.wait_for_function(
        """before => getComputedStyle(document.querySelector(
            '[aria-label="Cost over time"] .scatterlayer path.js-line')).stroke !== before""",
        arg=dark,
    )


def test_the_numbers_of_a_plot_leave_as_csv(open_page):
    page = open_page("/analysis?source=demo")
    with page.expect_download() as download:
        page.get_by_label("Cost by hour of the day: as CSV").click()
    assert download.value.suggested_filename == "fathom-cost-by-hour.csv"
    head, *rows = download.value.path().read_text().splitlines()
    assert head.startswith("hour [h],rows,mean_bps [bps]") and len(rows) == 24


def test_a_plot_leaves_as_an_image_by_its_own_bar(open_page):
    page = open_page("/analysis?source=demo")
    plot = page.locator('[aria-label="Cost by hour of the day"]')
    plot.hover()
    with page.expect_download() as download:
        plot.locator('[data-title^="Download plot"]').click()
    assert download.value.suggested_filename.endswith(".png")


def test_both_pages_are_reached_by_keys_and_fit_a_phone(open_page):
    page = open_page("/performance", size=(390, 844))
    for keys, heading in (("gl", "Models"), ("gn", "Analysis")):
        expect(page.locator("h1")).to_be_visible()
        for key in keys:
            page.keyboard.press(key)
        expect(page.locator("h1")).to_have_text(heading)
        page.wait_for_function("document.documentElement.scrollWidth <= window.innerWidth")


def test_learning_of_the_demo_is_shown_by_delay(open_page):
    page = open_page("/models")
    expect(page.get_by_role("button", name="250 ms")).to_be_visible(timeout=LONG_MS)
    page.get_by_role("button", name="250 ms").click()
    expect(page.get_by_text("At 250 ms")).to_be_visible(timeout=LONG_MS)
    page.get_by_role("tab", name="Plots").click()
    points = page.locator('[aria-label="Feature against slippage"] .points path')
    expect(points.first).to_be_visible(timeout=LONG_MS)
