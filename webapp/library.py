"""The catalogue of recordings: what lies in the folder, with what the database knows of it.

A file is played once to know what it holds, and that is kept in the database; whether its bytes are
whole is looked at once after each start. Both are done in threads, one file after the other.
"""

import asyncio
from dataclasses import dataclass, replace

from engine.recordings import Contents, Proof, Shelf, Shelved, look_into, prove
from market.errors import OrderError
from storage.errors import StorageError
from storage.recordings import Recording, Recordings

LONGEST_NOTE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One recording of the catalogue."""

    shelved: Shelved
    held: Contents | None
    """None while it was not looked into."""
    proof: Proof | None
    note: str = ""

    @property
    def file(self) -> str:
        """What it is called."""
        return self.shelved.file


class Library:
    """One writer: the task that runs `look`."""

    def __init__(self, shelf: Shelf, memory: Recordings) -> None:
        self.shelf = shelf
        self.entries: tuple[Entry, ...] = ()
        self.trouble = ""
        """Why the folder or the database cannot be read."""
        self._memory = memory
        self._known: dict[tuple[str, int], tuple[Contents, Proof]] = {}
        """By name and time of change; of this process."""
        self._looking = asyncio.Lock()
        self.is_looking = False

    async def look(self, writing: frozenset[str] = frozenset()) -> None:
        """Bring the entries up to date; files that are being `writing` are not looked into."""
        async with self._looking:
            try:
                await asyncio.to_thread(self.shelf.empty_bin)
                shelved = await asyncio.to_thread(self.shelf.scan)
                kept = {row.file: row for row in await self._memory.list()}
            except (OSError, StorageError) as error:
                self.trouble = str(error)
                return
            self.trouble = ""
            self._show(shelved, kept)
            for each in shelved:
                if not writing & {path.name for path in each.paths} and not self._has(each):
                    self.is_looking = True
                    await self._look_into(each, kept.get(each.file))
                    self._show(shelved, kept)
            self.is_looking = False

    async def annotate(self, file: str, note: str) -> None:
        """Put a note to a recording; OrderError for one that is too long, StorageError."""
        if len(note) > LONGEST_NOTE:
            raise OrderError("note", f"{len(note)} characters", f"at most {LONGEST_NOTE}")
        await self._memory.annotate(file, note)
        self.entries = tuple(
            replace(entry, note=note) if entry.file == file else entry for entry in self.entries
        )

    async def throw_away(self, file: str) -> None:
        """Into the bin; OrderError or OSError where that cannot be done."""
        await asyncio.to_thread(self.shelf.throw_away, file)
        self.entries = tuple(entry for entry in self.entries if entry.file != file)

    async def take_back(self, file: str) -> None:
        """Out of the bin again."""
        await asyncio.to_thread(self.shelf.take_back, file)
        await self.look()

    def find(self, file: str) -> Entry | None:
        """The entry of that name."""
        return next((entry for entry in self.entries if entry.file == file), None)

    def _has(self, shelved: Shelved) -> bool:
        return (shelved.file, shelved.changed_ns) in self._known

    async def _look_into(self, shelved: Shelved, kept: Recording | None) -> None:
        try:
            proof = await asyncio.to_thread(prove, shelved)
            if kept is not None and kept.sha256 == proof.sha256:
                held = _remembered(kept)
            else:
                held = await asyncio.to_thread(look_into, shelved)
                if not held.problem:
                    await self._memory.save(_row(shelved, held, proof))
        except (OSError, StorageError) as error:
            self.trouble = str(error)
            return
        self._known[shelved.file, shelved.changed_ns] = held, proof

    def _show(self, shelved: tuple[Shelved, ...], kept: dict[str, Recording]) -> None:
        self.entries = tuple(self._entry(each, kept.get(each.file)) for each in shelved)

    def _entry(self, shelved: Shelved, kept: Recording | None) -> Entry:
        held, proof = self._known.get((shelved.file, shelved.changed_ns), (None, None))
        return Entry(shelved=shelved, held=held, proof=proof, note=kept.note if kept else "")


def _remembered(kept: Recording) -> Contents:
    return Contents(
        venue=kept.venue,
        source=kept.source,
        symbols=kept.instruments,
        first_ns=kept.start_ns,
        last_ns=kept.end_ns,
        messages=kept.messages,
        gaps=kept.gaps,
    )


def _row(shelved: Shelved, held: Contents, proof: Proof) -> Recording:
    return Recording(
        file=shelved.file,
        source=held.source,
        venue=held.venue,
        instruments=held.symbols,
        start_ns=held.first_ns,
        end_ns=held.last_ns,
        messages=held.messages,
        gaps=held.gaps,
        bytes=shelved.bytes,
        sha256=proof.sha256,
    )
