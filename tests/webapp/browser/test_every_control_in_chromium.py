"""Every control of every page, pressed and reached with keys alone."""

import re

import pytest
from playwright.sync_api import expect

from tests.webapp.browser.layout import INTERACTIVE
from tests.webapp.browser.pages import PATHS, open_ready, save_an_estimate
from tests.webapp.browser.walk import Walk

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def saved(app, browser):
    """Receipt number 1, for the pages that show what was saved."""
    save_an_estimate(app, browser)


@pytest.mark.parametrize("path", PATHS)
def test_pressing_everything_on_a_page_breaks_nothing(app, open_page, path):
    page = open_ready(open_page, path)
    walk = Walk(page)
    assert list(walk.faults()) == []
    expect(page.locator("body")).not_to_have_class(re.compile("fm-cut"))
    assert app.trouble() == []


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
    button = page.get_by_role("button", name="Choose files")
    with page.expect_file_chooser():
        button.press("Enter")


REMEMBER = """(interactive) => {
  const near = (node) => [node, node.parentElement, node.parentElement?.parentElement, node.closest(".q-field__control"), node.querySelector(".q-focus-helper")];
  const one = (node, pseudo) => {
    const s = getComputedStyle(node, pseudo);
    return [s.outlineStyle, s.outlineWidth, s.outlineColor, s.boxShadow, s.borderColor, s.borderWidth, s.backgroundColor, s.opacity, s.textDecorationLine].join();
  };
  window.look = (node) => near(node).filter(Boolean).flatMap((n) => [one(n), one(n, "::before"), one(n, "::after")]).join(";");
  window.told = (node) => `${node.tagName} “${(node.ariaLabel || node.closest("label")?.innerText || node.innerText || node.title || "").trim().slice(0, 40)}”`;
  const isSeen = (node) => (node.closest(".q-field") ?? node).checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const isLine = (node) => node.closest("[role=listbox], [role=menu], [role=tablist], [role=radiogroup]") && node.tabIndex < 0;
  window.expected = new Set([...document.querySelectorAll(interactive)].filter((node) =>
    isSeen(node) && !node.disabled && node.ariaDisabled !== "true" && node.type !== "file" && !isLine(node) &&
    !node.closest("[inert], [aria-hidden=true], .js-plotly-plot")));
  window.looks = new Map([...window.expected].map((node) => [node, window.look(node)]));
  window.dim = [];
  document.activeElement?.blur();
  return window.expected.size;
}"""
STEP = """() => {
  const node = document.activeElement;
  if (!node || node === document.body) return false;
  const isNew = window.expected.delete(node);
  if (isNew && window.look(node) === window.looks.get(node)) window.dim.push(window.told(node));
  return true;
}"""
LEFT = """() => [...window.expected].filter((node) => node.isConnected && node.checkVisibility()).map(window.told)"""


@pytest.mark.parametrize("path", PATHS)
def test_tabbing_reaches_everything_on_a_page_with_a_visible_focus(open_page, path):
    page = open_ready(open_page, path)
    count = page.evaluate(REMEMBER, INTERACTIVE)
    for _ in range(count + 20):
        page.keyboard.press("Tab")
        if not page.evaluate(STEP):
            break
    assert (page.evaluate(LEFT), page.evaluate("window.dim")) == ([], [])
