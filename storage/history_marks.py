"""Tags and notes beside estimates: what may be written, and how it is kept."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select

from storage.errors import NotStorable
from storage.history import Marks
from storage.tables import NOTES, TAGS

LONGEST_TAG, MOST_TAGS = 40, 20
LONGEST_NOTE = 2_000


def tags_of(text: str) -> tuple[str, ...]:
    """Tags as typed, with commas between them: small letters, sorted, each once."""
    tags = sorted({" ".join(part.lower().split()) for part in text.split(",")} - {""})
    if len(tags) > MOST_TAGS:
        raise NotStorable(f"Tags: {len(tags)} are too many; at most {MOST_TAGS}.")
    for tag in tags:
        if len(tag) > LONGEST_TAG:
            raise NotStorable(f"Tags: “{tag[:20]}…” is too long; at most {LONGEST_TAG} characters.")
    return tuple(tags)


def marks_of(tags: str, note: str) -> Marks:
    """Marks as typed, or NotStorable naming the field and what is allowed there."""
    note = note.strip()
    if len(note) > LONGEST_NOTE:
        raise NotStorable(f"Note: {len(note):,} characters; at most {LONGEST_NOTE:,}.")
    return Marks(tags=tags_of(tags), note=note)


def read_marks(connection: Connection, ids: Sequence[int]) -> dict[int, Marks]:
    """The marks of those lines that have any."""
    tags: defaultdict[int, list[str]] = defaultdict(list)
    tagged = select(TAGS).where(TAGS.c.estimate_id.in_(ids)).order_by(TAGS.c.tag)
    for row in connection.execute(tagged).mappings():
        tags[row["estimate_id"]].append(row["tag"])
    noted = select(NOTES.c.estimate_id, NOTES.c.note).where(NOTES.c.estimate_id.in_(ids))
    notes = {row["estimate_id"]: row["note"] for row in connection.execute(noted).mappings()}
    return {
        number: Marks(tags=tuple(tags.get(number, ())), note=notes.get(number, ""))
        for number in tags.keys() | notes.keys()
    }


def write_marks(connection: Connection, estimate_id: int, marks: Marks) -> None:
    """Put these in the place of those that were there."""
    erase_marks(connection, [estimate_id])
    if marks.tags:
        rows = [{"estimate_id": estimate_id, "tag": tag} for tag in marks.tags]
        connection.execute(insert(TAGS), rows)
    if marks.note:
        row = {"estimate_id": estimate_id, "note": marks.note, "folded": marks.note.casefold()}
        connection.execute(insert(NOTES), row)


def erase_marks(connection: Connection, ids: Sequence[int]) -> None:
    """Forget the marks of those lines."""
    for table in (TAGS, NOTES):
        connection.execute(delete(table).where(table.c.estimate_id.in_(ids)))
