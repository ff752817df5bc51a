import gzip
import json
import random
import tracemalloc

import pytest

from feeds.base import DecodeError
from feeds.recording import Direction, Line, read

LINES = [
    {"t": "connect", "ts_ns": 1, "conn": "a", "url": "wss://x/"},
    {"t": "send", "ts_ns": 2, "conn": "a", "raw": "ping"},
    {"t": "recv", "ts_ns": None, "conn": "a", "raw": 'with "quotes" and ü'},
]


def text(*lines):
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "session.jsonl.gz"


def test_lines_come_in_order_with_their_text_as_it_was(path):
    path.write_bytes(gzip.compress(text(*LINES)))
    assert list(read(path)) == [
        Line(t=Direction.CONNECT, ts_ns=1, conn="a", url="wss://x/"),
        Line(t=Direction.SEND, ts_ns=2, conn="a", raw="ping"),
        Line(t=Direction.RECV, ts_ns=None, conn="a", raw='with "quotes" and ü'),
    ]


def test_a_file_of_several_gzip_members_is_one_recording(path):
    path.write_bytes(b"".join(gzip.compress(text(line)) for line in LINES))
    assert len(list(read(path))) == 3


def test_a_last_line_cut_short_is_left_out(path):
    whole = text(*LINES)
    for cut in range(1, len(text(LINES[-1])) - 1):
        path.write_bytes(gzip.compress(whole[: -1 - cut]))
        assert len(list(read(path))) == 2


def test_a_last_line_that_only_lacks_its_newline_is_whole(path):
    path.write_bytes(gzip.compress(text(*LINES).rstrip(b"\n")))
    assert len(list(read(path))) == 3


def test_a_gzip_member_cut_short_anywhere_gives_the_lines_before(path):
    first, second = gzip.compress(text(*LINES)), gzip.compress(text(*LINES))
    for cut in range(1, len(second)):
        path.write_bytes(first + second[:-cut])
        assert 3 <= len(list(read(path))) <= 6


def test_rubbish_behind_the_last_member_is_left_out(path):
    path.write_bytes(gzip.compress(text(*LINES)) + b"rubbish")
    assert len(list(read(path))) == 3


def test_a_line_of_a_kind_we_do_not_know_is_read(path):
    path.write_bytes(gzip.compress(text({"t": "gap", "why": "restart"}, LINES[0])))
    assert [line.t for line in read(path)] == ["gap", "connect"]


@pytest.mark.parametrize("damaged", [b"not json\n", b"7\n", b'{"t":5}\n', b'{"raw":"x"}\n'])
def test_a_damaged_line_in_the_middle_is_named_by_its_number(path, damaged):
    path.write_bytes(gzip.compress(text(LINES[0]) + damaged + text(LINES[1])))
    with pytest.raises(DecodeError, match="line 2"):
        list(read(path))


def test_another_kind_of_file_is_refused(path):
    path.write_bytes(b"PK\x03\x04 not gzip")
    with pytest.raises(DecodeError, match="not a gzip file"):
        list(read(path))


def test_an_empty_file_holds_nothing(path):
    path.write_bytes(b"")
    assert list(read(path)) == []


def test_memory_does_not_grow_with_the_file(path):
    line = text({"t": "recv", "ts_ns": 1, "conn": "a", "raw": "x" * 1000})
    path.write_bytes(gzip.compress(line * 20_000))
    tracemalloc.start()
    try:
        assert sum(1 for _ in read(path)) == 20_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000


@pytest.mark.parametrize("part", ["data", "checksum"])
def test_a_member_damaged_in_the_middle_is_told_not_taken_for_the_end(path, part):
    noise = [{"t": "recv", "raw": str(random.Random(n).getrandbits(999))} for n in range(500)]
    first = bytearray(gzip.compress(text(*noise)))
    place = len(first) - 6 if part == "checksum" else 12
    first[place] ^= 0xFF
    path.write_bytes(bytes(first) + gzip.compress(text(*LINES)))
    with pytest.raises(DecodeError, match="damaged"):
        list(read(path))
