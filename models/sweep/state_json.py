"""Market states as JSON that reads back bit for bit."""

from typing import Any

import numpy as np


def plain(value: Any) -> Any:
    """What msgspec does not know, as what it knows."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise NotImplementedError(f"a {type(value).__name__} cannot be written as JSON")


def rich(kind: Any, value: Any) -> Any:
    """A read-only float64 array from a list."""
    if getattr(kind, "__origin__", kind) is not np.ndarray:
        raise NotImplementedError(f"a {kind} cannot be read from JSON")
    array = np.array(value, dtype=np.float64)
    array.flags.writeable = False
    return array
