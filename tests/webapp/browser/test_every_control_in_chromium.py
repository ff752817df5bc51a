"""Every control of every page, pressed and reached with keys alone."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.webapp.browser.layout import INTERACTIVE
from tests.webapp.browser.pages import PATHS, open_ready, save_an_estimate
from tests.webapp.browser.walk import SETTLED, Walk

pytestmark = pytest.mark.browser
FOCUS = Path(__file__).with_name("focus.js").read_text("utf-8")
FAULTS_LIE_ON = "/markets"
"""Walked last: the demo exchange is told to misbehave there, and obeys for a while."""


@pytest.fixture(scope="module", autouse=True)
def saved(app, browser):
    """Receipt number 1, for the pages that show what was saved."""
    save_an_estimate(app, browser)


def test_pressing_everything_in_the_header_the_help_and_the_tour_breaks_nothing(app, open_page):
    page = open_ready(open_page, "/settings")
    assert list(Walk(page, within="header").faults()) == []
    assert app.trouble() == []


@pytest.mark.parametrize("path", PATHS)
def test_every_link_of_a_page_leads_somewhere(open_page, path):
    page = open_ready(open_page, path)
    links = page.evaluate("[...new Set([...document.links].map((link) => link.href))]")
    ours = [link for link in links if link.startswith(page.evaluate("location.origin"))]
    assert [link for link in ours if not page.request.get(link).ok] == []


def test_a_file_is_chosen_from_the_keyboard(open_page):
    page = open_ready(open_page, "/recordings")
    button = page.get_by_role("button", name="Upload a file")
    with page.expect_file_chooser():
        button.press("Enter")


@pytest.mark.parametrize("path", PATHS)
def test_tabbing_reaches_everything_on_a_page_with_a_visible_focus(open_page, path):
    page = open_ready(open_page, path)
    page.emulate_media(reduced_motion="reduce")
    page.evaluate(SETTLED)
    count = page.evaluate(FOCUS, INTERACTIVE)
    for _ in range(2 * count + 20):
        page.keyboard.press("Tab")
        if not page.evaluate("window.focusWalk.step()"):
            break
    assert page.evaluate("[window.focusWalk.left(), window.focusWalk.dim]") == [[], []]


@pytest.mark.parametrize("path", sorted(PATHS, key=lambda path: path == FAULTS_LIE_ON))
def test_pressing_everything_on_a_page_breaks_nothing(app, open_page, path):
    page = open_ready(open_page, path)
    assert list(Walk(page).faults()) == []
    expect(page.locator("body")).not_to_have_class(re.compile("fm-cut"))
    assert app.trouble() == []
