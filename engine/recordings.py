"""The folder of recordings: what is in it, what each holds, and a bin for what was thrown away.

Everything here reads files, so off the event loop. A recording that was rotated into several files
is one recording, called by its first file.
"""

import hashlib
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from feeds.base import FeedError
from feeds.disk_budget import SUFFIX
from feeds.recorded import open_recording
from feeds.recording import Direction, read
from feeds.rest import is_loopback
from feeds.run_of_files import files_of
from feeds.survey import survey
from market.errors import OrderError
from models.base import Source

BIN: Final = ".bin"
DAYS_IN_BIN: Final = 7
"""After that a deleted recording is gone for good."""
PIECE: Final = 1 << 16
GZIP: Final = 31
LINES_TO_LOOK_AT: Final = 20


class Shelved(msgspec.Struct, frozen=True, kw_only=True):
    """A recording as the folder shows it, without a look inside."""

    file: str
    """Name of its first file."""
    paths: tuple[Path, ...]
    bytes: int
    changed_ns: int


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """What a recording holds."""

    venue: str = ""
    source: Source = Source.LIVE
    """Demo, where it was made of an exchange on this machine."""
    symbols: tuple[str, ...] = ()
    first_ns: int | None = None
    last_ns: int | None = None
    messages: int = 0
    gaps: int = 0
    """Updates that are missing by the venue's numbers, and frames that the recorder dropped."""
    problem: str = ""
    """Why it cannot be played, or what ends it early."""


class Shelf:
    """One folder. No text from a page becomes a path: names are looked up among the files."""

    def __init__(
        self, folder: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.folder = folder
        self._now = now

    def scan(self) -> tuple[Shelved, ...]:
        """All recordings, the newest first; none where there is no folder."""
        found: list[Shelved] = []
        seen: set[Path] = set()
        for path in sorted(self.folder.glob(f"*{SUFFIX}")):
            if path in seen:
                continue
            paths = files_of(path)
            seen.update(paths)
            sizes = [each.stat() for each in paths if each.exists()]
            if sizes:
                size, changed = sum(s.st_size for s in sizes), max(s.st_mtime_ns for s in sizes)
                found.append(Shelved(file=path.name, paths=paths, bytes=size, changed_ns=changed))
        return tuple(sorted(found, key=lambda shelved: -shelved.changed_ns))

    def find(self, file: str) -> Shelved:
        """The recording of that name, or OrderError."""
        found = next((shelved for shelved in self.scan() if shelved.file == file), None)
        if found is None:
            raise OrderError("recording", f"there is no {file[:80]!r}", "a name from the list")
        return found

    def throw_away(self, file: str) -> None:
        """Put its files into the bin of today, from where `take_back` brings them."""
        paths = self.find(file).paths
        today = self.folder / BIN / f"{self._now():%Y%m%d}"
        today.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path in paths:
            path.replace(today / path.name)

    def take_back(self, file: str) -> None:
        """Out of the bin again; OrderError where it is not there or its name is in use."""
        days = sorted((self.folder / BIN).glob("*"), reverse=True)
        found = (each for day in days for each in Shelf(day).scan() if each.file == file)
        binned = next(found, None)
        if binned is None:
            raise OrderError("recording", f"{file[:80]!r} is not in the bin", "what was deleted")
        for path in binned.paths:
            if (self.folder / path.name).exists():
                raise OrderError("recording", f"{path.name} exists again", "another name")
        for path in binned.paths:
            path.rename(self.folder / path.name)

    def empty_bin(self) -> int:
        """Delete for good what lies there longer than DAYS_IN_BIN; gives the bytes freed."""
        freed, oldest = 0, f"{self._now() - timedelta(days=DAYS_IN_BIN):%Y%m%d}"
        for day in (self.folder / BIN).glob("*"):
            if day.name < oldest:
                for path in day.glob(f"*{SUFFIX}"):
                    freed += path.stat().st_size
                    path.unlink()
                day.rmdir()
        return freed


def look_into(shelved: Shelved) -> Contents:
    """Play it once for what it holds; a file that cannot be played says why in `problem`."""
    path = shelved.paths[0]
    try:
        decoder = open_recording(path)
        found = survey(path, decoder)
    except (FeedError, OSError) as error:
        return Contents(source=_source(path), problem=str(error))
    return Contents(
        venue=decoder.name,
        source=_source(path),
        symbols=found.symbols,
        first_ns=found.first_ns,
        last_ns=found.last_ns,
        messages=found.frames,
        gaps=found.gaps + found.missed,
        problem=found.damage or ("" if found.symbols else "no book in it"),
    )


def _source(path: Path) -> Source:
    """Demo, where the connection went to this machine; an archive and a venue are live."""
    try:
        for number, line in enumerate(read(path)):
            if line.t == Direction.CONNECT and line.url:
                address = line.url.replace("ws://", "http://").replace("wss://", "https://")
                return Source.DEMO if is_loopback(address) else Source.LIVE
            if number >= LINES_TO_LOOK_AT:
                break
    except (FeedError, OSError):
        return Source.LIVE
    return Source.LIVE


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the bytes are whole."""

    is_whole: bool
    """Every file was ended in good order; one that was not is read up to its last whole line."""
    sha256: str
    """Of all its files in order, hex."""


def prove(shelved: Shelved) -> Proof:
    """Unpack every byte once. OSError where a file cannot be read."""
    digest, is_whole = hashlib.sha256(), True
    for path in shelved.paths:
        is_whole &= _is_whole(path, digest)
    return Proof(is_whole=is_whole, sha256=digest.hexdigest())


def _is_whole(path: Path, digest: "hashlib._Hash") -> bool:
    pack, is_ended = zlib.decompressobj(GZIP), False
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            while piece:
                try:
                    pack.decompress(piece)
                except zlib.error:
                    return False
                is_ended, piece = pack.eof, pack.unused_data
                if is_ended and piece:
                    pack = zlib.decompressobj(GZIP)
    return is_ended
