"""Samples the cost of every ticket that runs in a tab, for the cost series of the History page.

Once in a while each running ticket is priced and the answer kept; the same order in two tabs is
one sample. Whatever is new is written once a second, so a crash loses a second at most. A price
that is refused is no sample: a gap in a series means that there was no number.
"""

import logging
from collections.abc import Callable

from engine.clock import Clock
from engine.quoter import Quoter
from market.units import NS_PER_S
from models.base import Request
from storage.errors import NotStorable, StorageError
from storage.series import CostSample, CostSeries, sample_of
from webapp.session import Session

log = logging.getLogger(__name__)

FLUSH_S = 1.0


class Sampler:
    """One for all tabs."""

    def __init__(self, series: CostSeries, quoter: Quoter, clock: Clock, every_s: float) -> None:
        """`every_s` is the time between two samples of a ticket; 0 takes none."""
        self._series = series
        self._quoter = quoter
        self._clock = clock
        self._every_ns = round(every_s * NS_PER_S)
        self._sessions: dict[Session, tuple[Request | None, int]] = {}
        """What was sampled last of each tab, and when it is due again."""
        self._due_ns: dict[str, int] = {}
        """Series -> when it may be sampled next."""
        self._has_failed = False

    def watch(self, session: Session) -> Callable[[], object]:
        """Sample this tab's ticket until the function that is returned is called."""
        self._sessions[session] = (None, 0)
        return lambda: self._sessions.pop(session, None)

    async def run(self) -> None:
        """Sample and write for ever; returns at once where sampling is off."""
        while self._every_ns > 0:
            await self._clock.sleep(FLUSH_S)
            self.look()
            await self.flush()

    def look(self) -> None:
        """Take a sample of every ticket that is due."""
        now_ns = self._clock.steady_ns()
        # Half a turn early: a clock that is a little late must not skip a whole one.
        next_ns = now_ns + self._every_ns - round(FLUSH_S * NS_PER_S / 2)
        self._due_ns = {series: due for series, due in self._due_ns.items() if due > now_ns}
        for session, (request, due_ns) in list(self._sessions.items()):
            if session.reading.request is request and due_ns > now_ns:
                continue
            sample = self._sample(session)
            if sample is None:
                continue
            self._sessions[session] = (session.reading.request, next_ns)
            if sample.series not in self._due_ns:
                self._due_ns[sample.series] = next_ns
                self._series.add(sample)

    async def flush(self) -> None:
        """Write what is new. While the database refuses, it is told once and tried again."""
        try:
            await self._series.flush()
        except StorageError as error:
            if not self._has_failed:
                log.warning("cost samples wait in memory: %s", error)
            self._has_failed = True
        else:
            self._has_failed = False

    def _sample(self, session: Session) -> CostSample | None:
        if session.key is None or session.reading.request is None:
            return None
        quote = self._quoter.quote(session.key, session.reading.request)
        if quote.estimate is None or quote.state is None:
            return None
        try:
            return sample_of(quote.estimate, quote.state)
        except NotStorable:
            return None
