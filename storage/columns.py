"""Column types that hold the same on every database.

Row ids are 64 bits wide. Text takes any character: PostgreSQL knows all but one, SQLite all. The
one is NUL. It is kept as the two characters SUB 0, and SUB itself as SUB 1, so that every text
comes back as it went in and ordinary text stands in the tables as it is. SQLite needs none of it.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, MetaData, String, Text, TypeDecorator
from sqlmodel import AutoString

ID = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only where the type reads INTEGER; it is 64 bits wide there."""
NUL, SUB = "\x00", "\x1a"


def escaped(text: str) -> str:
    """Without NUL; `plain` gives the text back."""
    if NUL in text or SUB in text:
        return text.replace(SUB, f"{SUB}1").replace(NUL, f"{SUB}0")
    return text


def plain(text: str) -> str:
    """What `escaped` was given."""
    if SUB in text:
        return text.replace(f"{SUB}0", NUL).replace(f"{SUB}1", SUB)
    return text


class AnyText(TypeDecorator[str]):
    """A text column that takes every character, on whichever database."""

    impl = String
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """What a value goes through on its way in; None costs nothing."""
        return None if dialect.name == "sqlite" else _unless_none(escaped)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """What a value goes through on its way out."""
        return None if dialect.name == "sqlite" else _unless_none(plain)


class AnyLongText(AnyText):
    """The same, as the type that databases have for long text."""

    impl = Text
    cache_ok = True


def take_any_text(metadata: MetaData) -> None:
    """Make every text column of these tables take every character."""
    for table in metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, Text):
                column.type = AnyLongText()
            elif isinstance(column.type, String | AutoString):
                column.type = AnyText(column.type.length)


def _unless_none(change: Callable[[str], str]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else change(value)
