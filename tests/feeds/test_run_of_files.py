"""A recording in several files: which belong together, and nothing played twice."""

import gzip
import json

import pytest

from feeds.base import DecodeError
from feeds.playback import Playback
from feeds.recorded import open_recording
from feeds.recording import Line, written
from feeds.replay import ReplayServer, find_response
from feeds.run_of_files import files_of, read_run
from feeds.survey import survey
from tests.feeds import okx_frames as okx
from tests.feeds.test_replay import played

ONE, TWO, THREE = (f"okx_BTC_20261120T10000{n}Z_00{n}.jsonl.gz" for n in (1, 2, 3))
LATER = "okx_BTC_20261121T100001Z_001.jsonl.gz"


@pytest.fixture
def folder(tmp_path):
    """Writes files of lines."""

    def write(**files):
        for name, lines in files.items():
            packed = gzip.compress(b"".join(written(line) for line in lines))
            (tmp_path / NAMES.get(name, name)).write_bytes(packed)
        return tmp_path

    return write


NAMES = {"one": ONE, "two": TWO, "three": THREE, "later": LATER}


def recv(ns, text="x"):
    return Line("recv", ns, "okx", raw=text)


def connect(ns):
    return Line("connect", ns, "okx", "wss://x/")


def texts(path):
    return [line.raw for line in read_run(path) if line.t == "recv"]


def test_the_first_file_stands_for_all_that_follow_it(folder):
    place = folder(one=[recv(1, "a")], two=[recv(2, "b")], three=[recv(3, "c")])
    assert texts(place / ONE) == ["a", "b", "c"]


@pytest.mark.parametrize("skip", range(5))
def test_lines_that_are_to_be_skipped_are_counted_over_all_files(folder, skip):
    place = folder(one=[recv(1, "a"), recv(2, "b")], two=[recv(3, "c"), recv(4, "d")])
    assert "".join(line.raw for line in read_run(place / ONE, skip)) == "abcd"[skip:]


def test_a_later_file_stands_for_itself(folder):
    place = folder(one=[recv(1, "a")], two=[recv(2, "b")])
    assert texts(place / TWO) == ["b"]


def test_a_folder_of_one_recording_stands_for_it(folder):
    place = folder(one=[recv(1, "a")], two=[recv(2, "b")])
    assert texts(place) == ["a", "b"]


def test_a_folder_whose_oldest_files_were_deleted_plays_the_rest(folder):
    place = folder(two=[recv(2, "b")], three=[recv(3, "c")])
    assert texts(place) == ["b", "c"]


def test_a_recording_ends_where_the_next_one_of_the_same_name_begins(folder):
    place = folder(one=[recv(1, "a")], two=[recv(2, "b")], later=[recv(9, "z")])
    assert [file.name for file in files_of(place / ONE)] == [ONE, TWO]
    assert texts(place / LATER) == ["z"]


def test_a_folder_of_several_recordings_is_refused_with_their_names(folder):
    place = folder(one=[recv(1)], later=[recv(9)])
    with pytest.raises(DecodeError, match=f"2 recordings.*{ONE}, {LATER}"):
        files_of(place)


def test_a_folder_without_a_recording_is_refused(tmp_path):
    with pytest.raises(DecodeError, match="no "):
        files_of(tmp_path)


def test_any_other_file_stands_for_itself(folder):
    place = folder(**{"mine.jsonl.gz": [recv(1, "a")], "mine_too.jsonl.gz": [recv(2, "b")]})
    assert texts(place / "mine.jsonl.gz") == ["a"]


def test_what_both_files_hold_is_played_once(folder):
    one = [connect(1), recv(2, "a"), recv(5, "b"), recv(7, "c")]
    two = [connect(3), recv(5, "B"), recv(7, "C"), recv(9, "D")]
    assert texts(folder(one=one, two=two) / ONE) == ["a", "B", "C", "D"]


def test_a_file_is_left_for_the_session_that_took_over_and_for_none_that_failed(folder):
    failed = [connect(3), recv(4, "failed"), Line("close", 5, "okx")]
    one = [connect(1), recv(2, "a"), recv(6, "b"), recv(9, "c")]
    two = [*failed, connect(7), recv(8, "B"), recv(10, "C")]
    assert texts(folder(one=one, two=two) / ONE) == ["a", "b", "failed", "B", "C"]


def test_a_last_line_cut_short_does_not_hide_the_next_file(folder):
    place = folder(one=[connect(1), recv(2, "a"), recv(4, "b")], two=[connect(3), recv(5, "c")])
    whole = (place / ONE).read_bytes()
    (place / ONE).write_bytes(whole[:-4])
    assert texts(place / ONE) == ["a", "b", "c"]


def book(number, last, ns):
    return recv(ns, okx.book(number, last).decode())


def test_a_survey_counts_the_whole_run_without_a_gap(folder):
    one = [connect(1), book(10, -1, 2), book(11, 10, 4), book(12, 11, 6)]
    two = [connect(3), book(11, -1, 5), book(12, 11, 6), book(13, 12, 8)]
    place = folder(one=one, two=two)
    found = survey(place / ONE, open_recording(place / ONE))
    (instrument,) = found.instruments
    assert (instrument.snapshots, instrument.updates, instrument.gaps) == (2, 3, 0)
    assert found.last_ns == 8


def test_time_never_goes_back_at_a_seam(folder):
    one, two = [connect(5), book(10, -1, 9)], [connect(6), book(11, -1, 8), book(12, 11, 10)]
    place = folder(one=one, two=two)
    moments = [step.ns for step in Playback(place / ONE, open_recording(place / ONE))]
    assert moments == sorted(moments)


async def test_a_replay_plays_the_run_and_answers_from_its_first_file(folder):
    facts = Line("http", 1, "okx", "https://x/facts", raw=json.dumps({"a": 1}))
    place = folder(one=[facts, recv(2, "a")], two=[facts, recv(3, "b")])
    async with ReplayServer(place, None) as server:
        frames, _, _ = await played(server)
    assert [frame for frame in frames if not frame.startswith("{")] == ["a", "b"]
    assert find_response(place, "/facts") == facts.raw
