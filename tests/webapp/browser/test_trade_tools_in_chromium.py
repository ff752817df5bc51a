"""What stands around the number on the Trade page: slider, tickets, charts, links, keyboard."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def wait_for_price(page):
    page.wait_for_selector(".is-priced", timeout=60_000)  # a first start compiles


def tickets(page):
    return page.get_by_role("table", name="The tickets of this tab").locator("tbody tr")


def test_the_slider_follows_the_typed_size_and_types_what_it_is_moved_to(open_page):
    page = open_page("/?quantity=1")
    wait_for_price(page)
    slider = page.get_by_role("slider", name="Size")
    expect(slider).to_have_attribute("aria-valuetext", "1 BTC")
    before = int(slider.input_value())
    page.get_by_label("Quantity").fill("10")
    expect(slider).to_have_attribute("aria-valuetext", "10 BTC")
    ten = int(slider.input_value())
    assert ten > before
    for _ in range(3):
        slider.press("ArrowRight")
    expect(page.get_by_label("Quantity")).not_to_have_value("10")
    assert float(page.get_by_label("Quantity").input_value()) > 10
    expect(page.locator(".fm-ask-text")).not_to_contain_text("Buy 10.0000 BTC")
    page.wait_for_url(re.compile(r"quantity=1[1-9]"))


def test_the_price_step_of_the_ladder_is_chosen_and_kept_in_the_link(open_page):
    page = open_page("/?quantity=25")
    wait_for_price(page)
    page.get_by_label("Price step of a row").select_option("100")  # 100 ticks of 0.1
    page.wait_for_url("**grouping=100**")
    expect(page.locator(".fm-level.is-bid .fm-price").first).to_have_text(re.compile(r"0\.0$"))
    page.reload()
    wait_for_price(page)
    assert page.get_by_label("Price step of a row").input_value() == "100"


def test_two_tickets_keep_their_own_order_are_compared_and_outlive_a_reload(open_page):
    page = open_page("/?quantity=300")
    wait_for_price(page)
    page.get_by_role("button", name="Another ticket beside this one").press("Enter")
    expect(tickets(page)).to_have_count(2)
    page.get_by_role("button", name="Sell", exact=True).click()
    page.get_by_label("Quantity").fill("4")
    expect(tickets(page).nth(1)).to_contain_text("Sell 4 BTC-USDT-SWAP")
    expect(tickets(page).nth(1)).to_contain_text("on the desk")
    expect(tickets(page).nth(0)).to_contain_text(re.compile(r"\+\d"))  # dearer than the small one
    tickets(page).nth(0).get_by_role("button", name="Ticket 1").press("Enter")
    expect(page.get_by_label("Quantity")).to_have_value("300")
    expect(page.get_by_role("button", name="Buy", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    page.wait_for_url("**ticket2=**quantity%3D4**")
    page.reload()
    expect(tickets(page)).to_have_count(2)
    expect(tickets(page).nth(1)).to_contain_text("Sell 4")
    tickets(page).nth(1).get_by_role("button", name="Close").click()
    expect(page.get_by_role("table", name="The tickets of this tab")).to_be_hidden()
    expect(page.get_by_label("Quantity")).to_have_value("300")


def test_numbers_of_the_market_explain_themselves(open_page):
    page = open_page()
    wait_for_price(page)
    for name in ("Half-spread", "Microprice", "Lot", "Volume 24 h", "Volatility"):
        page.get_by_role("button", name=name, exact=True).press("Enter")
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("Source:")
        dialog.get_by_role("button", name="Close").press("Enter")
        expect(dialog).to_have_count(0)


def test_how_much_of_a_history_is_shown_is_chosen(open_page):
    page = open_page()
    wait_for_price(page)
    for group in page.get_by_role("group", name="Time shown").all():
        group.get_by_role("button", name="1 min", exact=True).press("Enter")
        expect(group.locator("[aria-pressed=true]")).to_have_text("1 min")


def test_the_curve_has_the_total_and_the_square_root_with_its_band(open_page):
    page = open_page("/?quantity=25")
    wait_for_price(page)
    page.wait_for_function(
        """async () => {
          const { histories } = await import("fathom_feed");
          const rows = histories.curve?.rows ?? [];
          const has = ([, total, , , , , , root, low, high]) => total && low < root && root < high;
          return rows.some(has);
        }"""
    )
    assert page.evaluate('import("fathom_feed").then((f) => f.histories.depth.rows.length)') > 20


def test_the_share_link_opens_the_same_order(open_page):
    page = open_page("/?quantity=12&side=sell")
    wait_for_price(page)
    page.get_by_role("button", name="Share", exact=True).press("Enter")
    link = page.get_by_label("Link").input_value()
    other = open_page(urlsplit(link)._replace(scheme="", netloc="").geturl())
    wait_for_price(other)
    expect(other.locator(".fm-ask-text")).to_contain_text("Sell 12.0000 BTC")


def test_a_followed_market_is_priced_for_the_same_money_and_opened_from_the_list(open_page):
    page = open_page("/?quantity=2")
    wait_for_price(page)
    page.get_by_role("link", name="Follow another market").press("Enter")
    field = page.get_by_role("combobox", name="Follow another market")
    field.fill("eth perp")
    expect(page.get_by_role("option").first).to_contain_text("ETH-USDT-SWAP")
    field.press("Enter")
    page.get_by_role("link", name="Trade", exact=True).press("Enter")
    wait_for_price(page)
    table = page.get_by_role("table", name="The cost of this size on every followed market")
    ether = table.locator("tbody tr").filter(has_text="ETH-USDT-SWAP")
    expect(ether.locator("td").nth(1)).to_have_text(re.compile(r"^\d+\.\d\d$"))
    ether.get_by_role("button").press("Enter")
    expect(page.locator(".fm-ask-text")).to_contain_text("ETH-USDT-SWAP")


def test_another_page_is_not_sent_the_price(open_page):
    page = open_page()
    wait_for_price(page)
    page.evaluate(
        """async () => {
          const feed = await import("fathom_feed");
          window.heard = { cost: 0, status: 0 };
          for (const topic of ["cost", "status"]) feed.listen(topic, () => window.heard[topic]++);
        }"""
    )
    page.get_by_role("link", name="Settings", exact=True).click()
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()
    page.wait_for_timeout(500)
    before = page.evaluate("({ ...window.heard })")
    page.wait_for_function(f"window.heard.status >= {before['status'] + 2}")
    assert page.evaluate("window.heard.cost") == before["cost"]


def test_every_control_of_the_page_is_reached_with_the_tab_key(open_page):
    page = open_page("/?quantity=25")
    wait_for_price(page)
    page.get_by_role("button", name="Another ticket beside this one").click()
    expect(tickets(page)).to_have_count(2)
    page.wait_for_timeout(1500)
    page.evaluate("document.activeElement.blur(); window.reached = new Set()")
    for _ in range(160):
        page.keyboard.press("Tab")
        page.evaluate("window.reached.add(document.activeElement)")
    missed = page.evaluate(
        """() => [...document.querySelectorAll("main :is(button, input, select, a, summary)")]
          .filter((node) => node.checkVisibility() && !node.disabled && node.tabIndex >= 0)
          .filter((node) => !node.closest("[aria-hidden=true]") && !window.reached.has(node))
          .map((node) => node.outerHTML.slice(0, 120))"""
    )
    assert missed == []
