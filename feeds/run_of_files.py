"""A recording that was rotated into several files, read as one.

A path means: a folder, which has to hold the files of one recording; the first file of a recording
(number 001), with those that follow it; any other file, alone.

Files overlap by the second or so in which the next one got its books (recorder.py). Nothing is
played twice: a file is left where the session of the next begins that was under way at its end.
"""

import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice, pairwise
from pathlib import Path
from typing import Final

import msgspec

from feeds.base import DecodeError
from feeds.disk_budget import SUFFIX
from feeds.recording import LINE, Direction, Line, read

NAME: Final = re.compile(r"(?P<what>.+)_(?P<began>\d{8}T\d{6}Z)_(?P<number>\d{3,})\.jsonl\.gz")
FIRST: Final = 1


def files_of(path: Path) -> tuple[Path, ...]:
    """The files that a path means, in order.

    Raises DecodeError for a folder that holds no recording or several, OSError for no file.
    """
    if path.is_dir():
        runs = _runs(path)
        if len(runs) != 1:
            firsts = ", ".join(run[0].name for run in runs[:MOST_NAMED])
            what = f"{len(runs)} recordings; name one: {firsts}" if runs else f"no *{SUFFIX} file"
            raise DecodeError(f"the folder {path.name} holds {what}")
        return runs[0]
    if _number(path) != FIRST:
        return (path,)
    return next((run for run in _runs(path.parent) if run[0].name == path.name), (path,))


MOST_NAMED: Final = 5


def _runs(folder: Path) -> list[tuple[Path, ...]]:
    """Every recording in a folder: files of one name, whose numbers follow in order of time."""
    runs: list[list[Path]] = []
    for file in sorted(folder.glob(f"*{SUFFIX}")):
        if runs and _follows(file, runs[-1][-1]):
            runs[-1].append(file)
        else:
            runs.append([file])
    return [tuple(run) for run in runs]


def _follows(file: Path, before: Path) -> bool:
    this, last = NAME.fullmatch(file.name), NAME.fullmatch(before.name)
    return (
        this is not None
        and last is not None
        and this["what"] == last["what"]
        and int(this["number"]) == int(last["number"]) + 1
    )


def _number(path: Path) -> int | None:
    name = NAME.fullmatch(path.name)
    return int(name["number"]) if name is not None else None


def read_run(path: Path, skip: int = 0) -> Iterator[Line]:
    """The lines of all files that a path means, in order, without the first `skip`.

    Errors as for `read`.
    """
    files = files_of(path)
    if len(files) == 1:
        yield from read(path if path.is_file() else files[0], skip)
        return
    yield from islice(_lines(files), skip, None)


def _lines(files: tuple[Path, ...]) -> Iterator[Line]:
    for file, following in pairwise(files):
        end_ns = _taken_over_ns(following, _last_ns(file))
        for line in read(file):
            if end_ns is not None and line.ts_ns is not None and line.ts_ns >= end_ns:
                break
            yield line
    yield from read(files[-1])


def _taken_over_ns(file: Path, end_ns: int | None) -> int | None:
    """First frame of that session in a file which was under way at a moment; None = none was."""
    began_ns: int | None = None
    if end_ns is not None:
        with suppress(DecodeError):  # told when it is read to be played
            for line in read(file):
                if line.ts_ns is not None and line.ts_ns > end_ns:
                    break
                if line.t in (Direction.CONNECT, Direction.CLOSE):
                    began_ns = None
                elif line.t == Direction.RECV and began_ns is None:
                    began_ns = line.ts_ns
    return began_ns


def _last_ns(file: Path) -> int | None:
    """Stamp of the last whole line that has one."""
    last = b""
    with suppress(EOFError, OSError, zlib.error), gzip.open(file) as lines:
        for text in lines:
            if STAMPED in text:
                last = text
    try:
        return LINE.decode(last).ts_ns
    except msgspec.DecodeError:
        return None


STAMPED: Final = b'"ts_ns":'
