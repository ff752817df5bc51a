"""One run of the time machine at a time, for all pages: started, watched, cancelled, kept."""

import asyncio
import time
from dataclasses import dataclass
from typing import Final

from engine.errors import FeedError
from engine.player import Player
from engine.time_machine import Course, Pace, run_through
from market.errors import OrderError
from models.base import Request

OVER: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How the run stands."""

    share: float
    """0..1 of the recorded time."""
    eta_s: float | None
    is_running: bool
    is_cancelled: bool
    problem: str


IDLE: Final = Progress(share=0.0, eta_s=None, is_running=False, is_cancelled=False, problem="")


class TimeMachine:
    """Runs an order through the recording that is played; keeps the last course."""

    def __init__(self) -> None:
        self.course: Course | None = None
        self.progress = IDLE
        self._task: asyncio.Task[None] | None = None
        self._is_wanted = True

    @property
    def is_running(self) -> bool:
        """Whether a run is under way."""
        return self._task is not None and not self._task.done()

    def start(self, player: Player, symbol: str, request: Request, pace: Pace) -> None:
        """Price `request` at every moment; OrderError while another run is under way."""
        pace.check()
        if self.is_running:
            raise OrderError("time machine", "a run is under way", "cancel it first")
        self._is_wanted, self.course = True, None
        self._task = asyncio.create_task(
            self._run(player, symbol, request, pace), name="time machine"
        )

    def cancel(self) -> None:
        """End the run; nothing of it is kept."""
        self._is_wanted = False

    async def close(self) -> None:
        """End the run and wait for it."""
        self.cancel()
        if self._task is not None:
            await asyncio.wait((self._task,))

    async def _run(self, player: Player, symbol: str, request: Request, pace: Pace) -> None:
        begun, span = time.monotonic(), player.playing

        def told(ns: int) -> bool:
            length = span.last_ns - span.first_ns
            share = min(OVER, (ns - span.first_ns) / length) if length > 0 else 0.0
            elapsed = time.monotonic() - begun
            eta_s = elapsed * (OVER - share) / share if share > 0 else None
            self._show(share, eta_s=eta_s, is_running=True)
            return self._is_wanted

        self._show(0.0, is_running=True)
        try:
            course = await asyncio.to_thread(
                run_through, player.path, player.fresh, symbol, request, pace, told
            )
        except (OrderError, FeedError, OSError) as error:
            self._show(0.0, problem=str(error))
            return
        self.course = course
        self._show(OVER if course else 0.0, is_cancelled=course is None)

    def _show(
        self,
        share: float,
        *,
        eta_s: float | None = None,
        is_running: bool = False,
        is_cancelled: bool = False,
        problem: str = "",
    ) -> None:
        self.progress = Progress(
            share=share,
            eta_s=eta_s,
            is_running=is_running,
            is_cancelled=is_cancelled,
            problem=problem,
        )
