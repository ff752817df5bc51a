"""Markets that the user keeps followed in this process, whether or not a page is open on them."""

import asyncio
from functools import partial
from typing import Final

from engine.clock import Clock
from engine.errors import FeedError
from engine.hub import MarketKey
from engine.runner import Runner
from engine.supervisor import Supervisor
from market.errors import OrderError
from models.base import Source

MOST: Final = 24
"""Kept at a time."""
FIRST_RETRY_S, LONGEST_RETRY_S = 5.0, 60.0


class Watchlist:
    """Adds and removes markets while everything runs."""

    def __init__(self, runner: Runner, supervisor: Supervisor, clock: Clock) -> None:
        self._runner = runner
        self._supervisor = supervisor
        self._clock = clock
        self._trouble: dict[MarketKey, str] = {}
        """Why a market that is wanted is not followed yet; empty where it is."""
        self._held: set[MarketKey] = set()
        self._again = asyncio.Event()

    def keys(self) -> tuple[MarketKey, ...]:
        """What is kept, oldest first."""
        return tuple(self._trouble)

    def trouble(self, key: MarketKey) -> str:
        """Why that one is not followed yet."""
        return self._trouble.get(key, "")

    def add(self, key: MarketKey) -> None:
        """Keep a market; OrderError when there are too many. Trying goes on in the background."""
        if key in self._trouble:
            return
        if len(self._trouble) >= MOST:
            raise OrderError("market", "the list is full", f"at most {MOST}; let one go first")
        self._trouble[key] = "opening"
        self._supervisor.start(f"keep {key}", partial(self._keep, key))

    async def remove(self, key: MarketKey) -> None:
        """Let it go; pages that are open on it are not disturbed."""
        self._trouble.pop(key, None)
        await self._supervisor.stop(f"keep {key}")
        if key in self._held:
            self._held.discard(key)
            self._runner.release(key)

    def try_now(self, source: Source, venue: str) -> None:
        """Do not wait for the next try of that venue."""
        self._runner.try_now(source, venue)
        self._again.set()

    async def _keep(self, key: MarketKey) -> None:
        pause_s = FIRST_RETRY_S
        while True:
            try:
                await self._runner.hold(key)
            except OrderError as error:
                self._trouble[key] = str(error)
                return
            except FeedError as error:
                self._trouble[key] = str(error)
            else:
                self._held.add(key)
                self._trouble[key] = ""
                return
            self._again.clear()
            try:
                async with asyncio.timeout(pause_s):
                    await self._again.wait()
            except TimeoutError:
                pause_s = min(2 * pause_s, LONGEST_RETRY_S)
