"""Nothing is pruned unless a setting says so, and then only what it says, announced before."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from storage import retention as module
from storage.errors import DatabaseLocked
from storage.history import Marks
from storage.retention import KEEP_ALL, NS_PER_DAY, Policy, Retention
from storage.store import Store
from storage.tables import RECEIPTS
from tests.builders import NOW_NS
from tests.storage.samples import sample

TEN = Policy(recorded_days=10, saved_days=10)


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    async with await Store.open(url) as opened:
        yield opened


def keeping(store: Store, policy: Policy) -> Retention:
    return Retention(store._database, policy, lambda: NOW_NS)


async def saved(store: Store, days_ago: int) -> int:
    then = NOW_NS - days_ago * NS_PER_DAY
    return await replace(store.estimates, now_ns=lambda: then).save(*sample())


async def logged(store: Store, days_ago: int) -> None:
    then = NOW_NS - days_ago * NS_PER_DAY
    await replace(store.errors, now_ns=lambda: then).add("gap", str(days_ago))


async def left(store: Store) -> list[int]:
    return [line.id async for page in store.estimates.pages() for line in page]


async def test_everything_is_kept_unless_a_setting_says_otherwise(store: Store) -> None:
    await saved(store, 10_000)
    assert await keeping(store, KEEP_ALL).prune() == 0
    assert len(await left(store)) == 1
    assert store.retention.policy == KEEP_ALL


async def test_only_what_is_older_goes(store: Store) -> None:
    _, young = await saved(store, 11), await saved(store, 10)
    assert await keeping(store, TEN).prune() == 1
    assert await left(store) == [young]


async def test_a_pruned_estimate_takes_its_receipt_along(store: Store) -> None:
    await saved(store, 11)
    await keeping(store, TEN).prune()
    count = select(func.count()).select_from(RECEIPTS)
    assert await store._database.read(lambda c: c.execute(count).scalar()) == 0


async def test_an_estimate_with_a_tag_or_a_note_is_never_pruned(store: Store) -> None:
    tagged, noted, _ = [await saved(store, 11) for _ in range(3)]
    await store.estimates.mark(tagged, Marks(tags=("keep",)))
    await store.estimates.mark(noted, Marks(note="the day of the fork"))
    await keeping(store, TEN).prune()
    assert await left(store) == [tagged, noted]


async def test_what_is_saved_and_what_is_recorded_have_settings_of_their_own(store: Store) -> None:
    await saved(store, 11)
    for days_ago in (11, 9):
        await logged(store, days_ago)
    await keeping(store, Policy(recorded_days=10)).prune()
    assert len(await left(store)) == 1
    assert [error.text for error in await store.errors.recent()] == ["9"]


async def test_an_alert_stays_when_its_old_events_go(store: Store) -> None:
    old = replace(store.alerts, now_ns=lambda: NOW_NS - 11 * NS_PER_DAY)
    alert = await old.add("wide", {})
    await old.spoke(alert.id, "on", 1.0, "")
    await keeping(store, TEN).prune()
    assert await store.alerts.list() == (alert,)
    assert await store.alerts.events() == ()


async def test_more_than_one_batch_goes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 3)
    for _ in range(8):
        await saved(store, 11)
    keeper = keeping(store, TEN)
    assert (await keeper.prune(), keeper.pruned) == (8, 8)


async def test_the_plan_says_what_would_go_and_touches_nothing(store: Store) -> None:
    await saved(store, 12)
    await saved(store, 1)
    estimates, *others = await keeping(store, TEN).plan()
    assert (estimates.rows, estimates.oldest_ns) == (1, NOW_NS - 12 * NS_PER_DAY)
    assert estimates.words == ("saved estimates without a tag or a note: kept 10 days; 1 are older")
    assert all(due.rows == 0 and due.oldest_ns is None for due in others)
    assert len(await left(store)) == 2


async def test_a_plan_that_keeps_all_says_so(store: Store) -> None:
    plan = await keeping(store, KEEP_ALL).plan()
    assert all(due.words.endswith("kept for ever") for due in plan)
    assert "FATHOM_KEEP_DAYS" in keeping(store, KEEP_ALL).announcement()


async def test_nothing_goes_before_it_was_announced(store: Store) -> None:
    await saved(store, 11)
    keeper = keeping(store, TEN)
    running = asyncio.create_task(keeper.run())
    await asyncio.sleep(0)
    assert keeper.next_ns == NOW_NS + module.FIRST_S * 1_000_000_000
    assert "goes at 20" in keeper.announcement()
    assert len(await left(store)) == 1
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_failed_pruning_is_tried_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await saved(store, 11)
    monkeypatch.setattr(module, "FIRST_S", 0)
    monkeypatch.setattr(module, "EVERY_S", 0)
    keeper, real = keeping(store, TEN), store._database.write
    refusals = iter([DatabaseLocked("locked")])

    async def write(work):  # type: ignore[no-untyped-def]
        for refusal in refusals:
            raise refusal
        return await real(work)

    monkeypatch.setattr(store._database, "write", write)
    running = asyncio.create_task(keeper.run())
    while not keeper.pruned:
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await left(store) == []


# -- what takes space ---------------------------------------------------------------------------


async def test_every_table_is_counted_and_measured(store: Store) -> None:
    for _ in range(5):
        await saved(store, 1)
    space = await store.space({})
    tables = {one.name: one for one in space.tables}
    assert tables["estimates"].rows == tables["receipts"].rows == 5
    assert tables["errors"].rows == 0
    sizes = [one.bytes for one in space.tables]
    assert all(size is not None and size >= 0 for size in sizes)
    assert 0 < sum(size or 0 for size in sizes) <= space.database_bytes
    assert sizes == sorted(sizes, key=lambda size: -(size or 0))


async def test_a_folder_is_measured_with_all_inside_it(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "recordings" / "may"
    folder.mkdir(parents=True)
    (folder / "a").write_bytes(b"12345")
    (folder.parent / "b").write_bytes(b"123")
    space = await store.space({"Recordings": folder.parent, "Models": tmp_path / "absent"})
    assert [(f.name, f.files, f.bytes) for f in space.folders] == [
        ("Recordings", 2, 8),
        ("Models", 0, 0),
    ]


async def test_room_left_by_what_was_deleted_is_told(tmp_path: Path) -> None:
    async with await Store.open(f"sqlite:///{tmp_path}/fathom.db") as store:
        before = (await store.space({})).reusable_bytes
        for number in [await saved(store, 1) for _ in range(40)]:
            await store.estimates.delete(number)
        after = await store.space({})
    assert before == 0 and after.reusable_bytes is not None and after.reusable_bytes > 0
    assert after.disk_free_bytes is not None and after.disk_free_bytes > 0


async def test_a_large_file_is_measured_only_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.space.MEASURED_BYTES", 1)
    async with await Store.open(f"sqlite:///{tmp_path}/fathom.db") as store:
        quick, exact = await store.space({}), await store.space({}, exact=True)
    assert "every page" in quick.note and {one.bytes for one in quick.tables} == {None}
    assert exact.note == "" and None not in {one.bytes for one in exact.tables}
