"""The Models page as a user without a browser sees it, on the real app."""

import asyncio

import pytest
from nicegui.elements.upload_files import SmallFileUpload
from nicegui.testing import User

from engine.hub import MarketKey
from engine.learning.probing import Probing
from engine.learning.state_of import learning_state
from engine.quoter import Quote
from market.units import NS_PER_S
from models.base import Source
from models.learning.snapshot import USER, snapshot_of
from models.learning.spec import LearningSpec
from storage.store import Store
from tests.models.tapes import drifting, taught
from tests.storage.samples import sample
from tests.webapp.test_pages import only, open_priced, until
from webapp.frames.headline import headline
from webapp.session import Session
from webapp.ticket import Ticket

pytestmark = pytest.mark.usefixtures("demo_app")
KEY = MarketKey(Source.DEMO, "okx", "BTC-USDT-SWAP")
SPEC = LearningSpec(delays_ns=(NS_PER_S,), models=("linear",), min_rows=200)


class _NoHub:
    """Learning is fed by hand here."""


@pytest.fixture(scope="module")
def snapshot():
    """Models fitted on a quarter of a minute of tape, as they are kept."""
    learning = taught(drifting(150, 0.5, 0.3, seed=1), SPEC)[0]
    state = learning_state(KEY, learning.states(), Probing(_NoHub(), SPEC), SPEC, 5 * NS_PER_S)
    return snapshot_of(state, learning.snapshot(), reason=USER, note="before the weekend")


@pytest.fixture
def two_kept(snapshot, tmp_path, demo_app):
    """Two snapshots of the demo's market from an earlier run: learning starts from the second."""

    async def fill() -> None:
        async with await Store.open(f"sqlite:///{tmp_path}/fathom.db") as store:
            for _ in range(2):
                await store.models.keep(snapshot)

    asyncio.run(fill())


async def open_models(user: User, view: str):
    """The page, once the demo's market is learned from."""
    await user.open(f"/models?view={view}")
    await until(lambda: only(user, "market-choice").value == "demo okx BTC-USDT-SWAP")


async def snapshots_table(user: User, count: int):
    await open_models(user, "snapshots")
    table = only(user, "snapshots")
    await until(lambda: len(table.rows) == count)
    return table


async def test_a_market_that_is_not_fitted_yet_says_how_far_it_is(user: User):
    await open_models(user, "training")
    await until(lambda: only(user, "delays").rows)
    delays = only(user, "delays").rows
    assert [row[1][0][0] for row in delays] == ["now", "50 ms", "250 ms", "1 s", "5 s", "1 min"]
    assert all("of 1,000 labels" in row[1][1][0] for row in delays)
    await user.should_see("No learned number is shown until then.", retries=30)


async def test_a_delay_is_opened_from_its_line_and_stands_in_the_choice(user: User):
    await open_models(user, "training")
    await until(lambda: only(user, "delays").rows)
    with user:
        await only(user, "delays").act("open", str(5 * NS_PER_S))
    await until(lambda: only(user, "delay-choice").value == 5 * NS_PER_S)
    await until(lambda: only(user, "verdict").text.startswith("At 5 s:"))


async def test_nothing_fitted_is_refused_to_be_saved_in_words(user: User):
    await snapshots_table(user, 0)
    user.find(marker="save-snapshot").click()
    await user.should_see("nothing is fitted yet", retries=50)


async def test_a_warm_start_is_marked_with_the_snapshot_it_came_from(two_kept, user: User):
    table = await snapshots_table(user, 2)
    assert [row[1][1][2] for row in table.rows] == ["in use: learning started from it", ""]
    user.find(marker="tab-training").click()
    await user.should_see("warm, from snapshot 2", retries=30)


async def test_loading_keeps_what_was_learned_and_can_be_rolled_back(two_kept, user: User):
    table = await snapshots_table(user, 2)
    with user:
        await table.act("load", "1")
    await user.should_see("Snapshot 1 is in use", retries=50)
    assert len(table.rows) == 3 and table.rows[2][1][1][2].startswith("in use")
    user.find(marker="roll-back").click()
    await user.should_see("Back to what was learned before", retries=50)
    assert table.rows[0][1][1][2].startswith("in use")


async def test_a_deleted_snapshot_comes_back_under_its_number(two_kept, user: User):
    table = await snapshots_table(user, 2)
    before = [(row[0], row[1][5][2]) for row in table.rows]
    with user:
        await table.act("delete", "1")
    await until(lambda: len(table.rows) == 1)
    user.find(marker="undo-snapshot").click()
    await until(lambda: len(table.rows) == 2)
    assert [(row[0], row[1][5][2]) for row in table.rows] == before


async def test_two_snapshots_are_compared_mark_by_mark(two_kept, user: User):
    await snapshots_table(user, 2)
    user.find(marker="compare-snapshots").click()
    await user.should_see("Snapshot 1 → 2", retries=30)
    await user.should_see("linear")


async def test_a_snapshot_leaves_as_a_file_and_a_number_that_is_not_there_says_so(
    two_kept, user: User
):
    await user.open("/models")
    answer = await user.http_client.get("/models/snapshots/1.fathom")
    assert answer.content.startswith(b"FATHOM-MODELS 1 ")
    missing = await user.http_client.get("/models/snapshots/9.fathom")
    assert (missing.status_code, missing.json()["title"]) == (404, "No such snapshot")


async def test_a_file_that_is_no_snapshot_is_refused_with_the_reason(user: User):
    await snapshots_table(user, 0)
    upload = only(user, "import-snapshot")
    with user:
        file = SmallFileUpload("evil.fathom", "application/octet-stream", b"MZ evil")
        await upload.handle_uploads([file])
    await user.should_see("Not taken: This is no model snapshot of Fathom.", retries=50)


async def test_the_headline_says_how_quotes_like_this_one_did(services):
    session = Session(services, Ticket(source="demo"))
    assert headline(session, None, None)["score"] == ""
    made, state = sample()
    quote = Quote(state=state, estimate=made)
    assert headline(session, state, quote)["score"] == "Quotes like this one: not scored yet"


async def test_quotes_that_were_scored_stand_on_the_scoreboard(user: User):
    await open_priced(user)
    await open_models(user, "scores")
    await until(lambda: only(user, "scores").rows)
    market, size, recipe, *_ = only(user, "scores").rows[0][1]
    assert (market[0], market[2]) == ("BTC-USDT-SWAP", "demo · okx")
    assert (size[0], recipe[0]) == ("10k to 100k USDT", "exact")
