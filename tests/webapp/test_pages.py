"""The pages as a user without a browser sees them, on the real app with its demo exchange."""

import asyncio

import pytest
from nicegui.testing import User

pytestmark = pytest.mark.usefixtures("demo_app")


def only(user: User, marker: str):
    """The one element of that marker."""
    (element,) = user.find(marker=marker).elements
    return element


async def until(condition):
    async with asyncio.timeout(15):
        while not condition():
            await asyncio.sleep(0.02)


async def open_priced(user: User, link: str = "/") -> None:
    """Open the Trade page and wait for a price: from then on it can be saved."""
    await user.open(link)
    await until(lambda: only(user, "save").enabled)


async def test_the_trade_page_opens_on_the_demo_says_so_and_prices_by_itself(user: User):
    await open_priced(user)
    await user.should_see("DEMO DATA")
    assert only(user, "instrument").value == "BTC-USDT-SWAP"
    assert only(user, "stop").enabled and not only(user, "start").enabled


async def test_a_link_fills_the_ticket_and_what_it_cannot_mean_is_said(user: User):
    await open_priced(user, "/?source=demo&venue=okx&instrument=ETH-USDT-SWAP&quantity=3&side=up")
    assert only(user, "instrument").value == "ETH-USDT-SWAP"
    assert only(user, "quantity").value == "3"
    await user.should_see("The link sets side to “up”; allowed: buy, sell.")
    user.find(marker="dismiss").click()
    await user.should_not_see("The link sets side")


async def test_a_bad_quantity_is_marked_at_its_field_and_cannot_be_saved(user: User):
    await open_priced(user)
    user.find(marker="quantity").clear().type("ten")
    assert "not a number" in only(user, "quantity").error
    await until(lambda: not only(user, "save").enabled)
    assert only(user, "quantity").value == "ten"
    user.find(marker="quantity").clear().type("10")
    await until(lambda: only(user, "save").enabled)
    assert only(user, "quantity").error is None


async def test_less_than_a_lot_is_refused_with_the_smallest_that_is_allowed(user: User):
    await user.open("/?quantity=0.001&unit=contracts")
    await until(lambda: only(user, "quantity").error)
    assert "at least 0.01 contracts" in only(user, "quantity").error


async def test_stop_and_start_enable_each_other(user: User):
    await open_priced(user)
    user.find(marker="stop").click()
    await until(lambda: only(user, "start").enabled)
    assert not only(user, "stop").enabled and not only(user, "save").enabled


async def test_the_unit_follows_the_instrument(user: User):
    await open_priced(user)
    assert only(user, "unit").options == {
        "base": "BTC",
        "quote": "USDT",
        "contracts": "contracts",
    }


async def test_typed_volatility_and_custom_fees_bring_their_own_fields(user: User):
    await open_priced(user)
    await user.should_not_see(marker="sigma")
    only(user, "volatility").set_value("manual")
    only(user, "tier").set_value("custom")
    await user.should_see(marker="sigma")
    assert "is empty" in only(user, "sigma").error
    for name, text in (("sigma", "2"), ("maker", "-1"), ("taker", "3")):
        user.find(marker=name).type(text)
    await until(lambda: only(user, "save").enabled)


async def test_a_saved_estimate_is_in_the_history_and_delete_can_be_undone(user: User):
    await open_priced(user)
    user.find(marker="save").click()
    await user.should_see("Saved as number 1.")
    await user.open("/history")
    await user.should_see("1 saved", retries=30)
    table = only(user, "saved")
    (row,) = table.props["rows"]
    assert ["demo", "fm-pill is-demo"] in row["cells"]
    assert row["link"].startswith("/?source=demo&venue=okx")
    with user:
        await table.on_forget(row["id"])
    await user.should_see("Number 1 was deleted.", retries=30)
    await user.should_see("0 saved", retries=30)
    user.find(marker="undo").click()
    await user.should_see("1 saved", retries=30)


async def test_an_empty_history_says_what_to_do(user: User):
    await user.open("/history")
    await user.should_see("Nothing saved yet.", retries=30)


async def test_the_health_routes_answer_and_every_answer_has_safe_headers(user: User):
    live = await user.http_client.get("/health/live")
    assert live.json()["status"] == "live"
    assert "frame-ancestors 'none'" in live.headers["content-security-policy"]
    await user.open("/")
    async with asyncio.timeout(10):
        while (await user.http_client.get("/health/ready")).status_code != 200:
            await asyncio.sleep(0.05)


async def test_the_history_can_be_taken_away_as_a_file(user: User):
    await open_priced(user)
    user.find(marker="save").click()
    await user.should_see("Saved as number 1.")
    answer = await user.http_client.get("/history/export.csv")
    head, line = answer.text.splitlines()
    assert head.startswith("id,created_utc") and ",demo,okx,BTC-USDT-SWAP," in line
    assert (await user.http_client.get("/history/export.exe")).status_code == 422
