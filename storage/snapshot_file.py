"""A model snapshot as bytes: a line that says what it is, a header in JSON, and a skops body.

    FATHOM-MODELS 1 <sha256>\\n
    {"source": …, "columns": …, "libraries": …, "metrics": …}\\n
    <skops archive>

sha256 is of everything after the first line. It tells damage and careless change, not intent: that
is what the list of allowed types is for. skops builds only those, so opening a file runs no code of
its author; pickle is never read. What was made with other features, another format or another line
of a library is refused, with the reason, before the body is opened.
"""

from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from typing import Any, Final

import msgspec

from models.learning.probes import COLUMNS
from models.learning.snapshot import MetricRow, ModelSnapshot
from storage.errors import NotStorable, SnapshotRefused

MAGIC: Final = b"FATHOM-MODELS"
FORMAT: Final = 1
LARGEST: Final = 64 << 20
ALLOWED: Final = frozenset({"sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"})
"""Beside numbers, texts, lists, dicts, numpy arrays and scikit-learn's public estimators."""
SAME: Final = {"numpy": 1, "scikit-learn": 2, "skops": 1}
"""Library -> leading numbers of its version that must be those of this program. scikit-learn may
change the inside of its trees with the second."""


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a snapshot says of itself."""

    source: str
    venue: str
    symbol: str
    created_ns: int
    reason: str
    note: str
    columns: tuple[str, ...]
    first_ns: int | None
    last_ns: int | None
    rows: int
    delays: tuple[str, ...]
    libraries: dict[str, str]
    metrics: tuple[MetricRow, ...]


@dataclass(frozen=True, slots=True)
class SnapshotFile:
    """Checked bytes, not yet opened."""

    header: Header
    sha256: str
    content: bytes
    """All of it, as it is exported."""
    body: bytes
    """The skops archive."""


def write(snapshot: ModelSnapshot) -> SnapshotFile:
    """The file of a snapshot, or NotStorable."""
    import skops.io

    header = Header(
        source=snapshot.source,
        venue=snapshot.venue,
        symbol=snapshot.symbol,
        created_ns=snapshot.created_ns,
        reason=snapshot.reason,
        note=snapshot.note,
        columns=snapshot.columns,
        first_ns=snapshot.first_ns,
        last_ns=snapshot.last_ns,
        rows=snapshot.rows,
        delays=snapshot.delays,
        libraries={name: version(name) for name in SAME},
        metrics=snapshot.metrics,
    )
    body = skops.io.dumps(snapshot.body, compression=DEFLATED, compresslevel=FAST)
    rest = msgspec.json.encode(header) + b"\n" + body
    digest = sha256(rest).hexdigest()
    content = b"%s %d %s\n" % (MAGIC, FORMAT, digest.encode()) + rest
    if len(content) > LARGEST:
        raise NotStorable(f"The snapshot has {len(content):,} bytes; {LARGEST:,} are the most.")
    return SnapshotFile(header, digest, content, body)


def check(content: bytes) -> SnapshotFile:
    """Everything that can be judged without opening the body; SnapshotRefused with the reason."""
    if len(content) > LARGEST:
        raise SnapshotRefused(f"The file has {len(content):,} bytes; {LARGEST:,} are the most.")
    first, _, rest = content.partition(b"\n")
    words = first.split(b" ")
    if len(words) != 3 or words[0] != MAGIC:
        raise SnapshotRefused("This is no model snapshot of Fathom.")
    if words[1] != str(FORMAT).encode():
        shown = words[1][:12].decode(errors="replace")
        raise SnapshotRefused(f"Its format is {shown}; this Fathom reads {FORMAT}.")
    digest = sha256(rest).hexdigest()
    if words[2] != digest.encode():
        raise SnapshotRefused("It was changed or damaged: its content does not match its hash.")
    head, _, body = rest.partition(b"\n")
    try:
        header = msgspec.json.decode(head, type=Header)
    except msgspec.MsgspecError as error:
        raise SnapshotRefused(f"Its header cannot be read: {error}.") from None
    _check_libraries(header)
    if header.columns != COLUMNS:
        raise SnapshotRefused(
            "It was taught other features than this Fathom has: "
            f"{', '.join(sorted(set(header.columns) ^ set(COLUMNS))) or 'in another order'}."
        )
    return SnapshotFile(header, digest, content, body)


def read(content: bytes) -> ModelSnapshot:
    """The snapshot of a file, or SnapshotRefused with the reason."""
    import skops.io

    file = check(content)
    try:
        unknown = set(skops.io.get_untrusted_types(data=file.body)) - ALLOWED
        if unknown:
            raise SnapshotRefused(f"It holds what no model needs: {', '.join(sorted(unknown))}.")
        body: Any = skops.io.loads(file.body, trusted=sorted(ALLOWED))
    except SnapshotRefused:
        raise
    except Exception as error:
        # Whatever a file made by others does to the reader, it is the file that is refused.
        raise SnapshotRefused(f"Its models cannot be opened: {error}.") from error
    if not isinstance(body, dict) or not isinstance(body.get("delays"), dict):
        raise SnapshotRefused("It holds no models.")
    header = file.header
    return ModelSnapshot(
        source=header.source,
        venue=header.venue,
        symbol=header.symbol,
        created_ns=header.created_ns,
        reason=header.reason,
        note=header.note,
        columns=header.columns,
        first_ns=header.first_ns,
        last_ns=header.last_ns,
        rows=header.rows,
        metrics=header.metrics,
        body=body,
    )


def _check_libraries(header: Header) -> None:
    for name, numbers in SAME.items():
        ours, theirs = version(name), header.libraries.get(name, "none")
        if ours.split(".")[:numbers] != theirs.split(".")[:numbers]:
            raise SnapshotRefused(f"It was made with {name} {theirs}; this Fathom has {ours}.")


DEFLATED: Final = 8
"""zipfile.ZIP_DEFLATED"""
FAST: Final = 3
