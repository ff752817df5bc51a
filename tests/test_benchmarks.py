"""The benchmarks run, and everyone they compare does the same job. No timing is asserted."""

from dataclasses import replace

import pytest

from benchmarks import __main__ as command
from benchmarks import bench_growth, frames
from benchmarks.bench_tick import FASTER
from benchmarks.contenders import contenders
from benchmarks.equality import Disagreement, check
from benchmarks.report import page, terminal, with_sections
from benchmarks.row import Row, at_least, at_most
from benchmarks.stopwatch import Block, Spread, interleave, ratio


def recorded_or_made() -> frames.Frames:
    return frames.load()


@pytest.mark.parametrize("source", [recorded_or_made, frames.synthetic])
def test_every_contender_finds_our_touch_and_our_costs(source) -> None:
    given = source()
    (ours, *others), missing = contenders(given)
    agreements = check(ours, others, given)
    assert len(agreements) == 5 - len(missing)


def test_a_contender_that_does_another_job_is_refused() -> None:
    given = frames.synthetic(n_updates=3)
    (ours, other, *_), _ = contenders(given)
    other.ladder.work = replace(other.ladder.work, taker_bps=11.0)
    with pytest.raises(Disagreement, match="pure Python"):
        check(ours, [other], given)


def test_recorded_messages_in_todays_form_keep_their_levels_and_are_linked() -> None:
    old = [
        b'{"data":[{"asks":[["1","2","0","1"]],"bids":[],"ts":"1","checksum":-5}]}',
        b'{"data":[{"asks":[],"bids":[["1","0","0","0"]],"ts":"2","checksum":7}]}',
    ]
    first, second = frames.linked(old)
    assert first.startswith(old[0][:50])
    assert first.endswith(b'"checksum":0,"prevSeqId":-1,"seqId":79000000001}]}')
    assert second.endswith(b'"checksum":0,"prevSeqId":79000000001,"seqId":79000000002}]}')


def test_made_up_books_keep_their_number_of_levels() -> None:
    work = contenders(frames.synthetic(n_updates=2))[0][0]
    for frame in bench_growth.made(25):
        work.tick(frame)
        assert work.book.level_count == (25, 25)


@pytest.mark.parametrize("name", ["tick", "paced", "decode", "estimate"])
def test_the_smoke_run_prints_a_table_and_writes_nothing(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    monkeypatch.setattr(command, "RESULTS", tmp_path / "RESULTS.md")
    command.main([name, "--quick"])
    printed = capsys.readouterr().out
    assert "processor" in printed
    assert "×" in printed
    assert not (tmp_path / "RESULTS.md").exists()


def test_an_unknown_benchmark_is_refused_with_the_names_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        command.main(["nothing"])
    assert "tick, paced, decode" in capsys.readouterr().err


def test_every_promise_about_a_reference_names_one_that_is_measured() -> None:
    found, missing = contenders(frames.synthetic(n_updates=2))
    assert FASTER.keys() <= {each.name for each in found} | set(missing)


def test_a_ratio_compares_blocks_of_the_same_round() -> None:
    times = {"ours": [2.0, 40.0, 6.0], "floor": [1.0, 10.0, 2.0]}
    assert ratio(times, "ours", "floor").median == 3.0


def test_every_block_runs_once_a_round_and_once_unmeasured() -> None:
    runs: list[str] = []
    blocks = {name: Block(lambda n=name: runs.append(n)) for name in ("a", "b")}
    times = interleave(blocks, rounds=3)
    assert {name: len(taken) for name, taken in times.items()} == {"a": 3, "b": 3}
    assert runs == ["a", "b", "b", "a", "a", "b", "b", "a"]


@pytest.mark.parametrize(
    ("median", "target", "moonshot", "verdict"),
    [
        (2.0, at_most(2.2), at_most(1.0), "met"),
        (1.0, at_most(2.2), at_most(1.0), "moonshot met"),
        (2.3, at_most(2.2), at_most(1.0), "NOT MET"),
        (3.9, at_least(4), at_least(10), "NOT MET"),
        (10.0, at_least(4), at_least(10), "moonshot met"),
        (5.0, None, None, ""),
    ],
)
def test_a_row_says_whether_its_promise_is_kept(median, target, moonshot, verdict) -> None:
    spread = Spread(median, median, median)
    row = Row(work="w", reference="r", ratio=spread, target=target, moonshot=moonshot)
    assert row.verdict == verdict


def test_what_could_not_be_measured_is_said_on_the_page() -> None:
    section = ("A tick", "How.", [Row(work="w", reference="ccxt", note="not installed")])
    assert "not installed" in terminal(section)
    assert "| w | ccxt |  |  |  |  | not measured | not installed |" in page(
        [("a", "b")], [section]
    )


def test_a_section_that_was_measured_again_says_when_and_the_others_stay() -> None:
    machine = [("date", "then"), ("commit", "abc"), ("load of the last minutes", "0.1")]
    old = page(machine, [("A tick", "How.", []), ("A page", "So.", [])])
    fresh = with_sections(old, [("date", "now"), *machine[1:]], [("A page", "Anew.", [])])
    assert "How." in fresh and "So." not in fresh
    assert "## A page\n\nMeasured apart from the rest: now, commit abc, load 0.1." in fresh
