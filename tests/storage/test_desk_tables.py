"""Configurations, recordings, alerts and errors come back as they went in, on every database."""

import string
from collections.abc import AsyncIterator
from dataclasses import FrozenInstanceError, replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.base import Source
from storage.configurations import Configuration, Configurations
from storage.error_log import SAME_NS
from storage.errors import (
    NameTaken,
    NotStorable,
    UnknownAlert,
    UnknownConfiguration,
    UnknownRecording,
)
from storage.json_body import text_of
from storage.recordings import Recording
from storage.store import Store
from tests.storage.samples import HOSTILE, ns

many_on_one_store = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
STRANGE = [
    *HOSTILE,
    "\x00\x1b[31m",
    "\x00",
    "\x1a0",
    "\x1a1\x00",
    "🦀",
    "'; DROP TABLE x;--",
    "שלום",
]
text = st.text(max_size=20) | st.sampled_from(STRANGE)
names = text.filter(lambda name: name.strip())
whole = st.integers(-(2**63), 2**63 - 1)
leaves = st.none() | st.booleans() | whole | st.floats(allow_nan=False, allow_infinity=False) | text
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3)
)
bodies = st.dictionaries(text, values, max_size=4)
recordings = st.builds(
    Recording,
    file=names,
    source=st.sampled_from(Source),
    venue=text,
    instruments=st.lists(text, max_size=3).map(tuple),
    start_ns=st.none() | ns,
    end_ns=st.none() | ns,
    messages=ns,
    gaps=ns,
    bytes=ns,
    sha256=st.none() | st.text(string.hexdigits, min_size=64, max_size=64),
    note=text,
)
TAPE = Recording(
    file="a.jsonl.gz",
    source=Source.LIVE,
    venue="okx",
    instruments=("BTC-USDT",),
    start_ns=1,
    end_ns=2,
    messages=3,
    gaps=0,
    bytes=4,
    sha256=None,
)


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    async with await Store.open(url) as opened:
        yield opened


@pytest.fixture
def kept(store: Store) -> Configurations:
    ticks = count(1)
    return replace(store.configurations, now_ns=lambda: next(ticks))


def sizes(kind: str, body):
    """A page's check: a ticket with one field."""
    unknown = sorted(set(body) - {"size"})
    if kind != "ticket" or unknown:
        raise ValueError(f"{kind} {unknown}: allowed: a ticket with size")
    return body


# -- configurations -----------------------------------------------------------------------------


@given(name=names, kind=text, body=bodies)
@many_on_one_store
async def test_a_configuration_comes_back_equal(store: Store, name: str, kind: str, body) -> None:
    saved = await store.configurations.save(name, kind, body)
    assert (saved.name, saved.kind, saved.body) == (name, kind, body)
    assert await store.configurations.load(name) == saved
    await store.configurations.delete(name)


@given(name=names, kind=text, body=bodies)
@many_on_one_store
async def test_an_exported_configuration_can_be_imported(
    store: Store, name: str, kind: str, body
) -> None:
    await store.configurations.save(name, kind, body)
    file = await store.configurations.export(name)
    await store.configurations.delete(name)
    again = await store.configurations.import_file(file, lambda _, found: found)
    assert (again.name, again.kind, again.body) == (name, kind, body)
    await store.configurations.delete(name)


async def test_saving_under_the_same_name_replaces_the_body(kept: Configurations) -> None:
    first = await kept.save("mine", "ticket", {"size": 1})
    second = await kept.save("mine", "ticket", {"size": 2})
    assert (second.id, second.created_ns, second.body) == (first.id, 1, {"size": 2})
    assert second.changed_ns > first.changed_ns


async def test_a_name_of_another_kind_is_not_taken_over(kept: Configurations) -> None:
    await kept.save("mine", "ticket", {})
    with pytest.raises(NameTaken, match="There is a ticket of the name “mine” already"):
        await kept.save("mine", "workspace", {})


async def test_the_last_changed_stands_first(kept: Configurations) -> None:
    for name in ("a", "b", "c"):
        await kept.save(name, "ticket", {})
    await kept.save("a", "ticket", {"size": 2})
    assert [one.name for one in await kept.list()] == ["a", "c", "b"]


async def test_one_kind_can_be_listed_alone(kept: Configurations) -> None:
    await kept.save("a", "ticket", {})
    await kept.save("b", "workspace", {})
    assert [one.name for one in await kept.list("workspace")] == ["b"]


async def test_renaming_keeps_the_rest(kept: Configurations) -> None:
    saved = await kept.save("old", "ticket", {"size": 1})
    renamed = await kept.rename("old", "new")
    assert renamed == replace(saved, name="new", changed_ns=renamed.changed_ns)
    with pytest.raises(UnknownConfiguration, match="“old”"):
        await kept.load("old")


async def test_renaming_to_a_name_in_use_is_refused(kept: Configurations) -> None:
    await kept.save("a", "ticket", {})
    await kept.save("b", "ticket", {"size": 1})
    with pytest.raises(NameTaken, match="“a” is in use"):
        await kept.rename("b", "a")
    assert (await kept.load("b")).body == {"size": 1}


async def test_undo_brings_a_configuration_back_as_it_was(kept: Configurations) -> None:
    saved = await kept.save("mine", "ticket", {"size": 1})
    deleted = await kept.delete("mine")
    await kept.restore(deleted)
    await kept.restore(deleted)
    assert await kept.list() == (saved,)


async def test_undo_after_the_name_was_given_away_is_refused(kept: Configurations) -> None:
    await kept.save("mine", "ticket", {"size": 1})
    deleted = await kept.delete("mine")
    await kept.save("mine", "ticket", {"size": 2})
    with pytest.raises(NameTaken):
        await kept.restore(deleted)


async def test_a_file_that_the_check_refuses_is_not_kept(kept: Configurations) -> None:
    await kept.save("mine", "ticket", {"size": 1, "colour": "red"})
    file = await kept.export("mine")
    await kept.delete("mine")
    with pytest.raises(NotStorable, match=r"not imported: ticket .'colour'."):
        await kept.import_file(file, sizes)
    assert await kept.list() == ()


async def test_an_import_does_not_overwrite(kept: Configurations) -> None:
    await kept.save("mine", "ticket", {"size": 1})
    file = await kept.export("mine")
    with pytest.raises(NameTaken):
        await kept.import_file(file, sizes)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not a configuration"),
        (b"[]", "not a configuration"),
        (b'{"fathom_configuration":1,"name":"a","kind":"k","body":{},"more":1}', "more"),
        (b'{"fathom_configuration":1,"name":"a","kind":"k"}', "body"),
        (b'{"fathom_configuration":2,"name":"a","kind":"k","body":{}}', "format 2"),
        (b'{"fathom_configuration":1,"name":" ","kind":"k","body":{}}', "1 to 120 characters"),
        (b'{"fathom_configuration":1,"name":"a","kind":"k","body":' + b'{"a":' * 10_000, "not a"),
    ],
)
async def test_a_file_that_is_none_of_ours_is_refused(
    kept: Configurations, content: bytes, said: str
) -> None:
    with pytest.raises(NotStorable, match=said):
        await kept.import_file(content, lambda _, body: body)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"a": [1.0, float("nan")]}, r"body.a\[1\] is nan"),
        ({"a": {1: 2}}, "key 1 is not a text"),
        ({"a": 2**63}, "whole numbers of 64 bits"),
        ({"a": (1,)}, "a tuple cannot"),
        ({"a": "\ud800"}, "cannot be kept"),
        ({"a": "x" * (1 << 20)}, "too large"),
    ],
)
def test_a_body_that_would_not_come_back_equal_is_refused(body, said: str) -> None:
    with pytest.raises(NotStorable, match=said):
        text_of(body)


@pytest.mark.parametrize("name", ["", " \t", "x" * 121])
async def test_a_name_nobody_could_read_is_refused(kept: Configurations, name: str) -> None:
    with pytest.raises(NotStorable, match="name: 1 to 120 characters"):
        await kept.save(name, "ticket", {})


def test_what_leaves_the_store_is_frozen() -> None:
    one = Configuration(id=1, name="a", kind="k", body={}, created_ns=1, changed_ns=1)
    with pytest.raises(FrozenInstanceError):
        one.name = "b"  # type: ignore[misc]


# -- recordings ---------------------------------------------------------------------------------


@given(recording=recordings)
@many_on_one_store
async def test_a_recording_comes_back_equal(store: Store, recording: Recording) -> None:
    saved = await store.recordings.save(recording)
    assert saved == replace(recording, id=saved.id)
    assert await store.recordings.get(recording.file) == saved
    forgotten = await store.recordings.forget(recording.file)
    assert await store.recordings.save(forgotten) == saved
    await store.recordings.forget(recording.file)


async def test_what_is_known_of_a_file_is_brought_up_to_date(store: Store) -> None:
    first = await store.recordings.save(TAPE)
    await store.recordings.annotate(TAPE.file, "the crash of May")
    again = await store.recordings.save(replace(TAPE, messages=9, sha256="ab"))
    assert (again.id, again.messages, again.sha256) == (first.id, 9, "ab")
    assert again.note == "the crash of May"


async def test_the_newest_recording_stands_first_and_an_empty_one_last(store: Store) -> None:
    for file, start in (("old", 1), ("empty", None), ("new", 2)):
        await store.recordings.save(replace(TAPE, file=file, start_ns=start))
    assert [one.file for one in await store.recordings.list()] == ["new", "old", "empty"]


async def test_recordings_of_one_source_can_be_listed_alone(store: Store) -> None:
    await store.recordings.save(TAPE)
    await store.recordings.save(replace(TAPE, file="b", source=Source.DEMO))
    assert [one.file for one in await store.recordings.list(Source.DEMO)] == ["b"]


async def test_a_file_the_catalogue_does_not_know_is_said_to_be_unknown(store: Store) -> None:
    for verb in (store.recordings.get, store.recordings.forget):
        with pytest.raises(UnknownRecording, match="no recording b "):
            await verb("b")
    with pytest.raises(UnknownRecording):
        await store.recordings.annotate("b", "note")


# -- alerts -------------------------------------------------------------------------------------


@given(name=text, body=bodies, value=st.none() | st.floats(-1e300, 1e300), said=text)
@many_on_one_store
async def test_an_alert_and_its_events_come_back_equal(store: Store, name, body, value, said):
    alert = await store.alerts.add(name, body)
    assert (alert.name, alert.body, alert.is_on) == (name, body, True)
    event = await store.alerts.spoke(alert.id, "on", value, said)
    assert (event.value, event.text) == (value, said)
    assert await store.alerts.events(alert.id) == (event,)
    await store.alerts.restore(await store.alerts.delete(alert.id))
    assert (await store.alerts.list())[-1] == alert
    assert await store.alerts.events(alert.id) == (event,)
    await store.alerts.delete(alert.id)


async def test_only_what_is_given_of_an_alert_changes(store: Store) -> None:
    alert = await store.alerts.add("wide", {"bps": 5})
    off = await store.alerts.change(alert.id, is_on=False)
    assert off == replace(alert, is_on=False)
    assert await store.alerts.change(alert.id, body={"bps": 6}) == replace(off, body={"bps": 6})
    assert await store.alerts.change(alert.id) == replace(off, body={"bps": 6})


async def test_events_come_in_pages_newest_first(store: Store) -> None:
    alert = await store.alerts.add("wide", {})
    made = [await store.alerts.spoke(alert.id, "on", None, "") for _ in range(5)]
    first = await store.alerts.events(limit=2)
    assert [e.id for e in first] == [made[4].id, made[3].id]
    assert [e.id for e in await store.alerts.events(before=first[-1].id, limit=2)] == [
        made[2].id,
        made[1].id,
    ]


async def test_an_event_of_no_alert_is_refused(store: Store) -> None:
    with pytest.raises(UnknownAlert):
        await store.alerts.spoke(7, "on", 1.0, "")
    with pytest.raises(UnknownAlert):
        await store.alerts.change(7, name="x")


async def test_a_value_that_is_no_number_is_refused(store: Store) -> None:
    alert = await store.alerts.add("wide", {})
    with pytest.raises(NotStorable, match="finite"):
        await store.alerts.spoke(alert.id, "on", float("nan"), "")


# -- errors -------------------------------------------------------------------------------------


@given(kind=text, said=text, source=st.none() | st.sampled_from(Source), venue=st.none() | text)
@many_on_one_store
async def test_an_error_comes_back_equal(store: Store, kind, said, source, venue) -> None:
    await store.errors.add("between", str(kind) + str(said))
    logged = await store.errors.add(kind, said, source=source, venue=venue, symbol=venue)
    assert (await store.errors.recent(1))[0] == logged
    assert (logged.kind, logged.text, logged.source, logged.venue) == (kind, said, source, venue)


async def test_an_error_that_comes_again_soon_counts_up(store: Store) -> None:
    times = iter([0, SAME_NS, 3 * SAME_NS])
    errors = replace(store.errors, now_ns=lambda: next(times))
    for _ in range(3):
        await errors.add("gap", "one missed", source=Source.LIVE, venue="okx")
    assert [(e.ns, e.count) for e in await errors.recent()] == [(3 * SAME_NS, 1), (SAME_NS, 2)]
    assert await errors.total() == 3


async def test_another_error_is_another_line(store: Store) -> None:
    await store.errors.add("gap", "a")
    await store.errors.add("gap", "b")
    await store.errors.add("cut", "b")
    assert [e.text for e in await store.errors.recent(kind="gap")] == ["b", "a"]
