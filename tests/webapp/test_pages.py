"""The pages as a user without a browser sees them, on the real app with its demo exchange."""

import asyncio

import pytest
from nicegui.testing import User

from models.catalog import STYLES
from models.parameters import parameters_of
from webapp import format as fmt

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


async def test_the_health_routes_answer_and_every_answer_has_safe_headers(user: User):
    live = await user.http_client.get("/health/live")
    assert live.json()["status"] == "live"
    assert "frame-ancestors 'none'" in live.headers["content-security-policy"]
    await user.open("/")
    async with asyncio.timeout(10):
        while (await user.http_client.get("/health/ready")).status_code != 200:
            await asyncio.sleep(0.05)


async def choose(user: User, field: str, value: str) -> None:
    """Take one option of a selection, as a click on it does."""
    with user:
        only(user, field).set_value(value)


@pytest.mark.parametrize("style", STYLES)
async def test_every_order_type_draws_its_parameters_and_gives_a_number_or_a_reason(
    user: User, style: str
):
    await open_priced(user, "/?quantity=2")
    await choose(user, "style", style)
    for parameter in parameters_of(STYLES[style]):
        await user.should_see(marker=parameter.key)
        assert only(user, parameter.key).props["placeholder"] == (
            parameter.unset or fmt.typed(parameter.default)
        )
    await user.should_not_see("is not a number")


async def test_a_parameter_out_of_range_is_said_at_its_field_and_cannot_be_saved(user: User):
    await open_priced(user, "/?style=twap&quantity=9")
    user.find(marker="twap.slices").type("0")
    await user.should_see("0 cannot be; allowed: 1 to 500")
    await until(lambda: not only(user, "save").enabled)
    user.find(marker="twap.slices").clear().type("4")
    await until(lambda: only(user, "save").enabled)
    await user.should_not_see("cannot be")


async def test_a_link_fills_parameters_and_a_hostile_one_is_refused_by_name(user: User):
    await open_priced(user, "/?style=limit&limit.ticks=3&limit.horizon_s=30&limit.evil=1")
    assert only(user, "limit.ticks").value == "3"
    await user.should_see("The link sets “limit.evil”, which this ticket does not have.")


async def test_model_parameters_of_the_recipe_are_there_and_wrong_ones_unfold(user: User):
    await open_priced(user, "/?recipe=worked_almgren_chriss")
    user.find(marker="almgren_chriss.horizon_min").type("0")
    await user.should_see("0.1 to 20,160 min")
    assert "open" in only(user, "models").props
    await user.should_see("Model parameters · 1 changed")


async def test_the_search_finds_instruments_and_a_choice_moves_the_ticket(user: User):
    await open_priced(user)
    search = only(user, "instrument")
    async with asyncio.timeout(15):
        while not search.props["found"]["rows"]:
            user.find(marker="instrument").trigger("find", "eth perp")
            await asyncio.sleep(0.05)
    rows = search.props["found"]["rows"]
    assert [row["symbol"] for row in rows] == ["ETH-USDT-SWAP"]
    assert rows[0]["pair"] == "ETH/USDT:USDT"
    user.find(marker="instrument").trigger("pick", list(rows[0]["key"]))
    await until(lambda: only(user, "save").enabled and search.value == "ETH-USDT-SWAP")


@pytest.mark.parametrize(
    "sent", [["live", "okx", "<script>"], ["nowhere", "okx", "BTC-USDT"], "text", [1], None]
)
async def test_a_choice_that_was_never_offered_changes_nothing(user: User, sent):
    await open_priced(user)
    user.find(marker="instrument").trigger("pick", sent)
    assert only(user, "instrument").value == "BTC-USDT-SWAP"


async def test_the_comparison_has_every_way_and_a_press_loads_one(user: User):
    await open_priced(user, "/?quantity=9")
    async with asyncio.timeout(15):
        while only(user, "style").value != "limit":
            user.find(marker="ways").trigger("act", ["open", "limit_5"])
            await asyncio.sleep(0.05)
    assert only(user, "limit.ticks").value == "5"


async def test_the_markets_page_lists_what_is_followed_and_can_keep_and_let_go(user: User):
    await open_priced(user)
    await user.open("/markets")
    table = only(user, "markets")
    await until(lambda: table.rows)
    ((key, cells, actions),) = table.rows
    assert key == "demo okx BTC-USDT-SWAP" and cells[0][2] == "BTC/USDT:USDT"
    assert actions == (("keep", "Keep following"),)
    with user:
        await table.act("keep", key)
    await until(lambda: table.rows[0][2] == (("drop", "Let go"),))
    with user:
        await table.act("drop", key)
    await until(lambda: table.rows[0][2] == (("keep", "Keep following"),))


async def test_a_second_market_is_added_without_a_restart(user: User):
    await open_priced(user)
    await user.open("/markets")
    user.find(marker="add").trigger("enter", "eth perp")
    table = only(user, "markets")
    await until(lambda: len(table.rows) == 2 and table.rows[1][1][2][0] == "live")
    await user.should_see("2 followed")


async def test_nonsense_is_not_added_and_the_field_says_so(user: User):
    await open_priced(user)
    await user.open("/markets")
    user.find(marker="add").trigger("enter", "<b>moon</b>")
    await until(lambda: only(user, "add").error)
    assert "on no list" in only(user, "add").error


async def test_a_drill_is_detected_told_and_recovers_in_the_table(user: User):
    await open_priced(user)
    await user.open("/markets")
    await until(lambda: only(user, "markets").rows)
    user.find(marker="drill-gap").click()
    table = only(user, "courses")
    await until(lambda: table.rows and table.rows[0][1][4][1] == "is-good")
    _, cells, _ = table.rows[0]
    assert cells[0][0] == "Missing update" and cells[1][0] == "gap"
    assert only(user, "incidents").rows[0][1][1][0] == "gap"


async def test_an_option_out_of_range_is_told_beside_it_and_no_fault_is_thrown(user: User):
    await open_priced(user)
    await user.open("/markets")
    user.find(marker="option-stall-seconds").type("900")
    user.find(marker="drill-stall").click()
    await user.should_see("Allowed: 0.1 to 300.")
    assert only(user, "courses").rows == []
    user.find(marker="option-stall-seconds").clear().type("0.5")
    user.find(marker="drill-stall").click()
    await until(lambda: only(user, "courses").rows)
    await user.should_not_see("Allowed: 0.1 to 300.")


async def test_a_press_on_a_row_that_is_not_there_does_nothing(user: User):
    await open_priced(user)
    await user.open("/markets")
    user.find(marker="markets").trigger("act", ["drop", "live okx NOTHING"])
    user.find(marker="markets").trigger("act", "text")
    await user.should_see("1 followed")
