"""Sweeps that run, wait, and are kept: paused, resumed, cancelled, deleted with a way back."""

import asyncio
from collections.abc import Callable
from typing import Any

from nicegui import background_tasks, ui

from engine.sweeps.run import RunState
from market.errors import OrderError
from storage.errors import StorageError
from webapp import format as fmt
from webapp.components.live_table import LiveTable
from webapp.frames import sweeps as frames
from webapp.tab import Tab
from webapp.theme import panel

UNDO_S = 12.0
"""How long a deleted sweep can be brought back; after that it is gone."""
FLAT = "flat no-caps color=none"


class Queue:
    """What one tab sees of all runs."""

    def __init__(
        self, tab: Tab, on_open: Callable[[int], Any], on_again: Callable[[int], Any]
    ) -> None:
        """`on_open` shows the results of a run, `on_again` its declaration."""
        self._tab, self._desk = tab, tab.services.sweeps
        self._on_open, self._on_again = on_open, on_again
        self._leaving: dict[int, asyncio.Event] = {}
        """Runs that are deleted unless their event is set in time."""
        self._bars: dict[int, tuple[ui.element, ui.label, ui.linear_progress]] = {}
        with ui.element("div").classes("fm-toolbar").props("role=status") as self._undo_bar:
            self._undo_text = ui.label()
            undo = ui.button("Undo", on_click=self._undo).props(FLAT)
            undo.classes("fm-button is-plain").mark("undo-sweep")
        self._undo_bar.set_visibility(False)
        with panel("Under way", "they take turns, chunk by chunk", classes="is-going"):
            self._going = ui.element("div").classes("fm-column")
            self._idle = ui.label("Nothing is being priced now.").classes("fm-none")
        with panel("All sweeps", "newest first"):
            self._table = LiveTable(
                frames.RUN_HEADS,
                self._act,
                caption="Sweeps",
                empty="No sweep was started yet. Declare one, or begin with a preset.",
                opens="Show the results",
            ).mark("sweep-runs")
        self.refresh()

    def refresh(self) -> None:
        """Paint how they stand."""
        runs = [run for run in self._desk.runner.runs() if run.id not in self._leaving]
        self._table.show([frames.run(run) for run in reversed(runs)])
        going = {r.id: r for r in runs if r.state in (RunState.RUNNING, RunState.PREPARING)}
        for run_id in [number for number in self._bars if number not in going]:
            self._bars.pop(run_id)[0].delete()
        for run_id, run in going.items():
            if run_id not in self._bars:
                self._bars[run_id] = self._bar(run_id, run.name)
            _, said, bar = self._bars[run_id]
            bar.set_value(round(run.share, 4))
            said.set_text(_progress(run))
        self._idle.set_visibility(not going)

    def _bar(self, run_id: int, name: str) -> tuple[ui.element, ui.label, ui.linear_progress]:
        with self._going, ui.element("div").classes("fm-going") as line:
            ui.label(f"{run_id}  {name}").classes("fm-subheading")
            bar = ui.linear_progress(0, show_value=False).classes("fm-progress")
            bar.props(f'aria-label="Progress of sweep {run_id}"').mark(f"bar-{run_id}")
            said = ui.label().classes("fm-caption").props("role=status").mark(f"going-{run_id}")
        return line, said, bar

    async def _act(self, name: str, key: str) -> None:
        """A press on a row; a run that is not there any more does nothing."""
        run_id = int(key) if key.isdigit() else 0
        runner = self._desk.runner
        actions = {"pause": runner.pause, "resume": runner.resume, "cancel": runner.cancel}
        if run_id not in {run.id for run in runner.runs()}:
            return
        if name in ("open", "again"):
            (self._on_open if name == "open" else self._on_again)(run_id)
            return
        if name == "delete":
            self._delete(run_id)
        elif name in actions:
            try:
                await actions[name](run_id)
            except (OrderError, StorageError) as error:
                ui.notify(str(error), type="warning")
        self.refresh()

    def _delete(self, run_id: int) -> None:
        """Gone from the list now, from the database when the time to undo is over."""
        kept = self._leaving[run_id] = asyncio.Event()
        self._undo_text.set_text(f"Sweep {run_id} is deleted in {UNDO_S:g} s.")
        self._undo_bar.set_visibility(True)

        async def leave() -> None:
            try:
                async with asyncio.timeout(UNDO_S):
                    await kept.wait()
            except TimeoutError:
                await self._gone(run_id)
            finally:
                self._leaving.pop(run_id, None)

        background_tasks.create(leave(), name=f"delete sweep {run_id}")

    async def _gone(self, run_id: int) -> None:
        """Also when the page was left meanwhile."""
        try:
            await self._desk.delete(run_id)
        except (OrderError, StorageError) as error:
            if not self._undo_bar.is_deleted:
                self._undo_text.set_text(f"Sweep {run_id} could not be deleted: {error}")
            return
        if not self._undo_bar.is_deleted and len(self._leaving) == 1:
            self._undo_bar.set_visibility(False)

    def _undo(self) -> None:
        for kept in self._leaving.values():
            kept.set()
        self._leaving = {}
        self._undo_bar.set_visibility(False)
        self.refresh()


def _progress(run: Any) -> str:
    if run.state is RunState.PREPARING:
        return "Its books are being read …"
    done = f"{fmt.count(run.points_done)} of {fmt.count(run.points)} points"
    if not run.rate:
        return f"{done}, waiting for the first chunk"
    return f"{done} · {fmt.compact(run.rate)} points/s · {fmt.age(run.eta_s)} to go"
