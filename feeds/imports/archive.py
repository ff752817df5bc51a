"""An archive file becomes a recording: opened, recognised, read, converted to base units, written.

Instrument facts are asked from the user, because no archive has them: without the contract
size, sizes may be off by a factor of 100. The result appears under its name only when it is whole.
"""

import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import IO, Final, cast

import msgspec

from feeds.base import DecodeError
from feeds.fathom import INSTRUMENTS_URL, NAME, Frame, decode_instruments
from feeds.imports import okx_archive, tardis
from feeds.imports.message import ArchiveError, Levels, Message, Place, lines
from feeds.okx_rest import decode_instruments as decode_okx_instruments
from feeds.recording import Direction, Line, written
from market.instrument import Instrument

Reader = Callable[[Iterator[str], Place], Iterator[Message]]

FORMATS: Final[Mapping[str, tuple[Callable[[str], bool], Reader]]] = {
    "tardis incremental_book_L2": (tardis.is_changes, tardis.changes),
    "tardis book_snapshot_25": (tardis.is_snapshots, tardis.snapshots),
    "OKX 400-level archive": (okx_archive.is_okx, okx_archive.messages),
}
GZIP_MAGIC: Final = b"\x1f\x8b"
PROGRESS_EVERY: Final = 500


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What an import wrote."""

    path: Path
    format: str
    symbols: tuple[str, ...]
    messages: int
    first_ns: int | None
    last_ns: int | None


def import_archive(
    source: Path,
    target: Path,
    instruments: Mapping[str, Instrument],
    on_progress: Callable[[int], None] | None = None,
) -> Imported:
    """Write `source` as a recording at `target`, which must not exist. Off the event loop.

    `instruments` by the venue's own id. `on_progress` is told the messages written so far, now and
    then. Raises ArchiveError, which names the line, and OSError.
    """
    if target.exists():
        raise ArchiveError(f"{target} exists already", is_final=True)
    part = target.with_name(target.name + ".part")
    place = Place(source.name)
    try:
        with ExitStack() as stack:
            content = lines(stack.enter_context(_text(source, place, stack)), place)
            first = next(content, "")
            name, reader = _recognise(first, place)
            messages = reader(chain((first,), content), place)
            out = stack.enter_context(gzip.GzipFile(part, "xb", compresslevel=6))
            imported = _write(messages, place, out, instruments, on_progress)
        part.rename(target)
    except (EOFError, zlib.error, gzip.BadGzipFile, tarfile.TarError, zipfile.BadZipFile) as error:
        place.fail(f"the archive is damaged or cut short: {error}")
    except UnicodeDecodeError as error:
        place.fail(f"not text: {error}")
    finally:
        part.unlink(missing_ok=True)
    return msgspec.structs.replace(imported, path=target, format=name)


def read_instruments(path: Path) -> dict[str, Instrument]:
    """Facts from a JSON file: a list of our instruments, or OKX's answer to /public/instruments.

    Raises ArchiveError or OSError.
    """
    body = path.read_bytes()
    decode = decode_okx_instruments if body.lstrip().startswith(b"{") else decode_instruments
    try:
        return decode(body)
    except DecodeError as error:
        raise ArchiveError(f"{path.name}: {error}", is_final=True) from error


def _write(
    messages: Iterator[Message],
    place: Place,
    out: gzip.GzipFile,
    instruments: Mapping[str, Instrument],
    on_progress: Callable[[int], None] | None,
) -> Imported:
    used: dict[str, int] = {}
    count = 0
    first_ns: int | None = None
    last_ns: int | None = None
    out.write(written(Line(Direction.CONNECT, conn=NAME, url=INSTRUMENTS_URL)))
    facts = msgspec.json.encode(list(instruments.values())).decode()
    out.write(written(Line(Direction.HTTP, conn=NAME, url=INSTRUMENTS_URL, raw=facts)))
    for message in messages:
        instrument = instruments.get(message.symbol)
        if instrument is None:
            place.line = message.line
            place.fail(
                f"no facts for {message.symbol[:40]!r}: without its contract size its sizes "
                "cannot become coins"
            )
        used[message.symbol] = used.get(message.symbol, 0) + 1
        frame = _frame(message, instrument, used[message.symbol])
        raw = msgspec.json.encode(frame).decode()
        out.write(written(Line(Direction.RECV, message.recv_ns, NAME, raw=raw)))
        count += 1
        first_ns = message.recv_ns if first_ns is None else first_ns
        last_ns = message.recv_ns
        if on_progress is not None and count % PROGRESS_EVERY == 0:
            on_progress(count)
    if not count:
        place.fail("no book in it: no snapshot, or no row at all")
    return Imported(
        path=Path(),
        format="",
        symbols=tuple(sorted(used)),
        messages=count,
        first_ns=first_ns,
        last_ns=last_ns,
    )


def _frame(message: Message, instrument: Instrument, seq: int) -> Frame:
    def base(levels: Levels) -> Levels:
        return [(price, instrument.base_of(size, price)) for price, size in levels]

    return Frame(
        book=message.symbol,
        snapshot=message.is_snapshot,
        partial=message.is_partial,
        seq=seq,
        event_ns=message.event_ns,
        bids=base(message.bids),
        asks=base(message.asks),
    )


def _recognise(first: str, place: Place) -> tuple[str, Reader]:
    """The format, by its first line."""
    for name, (is_it, reader) in FORMATS.items():
        if first and is_it(first):
            return name, reader
    place.fail(f"none of the formats that can be imported: {', '.join(FORMATS)}")


def _text(source: Path, place: Place, stack: ExitStack) -> io.TextIOWrapper:
    """The archive as text, whether it is plain, .gz, .tar.gz or .zip; nothing is unpacked on disk.

    Of a .tar or .zip the first file that is not empty is read.
    """
    raw = stack.enter_context(source.open("rb"))
    content: IO[bytes] = raw
    if zipfile.is_zipfile(source):
        content = stack.enter_context(_zipped(stack.enter_context(zipfile.ZipFile(raw)), place))
    elif raw.peek(2).startswith(GZIP_MAGIC):
        content = cast(IO[bytes], stack.enter_context(gzip.GzipFile(fileobj=raw)))
        if source.name.endswith((".tar.gz", ".tgz")):
            tar = stack.enter_context(tarfile.open(fileobj=content, mode="r:"))  # noqa: SIM115
            content = _tarred(tar, place)
    return io.TextIOWrapper(content, encoding="utf-8", newline="")


def _zipped(archive: zipfile.ZipFile, place: Place) -> IO[bytes]:
    for member in archive.infolist():
        if member.file_size:
            return archive.open(member)
    place.fail("the archive is empty")


def _tarred(archive: tarfile.TarFile, place: Place) -> IO[bytes]:
    for member in archive:
        file = archive.extractfile(member) if member.isfile() and member.size else None
        if file is not None:
            return file
    place.fail("the archive is empty")
