"""The key that signs browser sessions: made once, kept beside the data, readable by its owner."""

import secrets
from pathlib import Path


def session_secret(folder: Path) -> str:
    """The key in `folder`, made at the first start. Raises OSError where it cannot be kept."""
    path = folder / "session.key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()
