"""What holds for every page: it fits, it is readable for everybody, it can be reached by keys."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.webapp.browser.layout import everywhere
from tests.webapp.browser.pages import PATHS, open_ready, save_an_estimate

SETTLED_MS = 1_500
GRAVE = ("serious", "critical")


@pytest.fixture(scope="module", autouse=True)
def saved(app, browser):
    """Receipt number 1, for the pages that show what was saved."""
    save_an_estimate(app, browser)


def grave(page):
    """Violations of axe-core's rules that keep people out: rule, how many, and the first place."""
    found = Axe().run(page).response["violations"]
    return [
        (each["id"], len(each["nodes"]), each["nodes"][0]["target"], each["nodes"][0]["html"][:160])
        for each in found
        if each["impact"] in GRAVE
    ]


@pytest.mark.browser
@pytest.mark.parametrize("path", PATHS)
def test_a_page_fits_every_screen_without_overlap_and_nothing_is_cut_off(open_page, path):
    page = open_ready(open_page, path)
    page.wait_for_timeout(SETTLED_MS)
    assert list(everywhere(page)) == []


@pytest.mark.browser
@pytest.mark.parametrize("path", PATHS)
def test_a_page_keeps_nobody_out(open_page, path):
    page = open_ready(open_page, path)
    wrong = []
    for theme in ("dark", "light"):
        page.wait_for_timeout(SETTLED_MS)
        wrong += [(theme, *each) for each in grave(page)]
        page.get_by_role("button", name="Light or dark").click()
    assert wrong == []


@pytest.mark.browser
def test_the_help_keeps_nobody_out(open_page):
    page = open_page("/settings")
    page.get_by_role("button", name="Help and keys").click()
    page.get_by_role("dialog").wait_for()
    page.wait_for_timeout(SETTLED_MS)
    assert grave(page) == []


@pytest.mark.browser
def test_every_page_is_reached_with_keys_alone(open_page):
    page = open_page("/settings")
    page.wait_for_timeout(SETTLED_MS)
    reached = []
    for key in ("m", "h", "a", "p", "t"):
        page.keyboard.press("g")
        page.keyboard.press(key)
        page.wait_for_timeout(700)
        reached.append(page.evaluate("location.pathname"))
    assert reached == ["/markets", "/history", "/alerts", "/performance", "/"]


@pytest.mark.browser
def test_keys_change_the_order_but_not_while_something_is_typed(open_page):
    page = open_page("/")
    page.wait_for_url("**source=demo**")
    page.keyboard.press("s")
    page.wait_for_url("**side=sell**")
    page.keyboard.press("q")
    page.keyboard.type("5b")
    assert page.get_by_label("Quantity").input_value() == "5b"
    assert "side=sell" in page.url
