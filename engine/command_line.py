"""Commands beside serving: replay, record, import, quote. Arguments in, text out, an exit code.

0   done
1   it could not be done; one line on stderr says why
2   the arguments cannot be meant (argparse)
"""

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from engine.headless import replay
from engine.learning.learn_command import add_learn
from engine.quote_command import add_quote
from engine.record import GIB, RecordOrder, record
from engine.replay_text import as_fields, as_table
from engine.score_command import add_fills, add_score
from feeds.base import FeedError
from feeds.catalog import RECORDED, VENUES
from feeds.disk_budget import LEAST
from feeds.imports.archive import Imported, import_archive, read_instruments
from feeds.recorder import RecorderState, RecorderStatus, Rotation
from market.errors import OrderError

DONE, FAILED = 0, 1
MIB: Final = 1 << 20


def run(
    arguments: Sequence[str], recordings: Path, others: Sequence[Callable[[Any], None]] = ()
) -> int:
    """Do one command; `recordings` is where files go when no folder is named.

    Each of `others` adds commands of another floor to the parser's, as `_add_replay` does here.
    """
    options = _parser(recordings, others).parse_args(arguments)
    try:
        done: int = options.command(options)
    except (FeedError, OrderError, OSError) as error:
        _complain(f"{PROGRAM}: {error}")
        return FAILED
    except KeyboardInterrupt:
        _complain(f"{PROGRAM}: stopped")
        return FAILED
    return done


PROGRAM: Final = "fathom"


def _parser(recordings: Path, others: Sequence[Callable[[Any], None]]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python main.py",
        description="Without a command: serve the pages. With one: do it without pages.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_replay(commands.add_parser("replay", help="play a recording and say what is in it"))
    _add_record(commands.add_parser("record", help="record live markets of a venue"), recordings)
    _add_import(
        commands.add_parser("import", help="turn an archive of others into a recording"),
        recordings,
    )
    add_quote(commands.add_parser("quote", help="price an order on a book, or at a past moment"))
    add_learn(commands.add_parser("learn", help="learn from a recording and mark the models"))
    add_score(commands.add_parser("score", help="score quotes on a recording by what followed"))
    add_fills(commands.add_parser("fills", help="shadow limit orders on a recording: do they fill"))
    for add in others:
        add(commands)
    return parser


# -- replay ------------------------------------------------------------------------------------


def _add_replay(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a recording (.jsonl.gz), or its folder")
    parser.add_argument("--venue", default="", help=f"its venue: {', '.join(RECORDED)}")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.set_defaults(command=_replay)


def _replay(options: argparse.Namespace) -> int:
    report = replay(options.file, options.venue)
    _say(_json(as_fields(report)) if options.json else as_table(report))
    return DONE


# -- record ------------------------------------------------------------------------------------


def _add_record(parser: argparse.ArgumentParser, recordings: Path) -> None:
    parser.add_argument("venue", help=", ".join(VENUES))
    parser.add_argument("instruments", nargs="+", metavar="INSTRUMENT", help="the venue's own id")
    parser.add_argument("--minutes", type=_positive, help="how long; until Ctrl-C otherwise")
    parser.add_argument("--out", type=Path, default=recordings, help="folder (%(default)s)")
    parser.add_argument(
        "--endpoint",
        default="",
        help="a region of the venue, or 127.0.0.1:PORT for the embedded exchange",
    )
    parser.add_argument(
        "--budget-mib",
        type=_positive,
        default=10 * GIB / MIB,
        help="disk that all recordings in the folder may take (%(default)g)",
    )
    parser.add_argument(
        "--delete-oldest",
        action="store_true",
        help="make room by deleting the oldest files a recorder wrote; otherwise it stops",
    )
    rotation = Rotation()
    parser.add_argument(
        "--rotate-mib",
        type=_positive,
        default=rotation.bytes / MIB,
        help="size of a file (%(default)g)",
    )
    parser.add_argument(
        "--rotate-minutes",
        type=_positive,
        default=rotation.seconds / 60,
        help="age of a file (%(default)g)",
    )
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.set_defaults(command=_record)


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return value


def _record(options: argparse.Namespace) -> int:
    order = RecordOrder(
        venue=options.venue.lower(),
        symbols=tuple(dict.fromkeys(options.instruments)),
        folder=options.out,
        endpoint=options.endpoint,
        minutes=options.minutes,
        budget_bytes=max(LEAST, round(options.budget_mib * MIB)),
        may_delete_oldest=options.delete_oldest,
        rotation=Rotation(
            bytes=round(options.rotate_mib * MIB), seconds=60 * options.rotate_minutes
        ),
    )
    status = asyncio.run(_record_until_told(order))
    if options.json:
        _say(_json(status))
    else:
        _say(f"{status.frames:,} messages, {status.bytes:,} bytes in {len(status.files)} file(s)")
        if status.missed:
            _say(f"{status.missed:,} messages were dropped: the disk did not keep up")
    if status.state is RecorderState.FAILED:
        _complain(f"{PROGRAM}: {status.problem}")
        return FAILED
    return DONE


async def _record_until_told(order: RecordOrder) -> RecorderStatus:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    return await record(order, stop, _tell_new_files())


def _tell_new_files() -> Callable[[RecorderStatus], None]:
    told: set[Path] = set()

    def tell(status: RecorderStatus) -> None:
        for path in status.files:
            if path not in told:
                told.add(path)
                _complain(f"recording to {path}")

    return tell


# -- import ------------------------------------------------------------------------------------


def _add_import(parser: argparse.ArgumentParser, recordings: Path) -> None:
    parser.add_argument("file", type=Path, help="an archive: tardis CSV, or OKX's 400-level books")
    parser.add_argument(
        "--facts",
        type=Path,
        help="JSON with the instruments' facts (FILE.facts.json beside the archive)",
    )
    parser.add_argument("--out", type=Path, default=recordings, help="folder (%(default)s)")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.set_defaults(command=_import)


def _import(options: argparse.Namespace) -> int:
    source: Path = options.file
    if not source.exists():
        raise FeedError(f"there is no {source}")
    facts: Path = options.facts or source.with_name(f"{source.name}.facts.json")
    if not facts.is_file():
        raise FeedError(
            f"there is no {facts}: an archive does not say what its sizes are counted in; see "
            "docs/recordings.md"
        )
    options.out.mkdir(parents=True, exist_ok=True)
    target = options.out / f"{source.name.partition('.')[0]}.jsonl.gz"
    imported = import_archive(source, target, read_instruments(facts))
    _say(_json(imported) if options.json else _sentence(imported))
    return DONE


def _sentence(imported: Imported) -> str:
    return (
        f"{imported.format}: {imported.messages:,} messages of {', '.join(imported.symbols)} "
        f"written to {imported.path}"
    )


# -- words -------------------------------------------------------------------------------------


def _json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2).decode()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _complain(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
