"""The commands as a user types them: a real process, real files, a real exchange on loopback."""

import asyncio
import gzip
import json
import signal
import sys

import msgspec
import pytest

from engine import command_line
from feeds.synthetic import Exchange
from tests import builders
from tests.conftest import PROJECT

OKX_FILE = "okx/okx_books_trades_20220513.jsonl.gz"
TIMEOUT_S = 60


class Done:
    """A finished command."""

    def __init__(self, code, out, err):
        self.code = code
        self.out = out
        self.err = err

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def environment(tmp_path_factory, monkeypatch):
    """Data of its own, and kernels compiled once for all these commands."""
    folder = tmp_path_factory.getbasetemp() / "commands"
    monkeypatch.setenv("FATHOM_DATA_DIR", str(folder))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(PROJECT / ".pytest_cache" / "kernels"))
    return folder


@pytest.fixture
def start(environment):
    async def started(*arguments):
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "main.py",
            *(str(argument) for argument in arguments),
            cwd=PROJECT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    return started


@pytest.fixture
def run(start):
    async def ran(*arguments):
        process = await start(*arguments)
        out, err = await asyncio.wait_for(process.communicate(), TIMEOUT_S)
        return Done(process.returncode, out.decode(), err.decode())

    return ran


@pytest.fixture
def here(capsys, tmp_path):
    """The same without the start of a process."""

    def ran(*arguments):
        try:
            code = command_line.run([str(argument) for argument in arguments], tmp_path / "out")
        except SystemExit as end:
            code = end.code
        return Done(code, *capsys.readouterr())

    return ran


# -- replay ------------------------------------------------------------------------------------


async def test_replay_gives_the_okx_recording_as_its_notes_do(run, recordings):
    done = await run("replay", recordings / OKX_FILE, "--json")
    totals = {
        name: sum(instrument[name] for instrument in done.json["instruments"])
        for name in (
            *("snapshots", "updates", "gaps", "crossed"),
            *("checksums_verified", "checksums_failed"),
        )
    }
    assert totals == {
        "snapshots": 3,
        "updates": 287,
        "gaps": 0,
        "crossed": 0,
        "checksums_verified": 290,
        "checksums_failed": 0,
    }


def test_replay_tells_a_person_the_same_as_a_table(here, recordings):
    rows = [row.split() for row in here("replay", recordings / OKX_FILE).out.splitlines()]
    assert ["BTC-USDT", "198", "1", "97", "69", "0", "98", "0", "0"] in [row[:9] for row in rows]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("record", "okx", "X", "--minutes", "soon"), 2, "'soon' is no number above 0"),
        (("import", "missing.csv"), 1, "there is no missing.csv\n"),
        (("replay", "absent.jsonl.gz"), 1, "absent.jsonl.gz"),
        (("replay", PROJECT / "README.md"), 1, "README.md is not a gzip file"),
        (("replay",), 2, "required: file"),
        (("replya", "x"), 2, "invalid choice: 'replya'"),
        (("record", "nowhere", "BTC"), 1, "'nowhere' is not known (allowed: okx"),
        (("record", "okx", "X", "--endpoint", "evil.example.org"), 1, "cannot be used"),
        (("record", "okx", "X", "--endpoint", "127.0.0.1:9/path"), 1, "cannot be used"),
        (("record", "okx", "X", "--endpoint", "127.0.0.1:9"), 1, "cannot be reached"),
        (("record", "okx", "X", "--minutes", "-1"), 2, "'-1' is no number above 0"),
        (("import", PROJECT / "README.md"), 1, "does not say what its sizes are counted in"),
    ],
)
def test_what_cannot_be_done_is_said_and_shows_in_the_exit_code(here, arguments, code, says):
    done = here(*arguments)
    assert (done.code, says in done.err) == (code, True)


def test_a_venue_that_is_not_known_lists_those_there_are(here, recordings):
    done = here("replay", recordings / OKX_FILE, "--venue", "nowhere")
    assert done.err.startswith("fathom: unknown venue 'nowhere'; known: okx, ")


async def test_a_data_folder_that_cannot_be_made_is_named_without_a_traceback(start, monkeypatch):
    monkeypatch.setenv("FATHOM_DATA_DIR", "/proc/fathom")
    app = await start()
    _, err = await asyncio.wait_for(app.communicate(), TIMEOUT_S)
    assert app.returncode == 1
    assert b"FATHOM_DATA_DIR" in err and b"Traceback" not in err


async def test_a_failing_command_shows_no_traceback(run):
    done = await run("replay", "absent.jsonl.gz")
    assert (done.code, len(done.err.splitlines())) == (1, 1)


# -- record ------------------------------------------------------------------------------------


@pytest.fixture
async def exchange():
    async with Exchange(seed=5, rate_hz=50, instruments=("BTC-USDT", "BTC-USDT-SWAP")) as running:
        yield running


def at(exchange):
    return exchange.rest_url.removeprefix("http://")


async def test_a_recording_of_the_exchange_replays_without_a_fault(run, exchange, tmp_path):
    recorded = await run(
        *("record", "okx", "BTC-USDT-SWAP", "BTC-USDT", "--endpoint", at(exchange)),
        *("--minutes", "0.1", "--out", tmp_path, "--json"),
    )
    (file,) = recorded.json["files"]
    replayed = (await run("replay", file, "--json")).json
    assert replayed["venue"] == "okx"
    assert [
        (each["symbol"], each["snapshots"], each["gaps"], each["crossed"], each["errors"])
        for each in replayed["instruments"]
    ] == [("BTC-USDT", 1, 0, 0, 0), ("BTC-USDT-SWAP", 1, 0, 0, 0)]


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_a_recording_in_good_order(start, exchange, tmp_path, name):
    process = await start(
        *("record", "okx", "BTC-USDT-SWAP", "--endpoint", at(exchange), "--out", tmp_path)
    )
    async with asyncio.timeout(TIMEOUT_S):
        assert b"recording to" in await process.stderr.readline()
        process.send_signal(name)
        out, _ = await process.communicate()
    (file,) = tmp_path.iterdir()
    assert process.returncode == 0
    assert gzip.decompress(file.read_bytes()).endswith(b"}\n")  # with its trailer: whole
    assert b"messages" in out


# -- import ------------------------------------------------------------------------------------


def test_an_imported_archive_can_be_replayed(here, tmp_path):
    archive = tmp_path / "BTC-USDT-SWAP-L2orderbook-400lv-2026-09-21.data"
    archive.write_text(
        '{"instId":"BTC-USDT-SWAP","action":"snapshot","ts":"1790000000000",'
        '"asks":[["60001","5","1"]],"bids":[["60000","10","1"]]}\n'
    )
    facts = archive.with_name(archive.name + ".facts.json")
    facts.write_bytes(msgspec.json.encode([builders.swap()]))
    imported = here("import", archive, "--out", tmp_path / "out", "--json")
    (instrument,) = here("replay", imported.json["path"], "--json").json["instruments"]
    assert (instrument["snapshots"], instrument["best_bid"]) == (1, 60000.0)
