"""Work that needs what is kept waits for it: pricing goes on without a database."""

import logging
import random
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from engine.clock import Clock
from market.errors import NotKept

log = logging.getLogger(__name__)

T = TypeVar("T")

FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 10.0


async def once_kept(name: str, work: Callable[[], Awaitable[T]], clock: Clock) -> T:
    """What `work` gives, tried again while it raises NotKept; the first refusal is logged."""
    pause_s = FIRST_PAUSE_S
    while True:
        try:
            return await work()
        except NotKept as error:
            if pause_s == FIRST_PAUSE_S:
                log.warning("%s: waits for the database: %s", name, error)
        await clock.sleep(pause_s * random.uniform(0.8, 1.2))
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
