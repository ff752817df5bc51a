"""One file of a recording, fed by one connection: a tap that never waits for the disk.

Lines go through a bounded queue to a thread that compresses and writes. What does not fit the
queue is dropped, counted, and marked in the file by a `gap` line where it is missing.

The file is one gzip stream that is flushed (Z_SYNC_FLUSH) every half second. A reader finds every
line up to the last flush whatever happens to the process, and the stream keeps its dictionary:
measured on recordings of four venues that costs 0.2 to 1.2 % of size at two flushes a second, where
a gzip member each time costs 4 to 33 %. Nothing is forced onto the platter before the segment ends:
a killed process loses less than a second, a power cut may lose more. After a failure the file is
left as it is: what follows a lost piece of a stream could not be read.
"""

import os
import time
import zlib
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from threading import Event, Thread
from typing import Final

import msgspec

from feeds.disk_budget import DiskBudget
from feeds.recording import Direction, Line, written

DRAIN_S: Final = 0.1
FLUSH_S: Final = 0.5
LEVEL: Final = 6
GZIP: Final = 31
MAX_FRAMES: Final = 50_000
MAX_BYTES: Final = 64 << 20
"""Of frames that wait for the disk."""
LINES_AT_ONCE: Final = 1000


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """What may wait for the disk before frames are dropped."""

    frames: int = MAX_FRAMES
    bytes: int = MAX_BYTES


class Segment:
    """A tap that writes. Opens nothing before its connection does; `finish` ends it for good."""

    def __init__(
        self,
        path: Path,
        conn: str,
        budget: DiskBudget,
        *,
        facts: Sequence[Line] = (),
        room: Room | None = None,
    ) -> None:
        """`facts` are the recorded REST answers that a replay needs; they follow the connect."""
        self.path = path
        self.conn = conn
        self.problem = ""
        """Why nothing more is written, for the user; empty while all is well."""
        self.frames = 0
        """Received frames accepted for writing."""
        self.missed = 0
        """Received frames that are not in the file, because the disk did not keep up mostly."""
        self.bytes = 0
        """Compressed bytes written."""
        self._budget = budget
        self._facts = tuple(facts)
        self._room = room or Room()
        self._queue: deque[Line | tuple[bytes, int]] = deque()
        # Each counter has one writer, so their difference needs no lock.
        self._bytes_put = 0
        self._bytes_taken = 0
        self._gap: Line | None = None
        self._is_over = False
        self._finish = Event()
        self._thread: Thread | None = None
        self._file = -1
        self._pack = zlib.compressobj(LEVEL, wbits=GZIP)
        self._flushed_at = 0.0
        self._is_flushed = True

    # -- the tap, on the event loop ------------------------------------------------------------

    def connected(self, url: str, ns: int) -> None:
        """A socket was opened; the first one starts the file."""
        self._put(Line(Direction.CONNECT, ns, self.conn, url))
        if self._thread is None and not self._is_over:
            self._queue.extend(self._facts)
            self._thread = Thread(target=self._run, name=f"write {self.path.name}", daemon=True)
            self._thread.start()

    def received(self, frame: bytes, recv_ns: int) -> None:
        """A frame came: queue it, or count it as missed."""
        if self._is_over:
            return
        waiting = self._bytes_put - self._bytes_taken + len(frame)
        if len(self._queue) >= self._room.frames or waiting > self._room.bytes:
            self.missed += 1
            missed = self._gap.missed + 1 if self._gap is not None else 1
            since = self._gap.ts_ns if self._gap is not None else recv_ns
            self._gap = Line(Direction.GAP, since, self.conn, missed=missed, note=TOO_SLOW)
            return
        self._mark_gap()
        self.frames += 1
        self._bytes_put += len(frame)
        self._queue.append((frame, recv_ns))

    def sent(self, text: str, ns: int) -> None:
        """A frame went out."""
        self._put(Line(Direction.SEND, ns, self.conn, raw=text))

    def fetched(self, url: str, body: bytes, ns: int) -> None:
        """A REST answer came."""
        self._put(answer(self.conn, url, body, ns))

    def skipped(self, frames: int, why: str, ns: int) -> None:
        """Frames came that are not in the file: marked where they are missing."""
        self.missed += frames
        self._put(Line(Direction.GAP, ns, self.conn, missed=frames, note=why))

    def closed(self, reason: str, ns: int) -> None:
        """The socket is gone."""
        self._put(Line(Direction.CLOSE, ns, self.conn, note=reason))

    def _put(self, line: Line) -> None:
        """Rare lines, which are never dropped."""
        if not self._is_over:
            self._mark_gap()
            self._queue.append(line)

    def _mark_gap(self) -> None:
        if self._gap is not None:
            self._queue.append(self._gap)
            self._gap = None

    def finish(self) -> None:
        """Write what waits and close the file. Blocks: not on the event loop."""
        if not self._is_over:
            self._mark_gap()
        self._finish.set()
        if self._thread is not None:
            self._thread.join()
        self._is_over = True

    # -- the thread ----------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._budget.begin(self.path)
            self._file = open_new(self.path)
            while not self._finish.wait(DRAIN_S):
                self._drain()
            self._drain()
            self._end()
        except Exception as error:  # whatever it is, the feed must not feel it
            self.problem = f"the recording stopped: {error}"
            self._is_over = True
            self._queue.clear()
        finally:
            if self._file >= 0:
                os.close(self._file)
            self._budget.end(self.path)

    def _drain(self) -> None:
        while self._queue:
            lines = bytearray()
            for _ in range(min(len(self._queue), LINES_AT_ONCE)):
                lines += self._text(self._queue.popleft())
            self._is_flushed = False
            self._write(self._pack.compress(lines))
        now = time.monotonic()
        if not self._is_flushed and now - self._flushed_at >= FLUSH_S:
            self._write(self._pack.flush(zlib.Z_SYNC_FLUSH))
            self._is_flushed, self._flushed_at = True, now

    def _text(self, item: Line | tuple[bytes, int]) -> bytes:
        if isinstance(item, Line):
            return written(item)
        frame, recv_ns = item
        self._bytes_taken += len(frame)
        try:
            return written(Line(Direction.RECV, recv_ns, self.conn, raw=frame.decode()))
        except UnicodeDecodeError:
            readable = frame.decode(errors="replace")
            return written(Line(Direction.RECV, recv_ns, self.conn, raw=readable, note=NOT_UTF8))

    def _write(self, data: bytes) -> None:
        if data:
            self._budget.take(len(data))
            self._write_out(data)

    def _write_out(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._file, rest) :]
        self.bytes += len(data)

    def _end(self) -> None:
        """Outside the budget, out of its reserve: a file is ended in good order."""
        self._write_out(self._pack.flush(zlib.Z_FINISH))
        os.fsync(self._file)


def answer(conn: str, url: str, body: bytes, ns: int) -> Line:
    """A REST answer as a line."""
    return Line(Direction.HTTP, ns, conn, url, body.decode(errors="replace"))


def open_new(path: Path) -> int:
    """A file descriptor of a file that did not exist."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


TOO_SLOW: Final = "the disk did not keep up"
NOT_UTF8: Final = "not UTF-8; what could not be read is replaced"
