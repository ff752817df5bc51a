"""The key that signs browser sessions: made once, kept beside the data, readable by its owner."""

import os
import secrets
from pathlib import Path

SHORTEST = 32
"""A shorter text is no key of ours: a file cut off by a crash must not become an empty secret."""


def session_secret(folder: Path) -> str:
    """The key in `folder`, made at the first start. Raises OSError where it cannot be kept."""
    path = folder / "session.key"
    kept = path.read_text().strip() if path.exists() else ""
    if len(kept) >= SHORTEST:
        return kept
    made = secrets.token_urlsafe(48)
    # Written beside and moved into place, so that a crash leaves no half of it.
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    beside.touch(mode=0o600)
    with beside.open("w") as file:
        file.write(made)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    return made
