"""Archives of others: hand-written files, every refusal, and books equal to a plain rebuild."""

import gzip
import io
import json
import tarfile
import tracemalloc
import zipfile

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds.base import SequenceGap
from feeds.fathom import Fathom, Frame
from feeds.imports.archive import import_archive, read_instruments
from feeds.imports.message import ArchiveError
from feeds.playback import Playback
from feeds.recorded import open_recording
from feeds.recording import read
from feeds.survey import survey
from market.book import BookUpdate, OrderBook
from tests import builders

SWAP = builders.swap()
FACTS = {SWAP.venue_symbol: SWAP}
T0 = 1_790_000_000_000_000  # us
CHANGES = "exchange,symbol,timestamp,local_timestamp,is_snapshot,side,price,amount"


def row(at, flag, side, price, amount, symbol="BTC-USDT-SWAP"):
    return f"okex-swap,{symbol},{T0 + at},{T0 + at + 5},{flag},{side},{price},{amount}"


def changes(*rows, header=CHANGES):
    return "\n".join([header, *rows]) + "\n"


WHOLE = changes(
    row(0, "true", "bid", 60000, 10),
    row(0, "true", "bid", 59999, 20),
    row(0, "true", "ask", 60001, 5),
    row(10, "false", "bid", 60000, 0),
    row(10, "false", "ask", 60001, 7),
)

DEPTH_HEADER = "exchange,symbol,timestamp,local_timestamp," + ",".join(
    f"{side}[{level}].{what}"
    for level in range(25)
    for side in ("asks", "bids")
    for what in ("price", "amount")
)


def depth_row(at, levels):
    """`levels` of (ask, amount, bid, amount); the rest of the 25 stays empty."""
    cells = [str(cell) for level in levels for cell in level] + [""] * (100 - 4 * len(levels))
    return f"okex-swap,BTC-USDT-SWAP,{T0 + at},{T0 + at + 5}," + ",".join(cells)


def okx(action, ms, asks=(), bids=(), symbol="BTC-USDT-SWAP"):
    return json.dumps(
        {
            "instId": symbol,
            "action": action,
            "ts": str(1_790_000_000_000 + ms),
            "asks": [[str(price), str(size), "1"] for price, size in asks],
            "bids": [[str(price), str(size), "1"] for price, size in bids],
        }
    )


OKX = "\n".join(
    [
        okx("snapshot", 0, asks=[(60001, 5)], bids=[(60000, 10), (59999, 20)]),
        okx("update", 10, asks=[(60001, 7)], bids=[(60000, 0)]),
    ]
)


@pytest.fixture
def brought(tmp_path):
    """Import a text and give the path of the recording."""

    def bring(text, name="a.csv.gz", instruments=FACTS, pack=gzip.compress):
        source = tmp_path / name
        source.write_bytes(pack(text.encode()) if pack else text.encode())
        return import_archive(source, tmp_path / "out.jsonl.gz", instruments)

    return bring


def final_book(path, symbol="BTC-USDT-SWAP"):
    book = OrderBook(symbol)
    for step in Playback(path, open_recording(path)):
        assert step.error is None
        for event in step.events:
            if isinstance(event, BookUpdate) and event.symbol == symbol:
                book.apply(event)
    return book


def levels(book):
    found, counts = book.raw()
    return [
        [(float(found[side, 0, at]), float(found[side, 1, at])) for at in range(counts[side])]
        for side in (0, 1)
    ]


# -- what an import gives ----------------------------------------------------------------------


@pytest.mark.parametrize(("text", "name"), [(WHOLE, "a.csv.gz"), (OKX, "a.data")])
def test_contracts_become_coins(brought, text, name):
    # One contract is 0.01 BTC: 20 contracts are 0.2 BTC, 7 are 0.07.
    bids, asks = levels(final_book(brought(text, name).path))
    assert bids == [(59999.0, pytest.approx(0.2))]
    assert asks == [(60001.0, pytest.approx(0.07))]


def test_inverse_contracts_become_coins_at_their_price(brought):
    # 10 contracts of 100 USD at 50,000 are 0.02 BTC.
    instrument = builders.inverse_swap(venue_symbol="BTC-USDT-SWAP")
    text = changes(row(0, "true", "bid", 50000, 10), row(0, "true", "ask", 50001, 1))
    path = brought(text, instruments={"BTC-USDT-SWAP": instrument}).path
    assert levels(final_book(path))[0] == [(50000.0, pytest.approx(0.02))]


def test_the_best_levels_of_a_row_are_a_whole_book(brought):
    text = "\n".join(
        [
            DEPTH_HEADER,
            depth_row(0, [(60001, 5, 60000, 10), (60002, 1, 59999, 2)]),
            depth_row(9, [(60003, 4, 60002, 8)]),
        ]
    )
    bids, asks = levels(final_book(brought(text).path))
    assert (bids, asks) == ([(60002.0, 0.08)], [(60003.0, 0.04)])


def test_the_best_levels_are_marked_as_partial(brought):
    text = "\n".join([DEPTH_HEADER, depth_row(0, [(60001, 5, 60000, 10)])])
    path = brought(text).path
    updates = [event for step in Playback(path, open_recording(path)) for event in step.events]
    assert [update.is_partial for update in updates] == [True]


def test_both_clocks_are_kept(brought):
    path = brought(WHOLE).path
    first = next(step.events[0] for step in Playback(path, open_recording(path)) if step.events)
    assert (first.event_ns, first.recv_ns) == (T0 * 1000, (T0 + 5) * 1000)


def test_changes_before_the_first_snapshot_are_left_out(brought):
    early = changes(row(-9, "false", "bid", 1, 1), *WHOLE.splitlines()[1:])
    assert brought(early).messages == 2


def test_a_second_snapshot_throws_the_old_book_away(brought):
    text = (
        WHOLE
        + changes(row(20, "true", "bid", 50000, 1), row(20, "true", "ask", 50001, 1)).partition(
            "\n"
        )[2]
    )
    assert [len(side) for side in levels(final_book(brought(text).path))] == [1, 1]


def test_a_snapshot_in_several_messages_is_one_book(brought):
    text = changes(row(0, "true", "bid", 60000, 10), row(1, "true", "ask", 60001, 5))
    assert [len(side) for side in levels(final_book(brought(text).path))] == [1, 1]


def test_rows_of_one_arrival_are_one_message(brought):
    assert brought(WHOLE).messages == 2


def test_two_symbols_in_one_file_stay_apart(brought):
    other = builders.instrument()
    text = WHOLE + row(20, "true", "bid", 2, 3, symbol=other.venue_symbol) + "\n"
    imported = brought(text, instruments={**FACTS, other.venue_symbol: other})
    assert imported.symbols == ("BTC-USDT", "BTC-USDT-SWAP")


def test_columns_are_found_by_name(brought):
    header = "amount,price,side,is_snapshot,local_timestamp,timestamp,symbol,extra"
    text = f"{header}\n3,60000,bid,true,{T0 + 5},{T0},BTC-USDT-SWAP,x\n"
    assert levels(final_book(brought(text).path))[0] == [(60000.0, pytest.approx(0.03))]


def test_the_facts_travel_with_the_recording(brought):
    assert open_recording(brought(WHOLE).path).instruments == FACTS


def test_an_import_is_recognised_as_what_it_is(brought):
    assert open_recording(brought(WHOLE).path).name == "fathom"


def test_a_survey_of_an_import_counts_its_messages(brought):
    path = brought(WHOLE).path
    found = survey(path, open_recording(path))
    assert (found.frames, found.symbols, found.gaps) == (2, ("BTC-USDT-SWAP",), 0)


def test_a_frame_missing_from_an_import_is_a_gap():
    def frame(seq, snapshot=False):
        sides = {"bids": [(1.0, 1.0)], "asks": [(2.0, 1.0)]}
        return msgspec.json.encode(
            Frame(book="BTC-USDT-SWAP", snapshot=snapshot, seq=seq, event_ns=1, **sides)
        )

    venue = Fathom(dict(FACTS))
    venue.receive(frame(1, snapshot=True), 1)
    with pytest.raises(SequenceGap):
        venue.receive(frame(3), 1)


# -- containers --------------------------------------------------------------------------------


def tarred(data):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("folder/"), None)
        info = tarfile.TarInfo("../BTC-USDT-SWAP-L2orderbook-400lv.data")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zipped(data):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("BTC-USDT-SWAP.data", data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "pack"),
    [("a.tar.gz", tarred), ("a.zip", zipped), ("a.data", None), ("a.data.gz", gzip.compress)],
)
def test_the_archive_is_read_as_it_was_downloaded(brought, name, pack):
    assert brought(OKX, name, pack=pack).format == "OKX 400-level archive"


def test_nothing_of_a_tar_is_unpacked(brought, tmp_path):
    brought(OKX, "a.tar.gz", pack=tarred)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tar.gz", "out.jsonl.gz"]


# -- refusals ----------------------------------------------------------------------------------

BAD_ROWS = [
    (row(0, "true", "bid", "nan", 1), "line 2: price is 'nan'"),
    (row(0, "true", "bid", 0, 1), "line 2: price is '0'"),
    (row(0, "true", "bid", "1_0", 1), "line 2: price is '1_0'"),
    (row(0, "true", "bid", 1, -1), "line 2: amount is '-1'"),
    (row(0, "true", "bid", 1, ""), "line 2: amount is ''"),
    (row(0, "true", "bid", 1, "1e999"), "line 2: amount is '1e999'"),
    (row(0, "maybe", "bid", 1, 1), "line 2: is_snapshot is 'maybe'"),
    (row(0, "true", "buy", 1, 1), "line 2: side is 'buy'"),
    (row(-T0, "true", "bid", 1, 1), "line 2: local_timestamp is '5'"),
    (row(0, "true", "bid", 1, 1) + ",more", "line 2: 9 cells where the header has 8"),
    (row(0, "true", "bid", 1, 1, symbol="ETH"), "line 2: no facts for 'ETH'"),
]


@pytest.mark.parametrize(("bad", "problem"), BAD_ROWS)
def test_a_row_that_cannot_be_meant_is_named_by_its_line(brought, bad, problem):
    with pytest.raises(ArchiveError, match="^a.csv.gz " + problem.replace("(", r"\(")):
        brought(changes(bad))


def test_rows_out_of_order_are_refused(brought):
    with pytest.raises(ArchiveError, match="line 3: local_timestamp goes back"):
        brought(changes(row(9, "true", "bid", 1, 1), row(0, "false", "bid", 1, 1)))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"instId":"X"}', "not a line of OKX's archive"),
        (okx("delete", 5), "action is 'delete'"),
        (okx("update", -5), "ts goes back"),
        (okx("update", 15, bids=[("x", 1)]), "price in bids is 'x'"),
        (okx("update", 15, asks=[(1, -1)]), "size in asks is '-1'"),
        (okx("snapshot", 15).replace('"bids": []', '"bids": [["1"]]'), "without price and size"),
    ],
)
def test_a_line_of_okx_that_cannot_be_meant_is_named(brought, line, problem):
    with pytest.raises(ArchiveError, match=f"a.data line 3: .*{problem}"):
        brought(f"{OKX}\n{line}\n", "a.data")


@pytest.mark.parametrize(
    "text", ["", "hello\n", "a,b,c\n1,2,3\n", CHANGES.replace(",side", "") + "\n"]
)
def test_another_kind_of_file_is_refused_with_the_formats_there_are(brought, text):
    with pytest.raises(ArchiveError, match=r"none of the formats.*tardis.*OKX"):
        brought(text)


def test_an_archive_without_a_book_is_refused(brought):
    with pytest.raises(ArchiveError, match="no book in it"):
        brought(changes(row(0, "false", "bid", 1, 1)))


@pytest.mark.parametrize("name", ["a.csv.gz", "a.tar.gz"])
def test_an_archive_cut_short_is_refused(brought, name):
    pack = tarred if name == "a.tar.gz" else gzip.compress
    many = OKX + "\n" + "\n".join(okx("update", 11 + n, bids=[(1 + n, n)]) for n in range(999))
    with pytest.raises(ArchiveError, match="damaged or cut short"):
        brought(many, name, pack=lambda data: pack(data)[:-200])


def test_a_refused_archive_leaves_nothing_behind(brought, tmp_path):
    with pytest.raises(ArchiveError):
        brought(WHOLE + row(20, "true", "bid", "x", 1) + "\n")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv.gz"]


def test_nothing_is_overwritten(brought):
    brought(WHOLE)
    with pytest.raises(ArchiveError, match="exists already"):
        brought(WHOLE)


def test_a_line_longer_than_any_market_data_is_refused(brought, monkeypatch):
    monkeypatch.setattr("feeds.imports.message.MAX_LINE", 200)
    with pytest.raises(ArchiveError, match="line 2: longer than"):
        brought(changes(row(0, "true", "bid", "1" * 300, 1)))


# -- facts -------------------------------------------------------------------------------------


def test_facts_are_read_from_our_own_list(tmp_path):
    path = tmp_path / "facts.json"
    path.write_bytes(msgspec.json.encode([SWAP]))
    assert read_instruments(path) == FACTS


def test_facts_are_read_from_okx_own_answer(tmp_path):
    path = tmp_path / "facts.json"
    listing = {
        "instId": "BTC-USDT-SWAP",
        "instType": "SWAP",
        "state": "live",
        **{"tickSz": "0.1", "lotSz": "0.01", "minSz": "0.01", "uly": "BTC-USDT"},
        **{"settleCcy": "USDT", "ctVal": "0.01", "ctMult": "1", "ctValCcy": "BTC"},
        "ctType": "linear",
    }
    path.write_text(json.dumps({"code": "0", "msg": "", "data": [listing]}))
    assert read_instruments(path) == FACTS


@pytest.mark.parametrize("text", ["", "[{}]", "{}", '[{"venue":"okx"}]'])
def test_facts_that_cannot_be_used_are_refused(tmp_path, text):
    path = tmp_path / "facts.json"
    path.write_text(text)
    with pytest.raises(ArchiveError, match=r"facts\.json"):
        read_instruments(path)


# -- properties --------------------------------------------------------------------------------

Change = tuple[int, bool, str, int, int]
MOVES = st.lists(
    st.tuples(
        st.integers(0, 2),  # us since the row before; 0 = the same message
        st.booleans(),
        st.sampled_from(["bid", "ask"]),
        st.integers(1, 6),
        st.integers(0, 3),
    ),
    max_size=40,
)


def rebuilt(rows):
    """The documented rule, one row at a time on two dicts."""
    sides = {"bid": {}, "ask": {}}
    was_snapshot = None
    for is_snapshot, side, price, amount in rows:
        if was_snapshot is None and not is_snapshot:
            continue
        if is_snapshot and was_snapshot is not True:
            sides = {"bid": {}, "ask": {}}
        was_snapshot = is_snapshot
        sides[side].pop(price, None)
        if amount:
            sides[side][price] = amount
    return [sorted(sides["bid"].items(), reverse=True), sorted(sides["ask"].items())]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(moves=MOVES)
def test_the_book_after_an_import_is_the_book_of_the_rows(tmp_path_factory, moves):
    folder = tmp_path_factory.mktemp("import")
    at, texts, rows = 1, [row(0, "true", "bid", 3, 1)], [(True, "bid", 3, 1)]
    for step, is_snapshot, side, price, amount in moves:
        at += step
        texts.append(row(at, str(is_snapshot).lower(), side, price, amount))
        rows.append((is_snapshot, side, price, amount))
    (folder / "a.csv").write_text(changes(*texts))
    spot = builders.instrument(venue_symbol="BTC-USDT-SWAP")
    imported = import_archive(folder / "a.csv", folder / "out.jsonl.gz", {"BTC-USDT-SWAP": spot})
    assert levels(final_book(imported.path)) == rebuilt(rows)


def test_memory_stays_flat_however_long_the_archive(tmp_path):
    def peak(rows):
        source, target = tmp_path / f"{rows}.csv", tmp_path / f"{rows}.jsonl.gz"
        source.write_text(
            changes(
                *(row(n, "true" if n == 0 else "false", "bid", 1 + n % 50, 1) for n in range(rows))
            )
        )
        tracemalloc.start()
        import_archive(source, target, FACTS)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(100)
    assert peak(20_000) < 2 * peak(2_000)


def test_every_line_of_an_import_can_be_read(brought):
    assert [line.t for line in read(brought(WHOLE).path)] == ["connect", "http", "recv", "recv"]


def test_prices_and_sizes_of_spot_are_kept_exactly(brought):
    spot = builders.instrument(venue_symbol="BTC-USDT-SWAP")
    text = changes(row(0, "true", "bid", "0.1", "0.30000000000000004"))
    bids, _ = levels(final_book(brought(text, instruments={"BTC-USDT-SWAP": spot}).path))
    assert np.array_equal(bids, [(0.1, 0.30000000000000004)])
