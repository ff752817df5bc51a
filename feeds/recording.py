"""A recorded session: gzip, one JSON object per line, read lazily.

    t        recv, send, connect, close, http or gap
    ts_ns    local time; absent where none was kept
    conn     which connection                     url      on connect and http
    raw      the text exactly as it was on the wire
    missed   on gap: received frames that are not in the file
    note     on close and gap: why; on recv: what is wrong with the text

A recorder that was killed leaves a line or a gzip member unfinished: reading ends at the last
complete line. Memory stays flat whatever the length of the file.
"""

import gzip
import zlib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from feeds.base import DecodeError


class Direction(StrEnum):
    """What a line records."""

    RECV = "recv"
    SEND = "send"
    CONNECT = "connect"
    HTTP = "http"
    CLOSE = "close"
    GAP = "gap"


class Line(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One line. Kinds a later recorder may add are read too, and ignored by those who play."""

    t: str
    ts_ns: int | None = None
    conn: str = ""
    url: str = ""
    raw: str = ""
    missed: int = 0
    note: str = ""


MAX_LINE_BYTES: Final = 64 << 20
"""A longer line is no market message; it would only fill the memory."""

NO_MEMBER: Final = "Not a gzipped file"
"""How gzip tells rubbish behind a member from a member whose checksum or length is wrong."""

LINE: Final = msgspec.json.Decoder(Line)
TEXT: Final = msgspec.json.Encoder()


def written(line: Line) -> bytes:
    """One line as it stands in a file, its end included."""
    return TEXT.encode(line) + b"\n"


def read(path: Path, skip: int = 0) -> Iterator[Line]:
    """The complete lines in order. Raises DecodeError on a damaged one, OSError on no file.

    skip  lines at the beginning that were read before and are passed over undecoded
    """
    with path.open("rb") as raw, gzip.GzipFile(fileobj=raw) as file:
        number = 0
        while True:
            number += 1
            try:
                text = file.readline(MAX_LINE_BYTES)
            except EOFError:
                return  # the last member was cut off
            except zlib.error as error:
                raise DecodeError(f"{path.name} is damaged after line {number - 1}") from error
            except gzip.BadGzipFile as error:
                if number == 1:
                    raise DecodeError(f"{path.name} is not a gzip file") from error
                if not str(error).startswith(NO_MEMBER):
                    raise DecodeError(f"{path.name} is damaged before line {number}") from error
                return  # something else follows the last whole member
            if not text:
                return
            if not text.endswith(b"\n"):
                if len(text) == MAX_LINE_BYTES:
                    raise DecodeError(f"{path.name} line {number} is longer than any message")
                if not text.rstrip().endswith(b"}"):
                    return  # the recorder was killed while it wrote this line
            if number > skip:
                yield _decode(text, path, number)


def _decode(text: bytes, path: Path, number: int) -> Line:
    try:
        return LINE.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DecodeError(f"{path.name} line {number} is not a recorded line: {error}") from error
