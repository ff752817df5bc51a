import json
import re

import msgspec
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeds.base import FeedError
from feeds.okx import Okx
from feeds.okx_scan import SNAPSHOT, UNEXPECTED, UPDATE, scan, scan_plain
from feeds.recording import Direction, read
from market.book import BookUpdate
from tests.feeds import okx_frames as okx

FRAME = okx.book(
    1007,
    1001,
    asks=(("60000.1", "0"), ("60000.3", "3")),
    bids=(("60000", "41"), ("59999.8", "7"), ("1", "0.5")),
)


def both(frame, scale=0.01, is_inverse=False):
    """((fast answer, rows), (plain answer, rows)) for the same frame."""
    answers = []
    for read_frame in (scan, scan_plain):
        rows = np.full((len(frame) // 15 + 1, 2), np.nan)
        answer = read_frame(frame, frame.find(b'"}', 30), rows, scale, is_inverse)
        answers.append((answer, rows[: answer[2]].tolist()))
    return answers


def assert_never_differs(frame, scale=0.01, is_inverse=False):
    """The scanner either leaves a frame to the decoder or gives the same answer, to the bit."""
    fast, plain = both(frame, scale, is_inverse)
    if fast[0][0] != UNEXPECTED:
        assert fast == plain


def test_the_expected_message_is_read_without_the_decoder():
    (answer, rows), _ = both(FRAME)
    assert answer == (UPDATE, 3, 5, 1_790_000_000_100_000_000, 0, 1001, 1007)
    assert rows == [
        [60000.0, 41 * 0.01],
        [59999.8, 7 * 0.01],
        [1.0, 0.5 * 0.01],
        [60000.1, 0.0],
        [60000.3, 3 * 0.01],
    ]


@pytest.mark.parametrize("empty", [{"asks": ()}, {"bids": ()}, {"asks": (), "bids": ()}])
def test_an_empty_side_is_read(empty):
    fast, plain = both(okx.book(10, 10, **empty))
    assert fast == plain
    assert fast[0][0] == UPDATE


def test_the_fields_behind_the_rows_may_stand_in_any_order():
    swapped = FRAME.replace(b'"prevSeqId":1001,"seqId":1007', b'"seqId":1007,"prevSeqId":1001')
    assert swapped != FRAME
    assert both(swapped)[0] == both(FRAME)[0]


@pytest.mark.parametrize("name", ["okx_books_trades_20220513", "okx_books_l2_tbt_20220227"])
def test_every_recorded_book_is_read_fast_and_as_the_decoder_reads_it(recordings, name):
    count = 0
    for line in read(recordings / "okx" / f"{name}.jsonl.gz"):
        if line.t == Direction.RECV and '"action"' in line.raw:
            fast, plain = both(line.raw.encode(), 0.1, bool(count % 2))
            assert fast == plain
            assert fast[0][0] in (UPDATE, SNAPSHOT)
            count += 1
    assert count in (290, 3679)


def test_a_frame_cut_at_any_byte_is_left_to_the_decoder():
    for length in range(len(FRAME)):
        assert both(FRAME[:length])[0][0][0] == UNEXPECTED


def test_a_frame_with_one_byte_more_is_left_to_the_decoder():
    assert both(FRAME + b"}")[0][0][0] == UNEXPECTED


@given(place=st.integers(FRAME.index(b'"},"action"'), len(FRAME) - 1), byte=st.integers(0, 255))
@example(place=FRAME.index(b"60000.1"), byte=ord("-"))
@example(place=FRAME.index(b"1001"), byte=ord("0"))
def test_a_frame_with_a_changed_byte_never_differs(place, byte):
    assert_never_differs(FRAME[:place] + bytes([byte]) + FRAME[place + 1 :])


NUMERALS = st.one_of(
    st.from_regex(r"[0-9]{1,20}(\.[0-9]{1,26})?", fullmatch=True),
    st.decimals(0, 10**15, allow_nan=False).map(str),
    st.sampled_from(
        [
            *("", "-1", "-0", "nan", "NaN", "Infinity", "1e5", "1E-7", ".5", "5.", "1.2.3"),
            *("9007199254740991", "9007199254740992", "9007199254740993", "1_0", "+1", " 1"),
            *("0." + "0" * 21 + "1", "0." + "0" * 22 + "1", "٣", "1" * 40, "0", "00.10"),
        ]
    ),
    st.text(max_size=4),
)
ROWS = st.lists(st.tuples(NUMERALS, NUMERALS), max_size=5).map(tuple)
COUNTERS = st.one_of(st.integers(-(2**70), 2**70), st.sampled_from([-1, 0, 10**18, 10**19]))


@given(
    asks=ROWS,
    bids=ROWS,
    seq=COUNTERS,
    prev=COUNTERS,
    checksum=COUNTERS,
    ts=st.one_of(st.integers(0, 10**16).map(str), st.text(max_size=3)),
    is_inverse=st.booleans(),
)
def test_any_message_is_read_as_the_decoder_reads_it(
    asks, bids, seq, prev, checksum, ts, is_inverse
):
    frame = okx.book(seq, prev, asks=asks, bids=bids, checksum=checksum, ts=ts, action="update")
    assert_never_differs(frame, 100.0, is_inverse)


@given(st.from_regex(r"[1-9][0-9]{0,8}(\.[0-9]{1,6})?", fullmatch=True))
def test_an_ordinary_number_is_read_fast_and_gives_the_bits_of_float(text):
    (answer, rows), _ = both(okx.book(2, 1, asks=((text, text),), bids=()), scale=1.0)
    assert answer[0] == UPDATE
    assert rows == [[float(text), float(text)]]


@given(st.permutations(["asks", "bids", "ts", "checksum", "prevSeqId", "seqId"]), st.data())
def test_another_order_of_keys_and_missing_keys_never_differ(keys, data):
    message = json.loads(FRAME)
    body = message["data"][0]
    kept = data.draw(st.integers(0, len(keys)))
    message["data"] = [{key: body[key] for key in keys[:kept]}]
    assert_never_differs(okx.frame(message))


@pytest.mark.parametrize(
    "change",
    [
        (rb'\["60000",', b'["60000" ,'),  # blanks
        (rb'"0","1"\]', b'"0"]'),  # rows of three, as in full-depth REST
        (rb'"0","1"\]', b'"0","1","9"]'),
        (rb'"0","1"\]', b'"x","1"]'),
        (rb'"checksum":0', b'"checksum":0.5'),
        (rb'"checksum":0', b'"checksum":-0'),
        (rb'"checksum":0', b'"checksum":007'),
        (rb'"checksum":0', b'"new":1,"checksum":0'),
        (rb'"update"', b'"partial"'),
        (rb"\}\]\}$", b"},{}]}"),
        (rb"\}\]\}$", b"}]} "),
        (rb'"ts":"\d+"', b'"ts":"9223372036855"'),  # the last ms that fits, and one more
    ],
)
def test_another_shape_is_left_to_the_decoder(change):
    pattern, replacement = change
    changed = re.sub(pattern, replacement, FRAME)
    assert changed != FRAME
    assert both(changed)[0][0][0] == UNEXPECTED


def test_rows_that_do_not_fit_the_room_are_left_to_the_decoder():
    answer = scan(FRAME, FRAME.find(b'"}', 30), np.empty((4, 2)), 1.0, False)
    assert answer[0] == UNEXPECTED


# -- the same through receive --------------------------------------------------------------------


def outcome(venue, frame):
    """Events in comparable form, or the error's kind."""
    try:
        events = venue.receive(frame, 5)
    except FeedError as error:
        return type(error), error.resync
    return [
        (msgspec.structs.replace(e, rows=None), e.rows.tolist()) if isinstance(e, BookUpdate) else e
        for e in events
    ]


@given(
    frames=st.lists(
        st.builds(
            okx.book,
            st.integers(0, 4),
            st.integers(-1, 4),
            asks=ROWS,
            bids=ROWS,
            symbol=st.sampled_from([okx.SWAP, "BTC-USD-SWAP"]),
        ),
        max_size=8,
    )
)
def test_a_venue_without_the_scanner_says_the_same(frames):
    fast, slow = Okx(okx.listed()), Okx(okx.listed())
    for frame in frames:
        blank = frame.replace(b'{"arg":', b'{ "arg":')  # a shape that only the decoder reads
        assert outcome(fast, frame) == outcome(slow, blank)
