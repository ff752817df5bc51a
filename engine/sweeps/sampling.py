"""N states of one market, evenly spaced in the time of a recording.

    t_k = first + k (last - first) / (N - 1)        first: when the market has its first book

The states are those that the app would have had at these moments: a book that could not be trusted
then has no price now, and says so. Blocks while it reads; memory holds one state.
"""

from collections.abc import Iterator
from pathlib import Path

from engine.recorded_state import RecordedMarkets, moment_ns
from feeds.base import FeedError
from feeds.playback import UNSTAMPED_NS
from feeds.run_of_files import read_run
from market.errors import OrderError
from models.base import MarketState
from models.sweep.declaration import Recorded

NAMED = 5
"""Recordings that a refusal names."""


def recording_path(folder: Path, name: str) -> Path:
    """The file of that name in the folder; OrderError where there is none. No other folder."""
    path = folder / name
    if Path(name).name != name or not path.is_file():
        there = sorted(p.name for p in folder.glob("*.jsonl.gz"))[:NAMED] if folder.is_dir() else []
        raise OrderError(
            "states.recording", f"there is no {name!r}", ", ".join(there) or "none yet"
        )
    return path


def sampled(wanted: Recorded, folder: Path) -> Iterator[MarketState]:
    """The states, oldest first. OrderError where recording, market or time cannot be meant."""
    path = recording_path(folder, wanted.recording)
    try:
        yield from _sampled(wanted, path)
    except (FeedError, OSError) as error:
        raise OrderError("states.recording", f"{path.name} cannot be read: {error}") from None


def _sampled(wanted: Recorded, path: Path) -> Iterator[MarketState]:
    begin, end = _span(wanted, path)
    markets = RecordedMarkets(path, wanted.venue)
    first: int | None = None
    given, now = 0, begin
    for ns in markets.steps():
        if first is None and now >= begin and _has_book(markets, wanted.symbol):
            first = max(now, begin)
        while first is not None and given < wanted.count:
            at = _moment(first, end, given, wanted.count)
            if at >= ns:
                break
            yield markets.state(wanted.symbol, at)
            given += 1
        if given == wanted.count:
            return
        now = ns
    if first is None and not _has_book(markets, wanted.symbol):
        raise OrderError("states", f"{path.name} holds no book of it in that time", "another span")
    for rest in range(given, wanted.count):
        at = _moment(first if first is not None else end, end, rest, wanted.count)
        yield markets.state(wanted.symbol, at)


def _moment(first: int, end: int, number: int, count: int) -> int:
    return end if count == 1 else first + number * (end - first) // (count - 1)


def _has_book(markets: RecordedMarkets, symbol: str) -> bool:
    try:
        return markets.state(symbol).book is not None
    except OrderError:
        return False


def _span(wanted: Recorded, path: Path) -> tuple[int, int]:
    """(begin, end) in recorded ns: as wished, else the whole file."""
    first, last = None, 0
    for line in read_run(path):
        last = last + UNSTAMPED_NS if line.ts_ns is None else max(last, line.ts_ns)
        first = last if first is None else first
    if first is None:
        raise OrderError("states.recording", f"{path.name} is empty")
    begin = moment_ns(wanted.start, first) if wanted.start else first
    end = moment_ns(wanted.end, first) if wanted.end else last
    if not first <= begin < end <= last:
        seconds = (last - first) / 1e9
        raise OrderError(
            "states.start", "and end are no stretch of the recording", f"+0 to +{seconds:.6g}"
        )
    return begin, end
