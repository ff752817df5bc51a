"""A sweep over recorded books from the page to the file, in a real browser, beside a live page."""

import csv
import io

import pytest
from playwright.sync_api import expect

from tests.recordings_made import write_fathom
from tests.webapp.browser.running import App

pytestmark = pytest.mark.browser

COUNT = """async () => {
  const feed = await import("fathom_feed");
  window.updates = 0;
  feed.listen("cost", () => (window.updates += 1));
}"""


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """The app on its demo exchange, with a recording in its folder."""
    folder = tmp_path_factory.mktemp("app")
    recordings = folder / "data" / "recordings"
    recordings.mkdir(parents=True)
    write_fathom(recordings / "made.jsonl.gz", 200)
    app = App(folder)
    with app.running():
        yield app
    assert app.trouble() == []


def declare(page, books):
    """The preset of a million scenarios, on so many books."""
    page.wait_for_function("document.querySelector('.is-takes dd')?.textContent === '82'")
    page.get_by_role("button", name="A million scenarios").click()
    expect(page.get_by_role("combobox", name="Recording")).to_be_visible()
    page.get_by_label("Books", exact=True).fill(str(books))
    expect(page.locator(".is-takes dd").first).to_have_text(f"{10_240 * books:,}")
    page.get_by_role("button", name="Start the sweep").click()


def test_a_sweep_runs_is_studied_and_taken_away_while_the_trade_page_goes_on(app, open_page):
    trade = open_page()
    trade.wait_for_selector(".is-priced")
    trade.evaluate(COUNT)
    page = open_page("/sweeps?show=new")
    declare(page, 2)
    state = page.locator(".fm-live tbody tr").first.locator("td").nth(1)
    expect(state).to_contain_text("running")
    before = trade.evaluate("window.updates")
    expect(state).to_contain_text("done", timeout=60_000)
    assert trade.evaluate("window.updates") > before

    page.get_by_role("button", name="A million scenarios").click()
    expect(page.locator(".fm-figures dd").first).to_have_text("20,480")
    page.get_by_role("tab", name="Table").click()
    row = page.locator(".fm-virtual tr[data-key='0']")
    expect(row).to_be_visible()
    exported = page.request.get(f"{app.url}/api/v1/sweeps/1/export.csv").text()
    rows = list(csv.DictReader(io.StringIO(exported)))
    assert len(rows) == 20_480
    view = page.locator(".fm-virtual")
    view.evaluate("box => box.scrollTo(0, box.scrollHeight)")
    last = page.locator(".fm-virtual tr[data-key='20479']")
    expect(last).to_contain_text(rows[-1]["recipe"])

    for turned in ("ascending", "descending"):
        page.get_by_role("button", name="Total, bps").click()
        expect(page.locator(f"th[aria-sort={turned}]")).to_contain_text("Total, bps")
    dearest = max((r for r in rows if r["total_bps"]), key=lambda r: float(r["total_bps"]))
    first = page.locator(".fm-virtual tbody tr[data-key]").first
    expect(first).to_contain_text(f"{float(dearest['total_bps']):,.2f}")

    page.get_by_role("tab", name="Heatmap").click()
    page.locator(".heatmaplayer image").first.wait_for(state="attached")
    box = page.locator(".nsewdrag").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] * 0.2)
    page.mouse.click(box["x"] + box["width"] * 0.9, box["y"] + box["height"] * 0.2)
    dialog = page.locator(".fm-point")
    dialog.get_by_role("button", name="Fees").click()
    expect(page.locator(".fm-formula")).to_be_visible()


def test_a_sweep_is_cancelled_and_prices_nothing_more(app, open_page):
    page = open_page("/sweeps?show=new")
    declare(page, 100)
    line = page.locator(".fm-live tbody tr").first
    line.get_by_role("button", name="Cancel").click()
    expect(line).to_contain_text("cancelled")
    expect(line.get_by_role("button", name="Resume")).to_be_visible()
    expect(page.get_by_text("Nothing is being priced now.")).to_be_visible()
