"""Models are kept and come back the very same; every kind of bad file is refused, and why."""

import dataclasses
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import msgspec
import numpy as np
import pytest
import skops.io

from engine.hub import MarketKey
from engine.learning.probing import Probing
from engine.learning.state_of import learning_state
from market.units import NS_PER_S
from models.base import Source
from models.learning.market_learning import MarketLearning
from models.learning.snapshot import SCHEDULE, USER, snapshot_of
from models.learning.spec import LearningSpec
from storage import snapshot_file
from storage.errors import SnapshotRefused, UnknownSnapshot
from storage.store import Store
from tests.models.tapes import drifting, taught

KEY = MarketKey(Source.DEMO, "okx", "BTC-USDT-SWAP")
SPEC = LearningSpec(delays_ns=(NS_PER_S,), min_rows=200)
ROOT = Path(__file__).resolve().parents[2]


class _NoHub:
    """Learning is fed by hand here."""


@pytest.fixture(scope="module")
def learning():
    """All four models, fitted on a minute of tape."""
    return taught(drifting(600, 0.5, 0.3, seed=1), SPEC)[0]


@pytest.fixture(scope="module")
def snapshot(learning):
    state = learning_state(KEY, learning.states(), Probing(_NoHub(), SPEC), SPEC, 5 * NS_PER_S)
    return snapshot_of(state, learning.snapshot(), reason=USER, note="before the weekend")


@pytest.fixture
async def store(tmp_path):
    async with await Store.open(f"sqlite:///{tmp_path}/fathom.db") as opened:
        yield opened


def predictions(learning, n=50):
    """Of every model, on the same rows."""
    [delay] = learning.delays.values()
    x = np.random.default_rng(9).normal(size=(n, 15))
    showing = delay.showing()
    z = showing.scaler.apply(x)
    return {m.name: np.array(m.form.predict(z[:, list(m.columns)])) for m in showing.models}


def same(ours, theirs):
    return ours.keys() == theirs.keys() and all(np.array_equal(ours[k], theirs[k]) for k in ours)


def restored(snapshot):
    fresh = MarketLearning(SPEC)
    fresh.restore(snapshot.body)
    return fresh


# -- there and back ----------------------------------------------------------------------------


def test_all_four_models_are_in_the_snapshot(learning):
    assert set(predictions(learning)) == {"linear", "polynomial", "quantile", "boosted"}


async def test_models_come_back_and_predict_the_very_same(store, snapshot, learning):
    number = await store.models.keep(snapshot)
    kept = await store.models.take(number)
    assert same(predictions(restored(kept)), predictions(learning))


async def test_bands_come_back_the_very_same(store, snapshot, learning):
    kept = await store.models.take(await store.models.keep(snapshot))
    [ours], [theirs] = learning.publication().served, restored(kept).publication().served
    assert ours.widenings == theirs.widenings


async def test_the_list_says_what_a_snapshot_is_without_opening_it(store, snapshot):
    number = await store.models.keep(snapshot)
    [line] = await store.models.list("demo", "okx", "BTC-USDT-SWAP")
    assert (line.id, line.note, line.reason) == (number, "before the weekend", USER)
    assert line.delays == ("1 s",)
    assert line.libraries.keys() == {"numpy", "scikit-learn", "skops"}
    assert line.metrics == snapshot.metrics
    assert await store.models.list("live") == ()


async def test_the_newest_of_a_market_is_found(store, snapshot):
    assert await store.models.latest("demo", "okx", "BTC-USDT-SWAP") is None
    await store.models.keep(snapshot)
    number = await store.models.keep(snapshot)
    assert await store.models.latest("demo", "okx", "BTC-USDT-SWAP") == number
    assert await store.models.latest("live", "okx", "BTC-USDT-SWAP") is None


async def test_two_snapshots_stand_side_by_side(store, snapshot):
    numbers = [await store.models.keep(snapshot) for _ in range(2)]
    compared = await store.models.compare(*numbers)
    assert len(compared) == len(snapshot.metrics)
    assert all(line.first == line.second for line in compared)


async def test_a_snapshot_can_be_deleted_once(store, snapshot):
    number = await store.models.keep(snapshot)
    await store.models.delete(number)
    with pytest.raises(UnknownSnapshot, match=f"no model snapshot {number}"):
        await store.models.delete(number)
    with pytest.raises(UnknownSnapshot):
        await store.models.take(number)


async def test_a_deleted_snapshot_comes_back_as_it_was(store, snapshot, learning):
    number = await store.models.keep(snapshot)
    before = await store.models.export(number)
    deleted = await store.models.delete(number)
    for _ in range(2):
        await store.models.restore(deleted)
    assert await store.models.export(number) == before
    assert len(await store.models.list()) == 1


async def test_a_file_handed_out_can_be_taken_back(store, snapshot, learning):
    content = await store.models.export(await store.models.keep(snapshot))
    number = await store.models.import_file(content)
    assert same(predictions(restored(await store.models.take(number))), predictions(learning))
    assert (await store.models.list())[0].reason == "imported"


async def test_what_the_program_keeps_by_itself_is_thinned_and_what_the_user_keeps_is_not(
    store, snapshot
):
    own = await store.models.keep(snapshot)
    for _ in range(8):
        await store.models.keep(dataclasses.replace(snapshot, reason=SCHEDULE))
    kept = await store.models.list()
    assert [line.reason for line in kept].count(SCHEDULE) == 5
    assert own in [line.id for line in kept]


# -- refused -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def content(snapshot):
    return snapshot_file.write(snapshot).content


def remade(content, body=None, **changed):
    """The same file with another header or body and a hash that fits."""
    file = snapshot_file.check(content)
    header = msgspec.structs.replace(file.header, **changed)
    rest = msgspec.json.encode(header) + b"\n" + (file.body if body is None else body)
    digest = snapshot_file.sha256(rest).hexdigest().encode()
    return b"FATHOM-MODELS 1 " + digest + b"\n" + rest


def test_one_flipped_byte_is_seen(content):
    for place in (len(content) - 100, content.index(b"BTC-USDT")):
        broken = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        with pytest.raises(SnapshotRefused, match="does not match its hash"):
            snapshot_file.read(broken)


def test_a_file_cut_short_is_refused(content):
    with pytest.raises(SnapshotRefused, match="hash"):
        snapshot_file.read(content[: len(content) // 2])


@pytest.mark.parametrize("foreign", [b"", b"PK\x03\x04 a zip", b"\x80\x04\x95pickle", b"{}\n{}"])
def test_a_file_of_another_program_is_refused(foreign):
    with pytest.raises(SnapshotRefused, match="no model snapshot of Fathom"):
        snapshot_file.read(foreign)


def test_another_format_is_refused(content):
    with pytest.raises(SnapshotRefused, match="format is 2; this Fathom reads 1"):
        snapshot_file.read(content.replace(b"FATHOM-MODELS 1", b"FATHOM-MODELS 2", 1))


def test_other_features_are_refused_by_name(content, snapshot):
    columns = ("moon_phase", *snapshot.columns[1:])
    with pytest.raises(SnapshotRefused, match=r"other features.*log_quote, moon_phase"):
        snapshot_file.read(remade(content, columns=columns))


@pytest.mark.parametrize("library", ["numpy", "scikit-learn", "skops"])
def test_another_line_of_a_library_is_refused(content, library):
    libraries = {**snapshot_file.check(content).header.libraries, library: "7.0.1"}
    with pytest.raises(SnapshotRefused, match=rf"made with {library} 7.0.1; this Fathom has"):
        snapshot_file.read(remade(content, libraries=libraries))


def test_a_header_that_is_no_header_is_refused():
    rest = b'{"source": 1}\nbody'
    digest = snapshot_file.sha256(rest).hexdigest().encode()
    with pytest.raises(SnapshotRefused, match="header cannot be read"):
        snapshot_file.read(b"FATHOM-MODELS 1 " + digest + b"\n" + rest)


def test_code_in_the_body_is_refused_and_not_run(content):
    body = skops.io.dumps({"delays": {"0": os.system}})
    with pytest.raises(SnapshotRefused, match=r"holds what no model needs: .*system"):
        snapshot_file.read(remade(content, body))


def test_a_body_that_is_no_archive_is_refused(content):
    with pytest.raises(SnapshotRefused, match="cannot be opened"):
        snapshot_file.read(remade(content, b"not a zip"))


def test_a_body_of_something_else_is_refused(content):
    with pytest.raises(SnapshotRefused, match="holds no models"):
        snapshot_file.read(remade(content, skops.io.dumps([1, 2, 3])))


def test_a_file_beyond_the_limit_is_refused(monkeypatch, content):
    monkeypatch.setattr(snapshot_file, "LARGEST", 1000)
    with pytest.raises(SnapshotRefused, match="1,000 are the most"):
        snapshot_file.read(content)


async def test_a_refused_file_leaves_nothing_behind(store, content):
    with pytest.raises(SnapshotRefused):
        await store.models.import_file(content[:-1])
    assert await store.models.list() == ()


# -- kill -9 -----------------------------------------------------------------------------------

KEEPER = """
    import asyncio, sys, time
    sys.path.insert(0, {root!r})
    from storage.store import Store
    from tests.storage import test_snapshots as t

    async def main():
        learning = t.taught(t.drifting(600, 0.5, 0.3, seed=1), t.SPEC)[0]
        state = t.learning_state(
            t.KEY, learning.states(), t.Probing(t._NoHub(), t.SPEC), t.SPEC, 5
        )
        store = await Store.open({url!r})
        await store.models.keep(t.snapshot_of(state, learning.snapshot(), reason=t.USER))
        t.np.savez({said!r}, **t.predictions(learning))
        print("kept", flush=True)
        time.sleep(60)

    asyncio.run(main())
"""


def killed_after_keeping(folder):
    """Run the program above until it has kept its models, then kill -9; its database."""
    url, said = f"sqlite:///{folder}/fathom.db", str(folder / "said.npz")
    program = textwrap.dedent(KEEPER).format(root=str(ROOT), url=url, said=said)
    command = [sys.executable, "-W", "ignore", "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
        assert child.stdout.readline() == "kept\n"
        child.send_signal(signal.SIGKILL)
    return url


async def test_models_kept_before_a_kill_predict_the_very_same_after_the_restart(tmp_path):
    async with await Store.open(killed_after_keeping(tmp_path)) as store:
        number = await store.models.latest("demo", "okx", "BTC-USDT-SWAP")
        after = predictions(restored(await store.models.take(number)))
    assert same(after, dict(np.load(tmp_path / "said.npz")))


# -- marks over time ---------------------------------------------------------------------------


async def test_marks_come_back_in_order_and_by_market(store, snapshot, learning):
    await store.metrics.keep(snapshot.metrics)
    kept = await store.metrics.series("demo", "okx", "BTC-USDT-SWAP")
    assert kept == tuple(row for row in snapshot.metrics if row.marks.bucket is None)
    assert await store.metrics.series("live", "okx", "BTC-USDT-SWAP") == ()


async def test_marks_of_one_size_can_be_asked_for(store, snapshot):
    await store.metrics.keep(snapshot.metrics)
    kept = await store.metrics.series("demo", "okx", "BTC-USDT-SWAP", bucket=4, delay_ns=NS_PER_S)
    assert kept
    assert {row.marks.bucket for row in kept} == {4}
