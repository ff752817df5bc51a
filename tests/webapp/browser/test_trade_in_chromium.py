"""The Trade page as a trader uses it: real app, real exchange protocol, real browser."""

import sqlite3

import pytest
from playwright.sync_api import expect

from models.estimate import estimate
from storage import receipt as receipts
from tests.webapp.browser.cut import Cable
from webapp import format as fmt

pytestmark = pytest.mark.browser

RECORD = """async () => {
  const feed = await import("fathom_feed");
  window.shown = {};
  window.updates = [];
  feed.listen("cost", (cost) => {
    const total = document.querySelector("[data-testid=total-bps] span");
    if (cost.seq && total) window.shown[cost.seq] = total.textContent;
    window.updates.push(performance.now());
  });
}"""


def total(page):
    return page.locator("[data-testid=total-bps] span")


def wait_for_price(page):
    page.wait_for_selector(".is-priced", timeout=60_000)  # a first start compiles


def test_the_number_on_the_page_is_the_models_for_the_same_book(app, open_page):
    page = open_page("/?unit=contracts&quantity=900&side=sell")
    wait_for_price(page)
    page.evaluate(RECORD)
    page.wait_for_function("Object.keys(window.shown).length > 3")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved as number")).to_be_visible()
    receipt = newest_receipt(app)
    again = estimate(receipt.request, receipt.state)
    assert again == receipt.estimate
    assert receipt.request.order.amount == 900
    assert page.evaluate("window.shown")[str(again.book_seq)] == fmt.bps(again.total_bps)
    page.get_by_role("link", name="See it").click()
    saved = page.locator("tbody tr").first
    expect(saved).to_contain_text(fmt.bps(again.total_bps))
    saved.get_by_role("button", name="Open number").click()
    wait_for_price(page)
    assert page.get_by_label("Quantity").input_value() == "900"
    assert page.get_by_role("button", name="Sell").get_attribute("aria-pressed") == "true"


def newest_receipt(app):
    query = (
        "SELECT body, receipt_sha256 FROM receipts JOIN estimates ON id = estimate_id "
        "ORDER BY id DESC LIMIT 1"
    )
    with sqlite3.connect(f"file:{app.folder}/data/fathom.db?mode=ro", uri=True) as connection:
        body, digest = connection.execute(query).fetchone()
    connection.close()
    return receipts.decode(body, digest)


def test_costs_move_at_least_four_times_a_second(open_page):
    page = open_page("/?unit=contracts&quantity=900")
    wait_for_price(page)
    page.evaluate(RECORD)
    page.wait_for_function("window.updates.length > 30")
    times = page.evaluate("window.updates")
    assert (len(times) - 1) / (times[-1] - times[0]) * 1000 >= 4


def test_filling_the_ticket_by_keyboard_changes_the_order_and_a_reload_keeps_it(open_page):
    page = open_page()
    wait_for_price(page)
    page.get_by_label("Quantity").fill("25")
    page.get_by_role("button", name="Sell").press("Enter")
    page.get_by_label("Quantity").press("Enter")
    expect(page.locator(".fm-ask-text")).to_have_text("Sell 25.0000 BTC · BTC-USDT-SWAP")
    page.wait_for_url("**quantity=25**")
    page.reload()
    expect(page.locator(".fm-ask-text")).to_have_text("Sell 25.0000 BTC · BTC-USDT-SWAP")
    assert page.get_by_label("Quantity").input_value() == "25"
    assert page.get_by_role("button", name="Sell").get_attribute("aria-pressed") == "true"


def test_stop_leaves_no_price_and_start_brings_it_back(open_page):
    page = open_page()
    wait_for_price(page)
    page.get_by_role("button", name="Stop").click()
    expect(total(page)).to_have_text("–")
    expect(page.get_by_test_id("mid")).to_have_text("–")
    expect(page.get_by_test_id("why")).to_contain_text("Press Start")
    page.get_by_role("button", name="Start").click()
    wait_for_price(page)


def test_two_tabs_with_different_tickets_do_not_disturb_each_other(open_page):
    one = open_page("/?unit=contracts&quantity=10")
    two = open_page("/?unit=contracts&instrument=ETH-USDT-SWAP&quantity=7&side=sell")
    wait_for_price(one)
    wait_for_price(two)
    two.get_by_label("Quantity").fill("70")
    expect(two.locator(".fm-ask-text")).to_have_text("Sell 7.000 ETH · ETH-USDT-SWAP")
    two.get_by_role("button", name="Stop").click()
    expect(total(two)).to_have_text("–")
    one.evaluate(RECORD)
    one.wait_for_function("window.updates.length > 5")
    expect(one.locator(".fm-ask-text")).to_have_text("Buy 0.1000 BTC · BTC-USDT-SWAP")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("0", "more than 0"),
        ("-5", "more than 0"),
        ("NaN", "not a number"),
        ("ten", "not a number"),
        ("<b>1</b>", "not a number"),
        ("0.00001", "at least 0.0001 BTC"),
        ("1e16", "at most"),
    ],
)
def test_a_bad_quantity_is_answered_at_its_field_and_shows_no_number(open_page, typed, said):
    page = open_page()
    wait_for_price(page)
    page.get_by_label("Quantity").fill(typed)
    expect(page.locator(".q-field--error")).to_contain_text(said)
    expect(total(page)).to_have_text("–")
    assert page.get_by_label("Quantity").input_value() == typed


def test_more_than_the_visible_book_is_said_and_only_the_visible_part_is_priced(open_page):
    page = open_page("/?unit=contracts&quantity=50m")
    wait_for_price(page)
    expect(page.locator(".fm-warnings")).to_contain_text("unfilled")


def test_an_unknown_instrument_is_answered_with_suggestions_and_can_be_mended(open_page):
    page = open_page()
    wait_for_price(page)
    field = page.get_by_label("Instrument")
    field.fill("DOGE-MOON")
    field.press("Enter")
    expect(page.locator(".fm-search.is-wrong")).to_contain_text("BTC-USDT-SWAP")
    expect(total(page)).to_have_text("–")
    field.fill("sol perp")
    field.press("Enter")
    expect(page.locator(".fm-ask-text")).to_contain_text("SOL-USDT-SWAP")
    wait_for_price(page)


def test_a_hostile_link_is_refused_in_words_and_does_nothing(open_page):
    page = open_page("/?side=%3Cimg%20src=x%20onerror=alert(1)%3E&quantity=10&x=1")
    wait_for_price(page)
    expect(page.get_by_role("alert")).to_contain_text("The link sets side to “<img src=x")
    assert page.locator("main img").count() == 0


def test_a_number_explains_itself(open_page):
    page = open_page()
    wait_for_price(page)
    page.get_by_role("button", name="Fees").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Source:")
    expect(dialog).to_contain_text("published")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)


def test_the_search_is_used_by_keyboard_and_goes_to_what_was_marked(open_page):
    page = open_page()
    wait_for_price(page)
    field = page.get_by_role("combobox", name="Instrument")
    field.press("ControlOrMeta+a")
    field.press_sequentially("btc usdt")
    options = page.get_by_role("option")
    expect(options.nth(1)).to_be_visible()
    assert field.get_attribute("aria-expanded") == "true"
    field.press("ArrowDown")
    marked = page.locator("[role=option][aria-selected=true] b")
    expect(marked).not_to_have_text(options.nth(0).locator("b").inner_text())
    chosen = marked.inner_text()
    field.press("Enter")
    expect(field).to_have_value(chosen)
    expect(page.locator(".fm-ask-text")).to_contain_text(chosen)
    wait_for_price(page)


def test_escape_leaves_the_search_and_the_instrument_as_they_were(open_page):
    page = open_page()
    wait_for_price(page)
    field = page.get_by_role("combobox", name="Instrument")
    field.fill("eth")
    expect(page.get_by_role("option").first).to_be_visible()
    field.press("Escape")
    expect(page.get_by_role("listbox", name="Found")).to_be_hidden()
    assert field.input_value() == "BTC-USDT-SWAP"


def test_venues_out_of_reach_are_named_calmly_in_the_search(open_page):
    page = open_page()
    wait_for_price(page)
    field = page.get_by_role("combobox", name="Instrument")
    field.fill("<img src=x onerror=alert(1)>")
    expect(page.locator(".fm-search-note")).to_contain_text("Nothing found")
    expect(page.locator(".fm-search-note")).to_contain_text("Out of reach now", timeout=30_000)
    assert page.locator("main img").count() == 0
    wait_for_price(page)


def test_an_order_type_brings_its_inputs_and_they_change_the_order(open_page):
    page = open_page("/?quantity=9&style=limit")
    wait_for_price(page)
    ticks = page.get_by_label("behind own best price, ticks")
    ticks.fill("3")
    page.wait_for_url("**limit.ticks=3**")
    expect(page.locator(".fm-takes")).to_contain_text("Rests with 9.0000 BTC")
    expect(page.get_by_role("button", name="Chance of a fill")).to_be_visible()
    ticks.fill("1e9")
    expect(page.get_by_role("alert")).to_contain_text("allowed: −1,000,000 to 1,000,000 ticks")
    expect(total(page)).to_have_text("–")
    page.reload()
    assert ticks.input_value() == "1e9"


def test_a_way_of_the_comparison_is_loaded_by_keyboard(open_page):
    page = open_page("/?quantity=9")
    wait_for_price(page)
    ways = page.get_by_role("table", name="The same order carried out in other ways")
    way = ways.get_by_role("button", name="TWAP")
    way.focus()
    way.press("Enter")
    expect(page.get_by_label("from arrival to the end, s")).to_have_value("60")
    expect(page.get_by_test_id("why")).to_contain_text("TWAP")
    expect(ways).to_contain_text("cheapest")
    expect(ways).to_contain_text("no other venue with this instrument is followed")


def test_the_trust_badge_opens_what_is_known_about_the_book(open_page):
    page = open_page()
    wait_for_price(page)
    badge = page.get_by_role("button", name="Trusted book")
    badge.click()
    expect(page.get_by_text("Nothing speaks against this book.")).to_be_visible()
    badge.press("Escape")
    expect(page.get_by_text("Nothing speaks against this book.")).to_be_hidden()


def test_the_sums_of_the_ladder_are_those_of_its_sizes(open_page):
    page = open_page()
    wait_for_price(page)
    off = page.evaluate(SUMS)
    assert off == []


SUMS = """() => {
  const number = (cell) => Number(cell.textContent.replaceAll(",", ""));
  const wrong = [];
  for (const side of ["is-ask", "is-bid"]) {
    const rows = [...document.querySelectorAll(`.fm-level.${side}`)];
    if (side === "is-ask") rows.reverse();
    let sum = 0;
    for (const row of rows) {
      const [, , size, cum] = row.querySelectorAll("span");
      sum += number(size);
      if (Math.abs(sum - number(cum)) > 1e-6) wrong.push([sum, cum.textContent]);
    }
  }
  return wrong;
}"""


@pytest.mark.parametrize("size", [(390, 844), (1280, 800), (1920, 1080)])
def test_nothing_is_wider_than_the_screen_in_dark_and_light(open_page, size):
    page = open_page("/?unit=contracts&quantity=900", size=size)
    wait_for_price(page)
    for _ in range(2):
        widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert widths[0] <= widths[1]
        page.get_by_role("button", name="Light or dark").click()
    rows = page.locator(".fm-level.is-ask:visible")
    assert rows.count() >= 15


def test_going_to_the_history_and_back_keeps_the_ticket(open_page):
    page = open_page("/?unit=contracts&quantity=33")
    wait_for_price(page)
    page.get_by_role("link", name="History", exact=True).click()
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    page.get_by_role("link", name="Trade", exact=True).click()
    wait_for_price(page)
    assert page.get_by_label("Quantity").input_value() == "33"
    page.wait_for_url("**quantity=33**")


def test_five_seconds_without_network_grey_the_page_and_keep_what_was_typed(app, open_page):
    cable = Cable(app.port)
    page = open_page("/?unit=contracts&quantity=900", port=cable.port)
    wait_for_price(page)
    page.evaluate("window.same = true")
    page.get_by_label("Quantity").fill("901")
    page.evaluate("window.cutAt = performance.now()")
    cable.cut()
    page.wait_for_selector("body.fm-cut")
    page.wait_for_function("performance.now() - window.cutAt > 5000")
    cable.mend()
    page.wait_for_selector("body:not(.fm-cut)")
    assert page.evaluate("window.same")
    assert page.get_by_label("Quantity").input_value() == "901"
    cable.close()
    open_page.complaints.clear()  # a browser without a network says so
