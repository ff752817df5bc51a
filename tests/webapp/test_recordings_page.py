"""Recordings as a page shows them: catalogue, replay, recording now, imports, time machine."""

import csv
import io
import json

import pytest
from nicegui import ui
from nicegui.testing import User

from engine.recordings import Shelf
from models.base import Source
from tests.recordings_made import FIRST_NS, write_fathom
from tests.webapp.test_pages import only, open_priced, until
from webapp import library as library_module
from webapp.library import LONGEST_NOTE, Library
from webapp.studio import Studio

MADE = "made.jsonl.gz"


@pytest.fixture
def recorded(tmp_path):
    """The folder of recordings, with one in it."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    write_fathom(folder / MADE, 600)
    return folder


# -- the catalogue -----------------------------------------------------------------------------


async def test_what_a_recording_holds_is_kept_and_not_played_again(services, recorded, monkeypatch):
    first = Library(Shelf(recorded), services.store.recordings)
    await first.look()
    played = []
    monkeypatch.setattr(library_module, "look_into", played.append)
    again = Library(Shelf(recorded), services.store.recordings)
    await again.look()
    assert again.find(MADE).held == first.find(MADE).held
    assert played == []


async def test_a_file_that_has_changed_is_looked_into_again(services, recorded):
    library = Library(Shelf(recorded), services.store.recordings)
    await library.look()
    write_fathom(recorded / MADE, 7)
    await library.look()
    assert library.find(MADE).held.messages == 8


async def test_a_note_stays_with_its_recording_and_a_long_one_is_refused(services, recorded):
    library = Library(Shelf(recorded), services.store.recordings)
    await library.look()
    await library.annotate(MADE, "=the <b>flash</b> crash")
    await library.look()
    assert library.find(MADE).note == "=the <b>flash</b> crash"
    with pytest.raises(ValueError, match=f"note.*at most {LONGEST_NOTE}"):
        await library.annotate(MADE, "x" * (LONGEST_NOTE + 1))


async def test_a_file_that_is_being_written_is_not_looked_into(services, recorded):
    library = Library(Shelf(recorded), services.store.recordings)
    await library.look(frozenset({MADE}))
    assert library.find(MADE).held is None


async def test_another_recording_is_told_to_every_tab(services, recorded, tmp_path):
    write_fathom(recorded / "other.jsonl.gz", 20)
    studio = Studio(services.runner, services.store.recordings, tmp_path)
    told = []
    forget = studio.on_put_in(told.append)
    await studio.library.look()
    for file in (MADE, "other.jsonl.gz"):
        await studio.put_in(file)
        assert services.runner.sources.recording.name == file
    forget()
    assert [key.source for key in told] == [Source.REPLAY] * 2
    with pytest.raises(ValueError, match="nope"):
        await studio.put_in("nope")


# -- the page ----------------------------------------------------------------------------------


async def shown(user: User, file: str = MADE) -> ui.element:
    """The table of the open page, once that recording was looked into."""
    await user.open("/recordings")
    table = only(user, "recordings")
    await until(lambda: any(r[0] == file and r[1][8][0] == "complete" for r in table.rows))
    return table


@pytest.fixture
def replay_app(demo_app, recorded, monkeypatch):
    """The app on the recording from its start."""
    monkeypatch.setenv("FATHOM_SOURCE", "replay")
    monkeypatch.setenv("FATHOM_REPLAY_FILE", str(recorded / MADE))


async def open_recordings(user: User) -> None:
    """Open the page, with the recording paused and a price under it."""
    await open_priced(user)
    await user.should_see(marker="play", retries=50)
    user.find(marker="play").click()
    await until(lambda: only(user, "play").text == "Play")
    await user.open("/recordings")
    await until(lambda: only(user, "run-machine").enabled)


@pytest.mark.usefixtures("demo_app", "recorded")
async def test_a_recording_of_the_list_is_played(user: User):
    table = await shown(user)
    with user:
        await table.act("play", MADE)
    await until(lambda: table.rows[0][1][8][0] == "playing")
    assert table.rows[0][2] == (("watch", "Watch"), ("note", "Note"))
    await user.should_see("RECORDING", retries=30)


@pytest.mark.usefixtures("replay_app")
async def test_a_recording_is_played_paused_stepped_and_scrubbed(user: User):
    await open_priced(user)
    await user.should_see("RECORDING", retries=50)
    await user.should_see(marker="play", retries=50)
    user.find(marker="play").click()
    await until(lambda: only(user, "play").text == "Play")
    user.find(marker="scrub").trigger("change", 1000)
    await until(lambda: "0:30." in only(user, "recorded-time").text)
    user.find(marker="step-message").click()
    await until(lambda: "0:30.1" in only(user, "recorded-time").text)
    await user.should_see("PAUSED", retries=50)


@pytest.mark.usefixtures("replay_app")
async def test_the_order_is_run_through_the_recording_and_taken_away_as_a_file(user: User):
    await open_recordings(user)
    user.find(marker="run-machine").click()
    await until(lambda: "61 moments" in only(user, "machine-said").text)
    answer = await user.http_client.get("/export/time-machine.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 61
    assert int(rows[0]["moment_ns"]) == FIRST_NS
    assert all(float(row["total_bps"]) > 0 and float(row["asked"]) == 1.0 for row in rows)
    moments = only(user, "moments")
    with user:
        moments.act("open", moments.rows[0][0])
    await until(lambda: "Play" in only(user, "play").text)


@pytest.mark.usefixtures("replay_app")
async def test_a_distance_that_cannot_be_meant_is_said_at_its_field(user: User):
    await open_recordings(user)
    user.find(marker="every").clear().type("0")
    user.find(marker="run-machine").click()
    await until(lambda: only(user, "every").error)
    assert "0.1 to 86,400 s" in only(user, "every").error


@pytest.mark.usefixtures("demo_app", "recorded")
async def test_a_deleted_recording_can_be_brought_back(user: User):
    table = await shown(user)
    with user:
        await table.act("delete", MADE)
    await until(lambda: not table.rows)
    user.find(marker="undo-recording").click()
    await until(lambda: any(row[0] == MADE for row in table.rows))


@pytest.mark.usefixtures("demo_app", "recorded")
async def test_a_press_on_a_recording_that_is_not_there_does_nothing(user: User):
    table = await shown(user)
    for sent in ("play", "delete", "note", "watch", "nonsense"):
        await table.act(sent, "../../etc/passwd")
    assert [row[0] for row in table.rows] == [MADE]


@pytest.mark.usefixtures("demo_app")
async def test_the_demo_is_recorded_and_stopped_from_the_page(user: User):
    await open_priced(user)
    await user.open("/recordings")
    await until(lambda: only(user, "record-market").value == "BTC-USDT-SWAP")
    user.find(marker="record").click()
    runs = only(user, "runs")
    await until(lambda: runs.rows and runs.rows[0][1][1][0] == "recording")
    with user:
        runs.act("stop", "1")
    await until(lambda: runs.rows[0][1][1][0] == "done")


@pytest.mark.usefixtures("demo_app")
async def test_a_limit_that_cannot_be_meant_is_said_at_its_field(user: User):
    await open_priced(user)
    await user.open("/recordings")
    await until(lambda: only(user, "record-market").value == "BTC-USDT-SWAP")
    user.find(marker="limit").clear().type("none")
    user.find(marker="record").click()
    await until(lambda: only(user, "limit").error)
    assert only(user, "runs").rows == []


@pytest.mark.usefixtures("demo_app")
async def test_an_archive_in_the_folder_is_imported_and_a_bad_one_names_its_line(user, tmp_path):
    inbox = tmp_path / "import"
    inbox.mkdir()
    head = "exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount"
    rows = [
        f"okex,BTC-USDT,{t},{t},{str(n == 0).lower()},{side},{price},1"
        for n in range(3)
        for t in (1_790_000_000_000_000 + n * 100_000,)
        for side, price in (("bid", 100), ("ask", 101))
    ]
    (inbox / "good.csv").write_text("\n".join([head, *rows]) + "\n")
    (inbox / "bad.csv").write_text("\n".join([head, *rows, rows[-1].replace("101", "nan")]) + "\n")
    fact = {"venue": "okx", "venue_symbol": "BTC-USDT", "base": "BTC", "quote": "USDT"}
    fact |= {"settle": "", "kind": "spot", "product": "spot"}
    fact |= {"tick_size": 0.1, "lot_size": 1e-5, "min_size": 1e-5}
    for name in ("good", "bad"):
        (inbox / f"{name}.csv.facts.json").write_text(json.dumps([fact]))
    await user.open("/recordings")
    for name, said in (("bad.csv", "bad.csv line 8: price is 'nan'"), ("good.csv", "3 messages")):
        await until(lambda: "good.csv" in only(user, "import-file").options)
        only(user, "import-file").set_value(name)
        user.find(marker="import").click()
        await until(lambda said=said: said in only(user, "imported").text)
    assert [path.name for path in (tmp_path / "recordings").iterdir()] == ["good.jsonl.gz"]
