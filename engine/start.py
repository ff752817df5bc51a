"""Which source a fresh page shows: the live venue if it answers, else the demo, said out loud."""

import asyncio
import logging
import random

from engine.clock import Clock
from engine.hub import MarketKey
from engine.runner import Runner
from feeds.base import FeedError
from market.errors import OrderError
from models.base import Source

log = logging.getLogger(__name__)

POLL_S = 0.05
FIRST_RETRY_S, LONGEST_RETRY_S = 15.0, 120.0


class Start:
    """Decides once, then only watches: a running demo is never switched to live by itself."""

    def __init__(
        self,
        runner: Runner,
        clock: Clock,
        *,
        wanted: str,
        venue: str,
        symbol: str,
        live_timeout_s: float,
    ) -> None:
        self._runner = runner
        self._clock = clock
        self._wanted = wanted
        self._live = MarketKey(Source.LIVE, venue, symbol)
        self._timeout_s = live_timeout_s
        self.chosen: MarketKey | None = None
        """The market a fresh page opens; None while the live venue is being tried."""
        self.reason = f"trying {venue}"
        """Why this source, for the banner."""
        self.is_live_back = False
        """True when the demo was chosen because live was silent, and live answers now."""

    async def run(self) -> None:
        """Choose, then keep an eye on the live venue if the demo had to stand in."""
        if self._wanted != "auto":
            self.chosen, self.reason = await self._configured(), "as configured"
            return
        problem = await self._try_live()
        if problem is None:
            self.chosen, self.reason = self._live, f"{self._live.venue} answers"
            return
        self.chosen = self._live._replace(source=Source.DEMO)
        self.reason = f"{self._live.venue} did not answer ({problem})"
        log.warning("%s; the demo exchange stands in", self.reason)
        await self._watch_live()

    async def _configured(self) -> MarketKey:
        """The configured source; a recording that lacks the instrument shows one that it has."""
        key = self._live._replace(source=Source(self._wanted))
        if key.source is not Source.REPLAY:
            return key
        key = key._replace(venue=self._runner.sources.replay_venue)
        self.reason = "reading the recording"
        try:
            held = await self._runner.instruments(key.source, key.venue)
        except FeedError as error:
            log.warning("the recording cannot be played: %s", error)
            return key
        priced = [symbol for symbol, instrument in held.items() if instrument.is_live]
        return key if key.symbol in held else key._replace(symbol=(priced or list(held))[0])

    async def _try_live(self) -> str | None:
        """None when a live book came in time, else what went wrong."""
        is_held = False
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._runner.hold(self._live)
                is_held = True
                while not self._is_priced():
                    await self._clock.sleep(POLL_S)
        except TimeoutError:
            health = self._runner.health(self._live.source, self._live.venue)
            # Why the line is down, a blocked region for one, says more than that it is.
            why = f": {health.last_error}" if health is not None and health.last_error else ""
            return f"nothing within {self._timeout_s:g} s{why}"
        except (FeedError, OrderError) as error:
            return str(error)
        finally:
            if is_held:
                self._runner.release(self._live)
        return None

    def _is_priced(self) -> bool:
        state = self._runner.hub.state(self._live)
        return state is not None and state.book is not None

    async def _watch_live(self) -> None:
        pause_s = FIRST_RETRY_S
        while not self.is_live_back:
            await self._clock.sleep(pause_s * random.uniform(0.8, 1.2))
            self.is_live_back = await self._try_live() is None
            pause_s = min(2 * pause_s, LONGEST_RETRY_S)
