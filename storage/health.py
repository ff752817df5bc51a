"""Whether what is saved is being kept, in one frozen value that a page can show."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Event, Lock
from typing import Literal

from storage.errors import (
    DatabaseDamaged,
    DatabaseLocked,
    DiskFailed,
    DiskFull,
    HeldElsewhere,
    ReadOnly,
    SchemaTooNew,
    StorageError,
    Unreachable,
)

State = Literal[
    "ok", "full", "read-only", "busy", "held", "failed", "unreachable", "damaged", "newer", "closed"
]
FAULTS: tuple[tuple[type[StorageError], State], ...] = (
    (HeldElsewhere, "held"),
    (DatabaseLocked, "busy"),
    (DiskFull, "full"),
    (ReadOnly, "read-only"),
    (DiskFailed, "failed"),
    (Unreachable, "unreachable"),
    (DatabaseDamaged, "damaged"),
    (SchemaTooNew, "newer"),
)
"""Faults of the place where things are kept. Other errors concern one request and say nothing
about the next. The first that fits counts."""
TITLES: dict[State, str] = {
    "ok": "SAVING",
    "full": "DISK FULL",
    "read-only": "READ-ONLY",
    "busy": "DATABASE LOCKED",
    "held": "HISTORY IN USE",
    "failed": "DISK FAILS",
    "unreachable": "NO DATABASE",
    "damaged": "DATABASE DAMAGED",
    "newer": "NEWER DATABASE",
    "closed": "CLOSED",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageHealth:
    """The state of the database as a whole."""

    state: State
    reason: str
    """The last fault of this spell in words for the user; empty while all is well."""
    since_ns: int
    """When this state began (UTC)."""
    is_open: bool
    """False: nothing can be read either."""
    faults: int
    """How many writes, reads and openings failed since the start."""
    waiting: int = 0
    """Writes that are queued."""

    @property
    def is_ok(self) -> bool:
        """Whether the next save may be expected to work."""
        return self.state == "ok"

    @property
    def title(self) -> str:
        """Two words for a banner."""
        return TITLES[self.state]


class Condition:
    """Gathers what the writer, the readers and the opening met. Any thread may report."""

    def __init__(self, now_ns: Callable[[], int] = time.time_ns) -> None:
        self._now_ns = now_ns
        self._lock = Lock()
        self.is_bad = Event()
        """Set while something has to be tried again."""
        self.health = StorageHealth(
            state="closed", reason="", since_ns=now_ns(), is_open=False, faults=0
        )

    def worked(self) -> None:
        """The database is open, and took a write."""
        if self.health.state == "ok":  # the usual case costs no lock
            return
        with self._lock:
            self._turn("ok", "", is_open=True)
            self.is_bad.clear()

    def failed(self, error: Exception, *, is_open: bool) -> None:
        """Something went wrong; what is one request's own fault changes nothing."""
        state = next((state for kind, state in FAULTS if isinstance(error, kind)), None)
        if state is None and is_open:
            return
        with self._lock:
            self.health = replace(self.health, faults=self.health.faults + 1)
            self._turn(state or "failed", str(error), is_open=is_open)
            self.is_bad.set()

    def closed(self) -> None:
        """Nothing more will be tried."""
        with self._lock:
            self._turn("closed", "", is_open=False)
            self.is_bad.clear()

    def _turn(self, state: State, reason: str, *, is_open: bool) -> None:
        since = self.health.since_ns if state == self.health.state else self._now_ns()
        self.health = replace(
            self.health, state=state, reason=reason, since_ns=since, is_open=is_open
        )
