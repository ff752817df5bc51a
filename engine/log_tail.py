"""The last warnings and errors of the log, grouped, for the Errors view."""

import logging
from collections import OrderedDict
from dataclasses import dataclass, replace

MOST_KINDS = 200
MOST_TEXT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """One kind of message: the same place in the code."""

    logger: str
    level: str
    text: str
    """As it was last written."""
    count: int
    first_ns: int
    last_ns: int


class LogTail(logging.Handler):
    """Keeps the newest MOST_KINDS kinds; older ones fall out, memory never grows."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._kinds: OrderedDict[tuple[str, int, str], Logged] = OrderedDict()

    def emit(self, record: logging.LogRecord) -> None:
        """Called by logging, under this handler's lock."""
        key = record.name, record.levelno, str(record.msg)[:MOST_TEXT]
        now_ns = int(record.created * 1e9)
        text = _text(record)
        known = self._kinds.pop(key, None)
        self._kinds[key] = (
            replace(known, text=text, count=known.count + 1, last_ns=now_ns)
            if known
            else Logged(
                logger=record.name,
                level=record.levelname.lower(),
                text=text,
                count=1,
                first_ns=now_ns,
                last_ns=now_ns,
            )
        )
        if len(self._kinds) > MOST_KINDS:
            self._kinds.popitem(last=False)

    def all(self) -> tuple[Logged, ...]:
        """Newest first."""
        self.acquire()
        try:
            return tuple(reversed(self._kinds.values()))
        finally:
            self.release()


def _text(record: logging.LogRecord) -> str:
    text = record.getMessage()
    if record.exc_info and record.exc_info[1] is not None:
        text += f" ({type(record.exc_info[1]).__name__}: {record.exc_info[1]})"
    return text[:MOST_TEXT]
