"""Tries again by itself while the database cannot be opened or written, with growing pauses."""

import random
from collections.abc import Callable
from threading import Event, Thread

from storage.health import Condition

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0


class Keeper:
    """One thread that sleeps while all is well. `attempt` reports to the condition itself."""

    def __init__(
        self, condition: Condition, attempt: Callable[[], None], first_pause_s: float
    ) -> None:
        self._condition = condition
        self._attempt = attempt
        self._first_pause_s = first_pause_s
        self._end = Event()
        self._thread = Thread(target=self._run, name="storage-keeper", daemon=True)

    def start(self) -> None:
        """Begin to watch the condition."""
        self._thread.start()

    def close(self) -> None:
        """Try no more; waits for an attempt that is under way."""
        self._end.set()
        self._condition.is_bad.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        pause_s = self._first_pause_s
        while self._condition.is_bad.wait() and not self._end.is_set():
            # Jitter, so that several apps on one server do not come back in step.
            if self._end.wait(pause_s * random.uniform(0.8, 1.2)):
                return
            self._attempt()
            pause_s = (
                min(2 * pause_s, LONGEST_PAUSE_S)
                if self._condition.is_bad.is_set()
                else self._first_pause_s
            )
