"""The command `verify`: does a saved estimate come out again? Of the history, or of a file.

0   equal bit for bit
1   something differs, or the receipt was changed, or it cannot be read
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from storage.receipt import Receipt
    from storage.receipt_verify import Verdict

EQUAL, NOT_EQUAL = 0, 1


def add_verify(url: str, version: str) -> Callable[[Any], None]:
    """What adds it to a parser's commands, for the history at `url` and this program's version."""

    def add(commands: Any) -> None:
        parser = commands.add_parser("verify", help="compute a saved estimate again and compare")
        parser.add_argument("receipt", help="a number of the history, or a downloaded receipt")
        parser.add_argument("--json", action="store_true", help="for machines")
        parser.set_defaults(command=lambda options: _run(options, url, version))

    return add


def _run(options: argparse.Namespace, url: str, version: str) -> int:
    from storage.errors import StorageError, in_our_words
    from storage.receipt_verify import verify

    try:
        with in_our_words(options.receipt):
            receipt = _read(options.receipt, url)
        verdict = verify(receipt, version)
    except StorageError as error:
        sys.stderr.write(f"fathom: {error}\n")
        return NOT_EQUAL
    sys.stdout.write(_as_json(verdict) if options.json else _as_text(verdict))
    return EQUAL if verdict.is_equal else NOT_EQUAL


def _read(wanted: str, url: str) -> "Receipt":
    """A number means the history, unless a file has that name."""
    from storage.receipt_file import from_file

    if wanted.isascii() and wanted.isdigit() and not Path(wanted).exists():
        return _from_history(int(wanted), url)
    return from_file(Path(wanted).read_bytes()).receipt


def _from_history(number: int, url: str) -> "Receipt":
    """Read beside a running Fathom: nothing is locked and nothing is written."""
    from storage import schema
    from storage.address import Address
    from storage.errors import StorageError, UnknownEstimate
    from storage.estimates import read_receipt

    address = Address(url)
    if address.file and not address.file.exists():
        raise UnknownEstimate(f"There is no history at {address}.")
    engine = address.reading()
    try:
        with engine.connect() as connection:
            found = schema.revision(connection)
            if found != schema.HEAD:
                raise StorageError(
                    f"{address} has schema {found}, this Fathom has {schema.HEAD}: start it once, "
                    "so that it brings the tables up to date."
                )
            return read_receipt(connection, number)
    finally:
        engine.dispose()


def _as_text(verdict: "Verdict") -> str:
    lines = [verdict.sentence]
    lines += [f"  {each.field}: was {each.saved}, is {each.now}" for each in verdict.differences]
    return "\n".join(lines) + "\n"


def _as_json(verdict: "Verdict") -> str:
    import msgspec

    text = msgspec.json.encode({"sentence": verdict.sentence, **msgspec.to_builtins(verdict)})
    return msgspec.json.format(text, indent=2).decode() + "\n"
