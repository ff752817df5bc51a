"""The History page and receipts as a user without a browser sees them, on the real app."""

import asyncio
import json

import pytest
from nicegui.testing import User

from storage.receipt_file import from_file
from tests.webapp.test_pages import only, open_priced, until

pytestmark = pytest.mark.usefixtures("demo_app")


async def save(user: User, link: str, number: int) -> None:
    await open_priced(user, link)
    user.find(marker="save").click()
    await user.should_see(f"Saved as number {number}.")


async def open_history(user: User, link: str, count: int):
    """The table, once it has that many lines."""
    await user.open(link)
    await user.should_see(marker="saved", retries=100)
    table = only(user, "saved")
    await until(lambda: len(table.rows) == count)
    return table


async def test_an_empty_history_says_what_to_do(user: User):
    await user.open("/history")
    await user.should_see("Nothing saved yet.", retries=30)


async def test_a_saved_estimate_is_in_the_history_and_delete_can_be_undone(user: User):
    await save(user, "/", 1)
    table = await open_history(user, "/history", 1)
    assert ["demo", "fm-pill is-demo", ""] in table.rows[0]["cells"]
    with user:
        await table.act("delete", 1)
    await user.should_see("Number 1 was deleted.", retries=30)
    await until(lambda: table.rows == [])
    user.find(marker="undo").click()
    await until(lambda: len(table.rows) == 1)


async def test_an_address_filters_and_a_wrong_value_is_said_at_its_field(user: User):
    await save(user, "/?side=sell", 1)
    await open_history(user, "/history?side=sell&instrument=btc", 1)
    await user.should_see("1 found", retries=30)
    await user.open("/history?side=buy&from=soon")
    await user.should_see("No saved estimate is like that.", retries=30)
    assert "“soon” is no moment" in only(user, "filter-from").error


async def test_what_is_typed_filters_at_once_and_clear_shows_all_again(user: User):
    await save(user, "/", 1)
    table = await open_history(user, "/history", 1)
    user.find(marker="filter-instrument").type("eth")
    await user.should_see("No saved estimate is like that.", retries=30)
    user.find(marker="clear").click()
    await until(lambda: len(table.rows) == 1)


async def test_tags_and_a_note_are_kept_and_the_tag_can_be_chosen(user: User):
    await save(user, "/", 1)
    table = await open_history(user, "/history", 1)
    with user:
        await table.mark_line(1, "Big, <b>", "=1+1 🦀")
    await until(lambda: table.rows[0]["tags"] == ["<b>", "big"])
    assert table.rows[0]["note"] == "=1+1 🦀"
    user.find(marker="more").click()
    await until(lambda: "big" in only(user, "filter-tag").options)


async def test_two_lines_are_compared_side_by_side(user: User):
    await save(user, "/?quantity=2", 1)
    await save(user, "/?quantity=3&side=sell", 2)
    table = await open_history(user, "/history", 2)
    with user:
        table.choose([1, 2])
    user.find(marker="compare").click()
    await user.should_see("Number 1 and number 2", retries=30)
    await user.should_see("differs")


async def test_a_line_opens_in_the_ticket_with_all_it_was_made_from(user: User):
    link = "/?quantity=0.5&tier=custom&maker=1&taker=3&volatility=manual&sigma=2.5"
    await save(user, f"{link}&style=limit&limit.ticks=3", 1)
    table = await open_history(user, "/history", 1)
    with user:
        await table.act("open", 1)
    await user.should_see(marker="limit.ticks", retries=50)
    fields = ("quantity", "maker", "taker", "sigma", "limit.ticks")
    assert [only(user, name).value for name in fields] == ["0.5", "1", "3", "2.5", "3"]


async def test_a_receipt_shows_what_it_was_made_from_and_verifies(user: User):
    await save(user, "/", 1)
    await user.open("/receipt/1")
    await user.should_see("SHA-256", retries=30)
    await user.should_see("Fee schedule")
    user.find(marker="verify").click()
    await user.should_see("Computed again: equal bit for bit.", retries=30)


async def test_a_receipt_that_is_not_there_says_so(user: User):
    await user.open("/receipt/7")
    await user.should_see("There is no saved estimate 7.", retries=30)
    await user.open("/receipt/evil")
    await user.should_see("The address names no number of the history.")


async def test_a_receipt_can_be_taken_away_and_verified_by_a_program(user: User):
    await save(user, "/", 1)
    answer = await user.http_client.get("/api/v1/estimates/1/receipt")
    assert from_file(answer.content).receipt.instrument.venue_symbol == "BTC-USDT-SWAP"
    verdict = (await user.http_client.get("/api/v1/estimates/1/verify")).json()
    assert verdict["is_equal"] is True and verdict["differences"] == []
    missing = await user.http_client.get("/api/v1/estimates/2/verify")
    assert missing.status_code == 404
    assert missing.headers["content-type"] == "application/problem+json"


async def test_the_history_can_be_taken_away_as_a_file(user: User):
    await save(user, "/", 1)
    get = user.http_client.get
    answer = await get("/export/history.csv?units=yes")
    head, line = answer.text.splitlines()
    assert head.startswith("id,created_utc [UTC]") and ',"demo","okx","BTC-USDT-SWAP",' in line
    assert "attachment" in answer.headers["content-disposition"]
    row = json.loads((await get("/export/history.jsonl?columns=id,side&side=buy")).text)
    assert row == {"id": 1, "side": "buy"}
    assert (await get("/export/history.parquet")).content[:4] == b"PAR1"


async def test_an_export_that_cannot_be_meant_is_refused_with_what_is_allowed(user: User):
    await user.open("/")
    for address, status, words in (
        ("/export/evil.csv", 404, "allowed: history, cost-series"),
        ("/export/history.exe", 422, ""),
        ("/export/history.csv?columns=evil", 422, "allowed: id,"),
        ("/export/history.csv?side=up", 422, "allowed: buy, sell"),
    ):
        answer = await user.http_client.get(address)
        assert answer.status_code == status
        assert words in answer.text


async def test_the_data_dictionary_names_every_table(user: User):
    await user.open("/")
    tables = (await user.http_client.get("/export/dictionary.json")).json()["tables"]
    assert {"history", "cost-series"} <= set(tables)


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FATHOM_SAMPLE_S", "1")


async def test_a_running_ticket_makes_a_series(often: None, user: User):

    await open_priced(user)
    async with asyncio.timeout(15):
        while len((await user.http_client.get("/export/cost-series.jsonl")).text.splitlines()) < 2:
            await asyncio.sleep(0.1)
    await user.open("/history?show=series")
    await until(lambda: only(user, "samples").rows)
    await user.should_see(marker="series", retries=30)
    assert "demo okx BTC-USDT-SWAP · buy 1 base" in next(
        iter(only(user, "series").options.values())
    )
