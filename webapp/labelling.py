"""Keeps a few of the labels that learning made, for the Analysis page and for exports.

Every half minute a few labels of every market and delay are drawn and written; what a crash loses
is half a minute of them. While the database refuses, that is told once and tried again.
"""

import logging
from typing import Final

from engine.clock import Clock
from engine.learning.trainer import Trainer
from storage.errors import StorageError
from storage.labels import Labels

log = logging.getLogger(__name__)
EVERY_S: Final = 30.0

Market = tuple[str, str, str]


class Labelling:
    """One for the app."""

    def __init__(self, trainer: Trainer, labels: Labels, clock: Clock) -> None:
        self._trainer, self._labels, self._clock = trainer, labels, clock
        self._kept_ns: dict[Market, dict[int, int]] = {}
        """How far each delay of a market is kept."""
        self._has_failed = False

    async def run(self) -> None:
        """For ever."""
        while True:
            await self._clock.sleep(EVERY_S)
            await self.keep()

    async def keep(self) -> None:
        """Draw from what settled since the last time."""
        states = {(each.source, each.venue, each.symbol): each for each in self._trainer.states()}
        self._kept_ns = {market: self._kept_ns.get(market, {}) for market in states}
        try:
            for market, state in states.items():
                self._kept_ns[market] = await self._labels.keep(state, self._kept_ns[market])
        except StorageError as error:
            if not self._has_failed:
                log.warning("labels are not kept: %s", error)
            self._has_failed = True
        else:
            self._has_failed = False
