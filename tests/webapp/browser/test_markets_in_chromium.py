"""The Markets page in a real browser: follow, drill, go back to an order."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def followed(page):
    return page.get_by_role("table", name="Followed markets").locator("tbody tr")


def open_markets(open_page, size=(1280, 800)):
    """The page, with the market of the order already followed."""
    page = open_page("/", size=size)
    page.wait_for_selector(".is-priced")
    if size[0] < 900:
        page.get_by_role("button", name="Pages").click()
    page.get_by_role("link", name="Markets", exact=True).click()
    expect(followed(page).filter(has_text="BTC-USDT-SWAP").first).to_contain_text("trusted")
    return page


def test_a_market_is_followed_by_a_few_words_and_let_go_again(open_page):
    page = open_markets(open_page)
    field = page.get_by_role("combobox", name="Follow another market")
    field.fill("eth perp")
    expect(page.get_by_role("option").first).to_contain_text("ETH-USDT-SWAP")
    field.press("Enter")
    row = followed(page).filter(has_text="ETH-USDT-SWAP")
    expect(row).to_contain_text("live")
    expect(row).to_contain_text("ETH/USDT:USDT")
    row.get_by_role("button", name="Let go").click()
    expect(row.get_by_role("button", name="Keep following")).to_be_visible()


def test_a_live_venue_without_network_is_listed_with_its_next_try_and_can_be_tried_now(open_page):
    page = open_markets(open_page)
    page.get_by_role("combobox", name="Follow another market").fill("btc kraken")
    venues = page.get_by_role("table", name="Venues").locator("tbody tr")
    kraken = venues.filter(has_text="kraken")
    expect(kraken).to_contain_text("cannot be reached", timeout=30_000)
    kraken.get_by_role("button", name="Try now").click()
    expect(kraken).to_contain_text("live")
    expect(followed(page).filter(has_text="BTC-USDT-SWAP").first).to_contain_text("trusted")


def test_a_drill_shows_detection_and_recovery_with_their_times(open_page):
    page = open_markets(open_page)
    page.get_by_role("button", name="Missing update").click()
    drill = page.get_by_role("table", name="Drills").locator("tbody tr").first
    expect(drill).to_contain_text("gap")
    expect(drill.locator("td").last).to_contain_text("ms")
    incident = page.get_by_role("table", name="Last incidents").locator("tbody tr").first
    expect(incident).to_contain_text("BTC-USDT-SWAP")


def test_a_row_opens_its_market_in_the_ticket(open_page):
    page = open_markets(open_page)
    field = page.get_by_role("combobox", name="Follow another market")
    field.fill("sol perp")
    expect(page.get_by_role("option").first).to_contain_text("SOL-USDT-SWAP")
    field.press("Enter")
    followed(page).get_by_role("button", name="SOL-USDT-SWAP").press("Enter")
    expect(page.locator(".fm-ask-text")).to_contain_text("SOL-USDT-SWAP")
    page.wait_for_selector(".is-priced")


@pytest.mark.parametrize("size", [(390, 844), (1280, 800), (1920, 1080)])
def test_nothing_is_wider_than_the_screen_in_dark_and_light(open_page, size):
    page = open_markets(open_page, size)
    for _ in range(2):
        widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert widths[0] <= widths[1]
        page.get_by_role("button", name="Light or dark").click()
