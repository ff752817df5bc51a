"""Recordings and saved tickets as a browser shows them."""

import re

import pytest

from engine.recordings import Shelf, prove
from tests.recordings_made import write_fathom
from tests.webapp.browser.running import App

MADE = "made"


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """The app on its demo exchange, with a recording of a minute in its folder."""
    app = App(tmp_path_factory.mktemp("app"))
    folder = app.folder / "data" / "recordings"
    folder.mkdir(parents=True)
    write_fathom(folder / f"{MADE}.jsonl.gz", 600)
    with app.running():
        yield app
    assert app.trouble() == []
    # Whatever was being recorded when the app was stopped was ended in good order.
    assert all(prove(shelved).is_whole for shelved in Shelf(folder).scan())


def seconds(page):
    """How far the recording has been played."""
    text = page.locator(".fm-transport-time").inner_text()
    minutes, rest = re.search(r"· (\d+):([\d.]+) /", text).groups()
    return 60 * int(minutes) + float(rest)


def settle(page, condition):
    """Wait until a number of the page is as wanted."""
    for _ in range(200):
        if condition():
            return
        page.wait_for_timeout(50)
    raise AssertionError(page.locator(".fm-transport").inner_text())


def test_a_recording_that_runs_is_still_there_after_a_reload(open_page):
    page = open_page("/recordings")
    row = page.locator("tr", has_text="BTC-USDT-SWAP")
    page.locator(".fm-search input").first.fill("btc swap")
    page.locator(".fm-search-row").first.click()
    page.get_by_role("button", name="Record", exact=True).click()
    row.get_by_text("recording", exact=True).wait_for()
    page.reload()
    row.get_by_text("recording", exact=True).wait_for()


def test_a_recording_is_played_scrubbed_and_stepped_by_mouse_and_keys(open_page):
    page = open_page("/recordings")
    row = page.locator("tr", has=page.get_by_role("button", name=MADE, exact=True))
    row.get_by_text("complete").wait_for()
    row.get_by_role("button", name="Play", exact=True).click()
    bar = page.locator(".fm-scrub")
    bar.wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Pause the recording").click()
    box = bar.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    settle(page, lambda: 25 < seconds(page) < 35)
    time = page.locator(".fm-transport-time")
    before = time.inner_text()
    page.get_by_role("button", name="+1 message").click()
    settle(page, lambda: time.inner_text() > before)
    stepped = time.inner_text()
    bar.locator("[tabindex='0']").press("PageDown")
    settle(page, lambda: time.inner_text() < stepped)
    page.get_by_text("PAUSED", exact=True).wait_for()


def test_a_ticket_is_saved_under_a_name_and_loaded_again(open_page):
    page = open_page("/?source=demo&quantity=7")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Saved tickets").click()
    page.get_by_text("Save ticket as").click()
    page.get_by_label("Name").fill("seven")
    page.keyboard.press("Enter")
    page.get_by_text("Saved as “seven”.").wait_for()
    page.get_by_label("Quantity").fill("8")
    page.get_by_role("button", name="Saved tickets").click()
    page.get_by_text("seven", exact=True).click()
    page.wait_for_function("document.querySelector('[aria-label=Quantity]').value === '7'")
