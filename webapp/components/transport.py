"""Play, pause, step and scrub: what moves the recording that a tab shows."""

from collections.abc import Callable
from typing import Any

from nicegui import ui

from engine.player import Player
from engine.remote import Playing, Stride
from market.units import NS_PER_S
from webapp import format as fmt

SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0)
STEPS = 2000
"""Places of the scrubber from one end to the other."""
FLAT = "flat no-caps dense color=none"


class Transport:
    """One line under the banner; hidden where no recording is shown. All tabs move the same one."""

    def __init__(self, player: Callable[[], Player | None]) -> None:
        self._player = player
        self._is_held = False
        """Whether the user has the scrubber in his hand."""
        self._root = ui.element("div").classes("fm-transport")
        with self._root.props('role=group aria-label="Replay"').mark("transport"):
            self._play = self._button("Play", self._toggle, "play")
            self._button("+1 message", lambda: self._step("message"), "step-message")
            self._button("+1 book update", lambda: self._step("book"), "step-book")
            self._speed = ui.select({speed: f"×{speed:g}" for speed in SPEEDS}, value=1.0)
            self._speed.props('outlined dense options-dense aria-label="Speed"').mark("speed")
            self._speed.classes("fm-speed").on_value_change(lambda event: self._go_at(event.value))
            self._slider = ui.slider(min=0, max=STEPS, value=0)
            self._slider.props('aria-label="Recorded time"').classes("fm-scrub").mark("scrub")
            self._slider.on("pan", self._hold, args=None)
            self._slider.on("change", self._drop)
            self._time = ui.label().classes("fm-transport-time").mark("recorded-time")
            self._said = ui.label().classes("fm-transport-said").props("role=status")
        self._shown: Playing | None = None
        self.refresh()

    def refresh(self) -> None:
        """Show how it stands now."""
        player = self._player()
        now = player.playing if player is not None else None
        if now == self._shown:
            self._root.set_visibility(now is not None)
            return
        self._shown = now
        self._root.set_visibility(now is not None)
        if now is None:
            return
        self._play.set_text("Play" if now.is_paused else "Pause")
        self._play.props(f'aria-label="{"Play" if now.is_paused else "Pause"} the recording"')
        options = {speed: f"×{speed:g}" for speed in sorted({*SPEEDS, now.speed})}
        if options != self._speed.options or self._speed.value != now.speed:
            self._speed.set_options(options, value=now.speed)
        if not self._is_held and now.going is None:
            self._slider.value = _place(now)
        self._slider.set_enabled(now.last_ns > now.first_ns)
        self._time.set_text(_time(now))
        self._said.set_text(_said(now))

    def _button(self, label: str, action: Callable[[], None], mark: str) -> ui.button:
        button = ui.button(label, on_click=action).props(f"{FLAT} padding='0 9px'")
        return button.classes("is-plain").mark(mark)

    def _toggle(self) -> None:
        player = self._player()
        if player is None:
            return
        if player.playing.is_paused:
            player.remote.play(is_over=player.is_over)
        else:
            player.remote.pause()
        self.refresh()

    def _step(self, stride: Stride) -> None:
        player = self._player()
        if player is not None and not player.is_over:
            player.remote.step(stride)

    def _go_at(self, speed: float | None) -> None:
        player = self._player()
        if player is not None and speed is not None and speed != player.playing.speed:
            player.remote.set_speed(float(speed))

    def _hold(self, event: Any) -> None:
        self._is_held = event.args == "start"

    def _drop(self, event: Any) -> None:
        """The user let go of the scrubber at a place, or moved it by a key."""
        player = self._player()
        self._is_held = False
        if player is None or not isinstance(event.args, int | float):
            return
        now = player.playing
        share = min(max(event.args / STEPS, 0.0), 1.0)
        player.remote.seek(now.first_ns + round(share * (now.last_ns - now.first_ns)))


def _place(now: Playing) -> int:
    length = now.last_ns - now.first_ns
    return round(STEPS * (now.now_ns - now.first_ns) / length) if length > 0 else 0


def _time(now: Playing) -> str:
    """Recorded time and how far into the recording that is."""
    since, length = _span(now.now_ns - now.first_ns), _span(now.last_ns - now.first_ns)
    if not now.has_times:
        return f"{since}, no times were kept"
    return f"{fmt.time_of_day(now.now_ns)} · {since} / {length}"


def _span(ns: int) -> str:
    minutes, seconds = divmod(ns / NS_PER_S, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02d}:{seconds:04.1f}" if hours else f"{minutes}:{seconds:04.1f}"


def _said(now: Playing) -> str:
    if now.going is not None:
        return f"going there, {fmt.percent(now.going)}"
    if now.problem:
        return now.problem
    if now.is_over:
        return "the end"
    if now.is_paused:
        return "PAUSED"
    return f"this machine keeps up with ×{now.reached:.3g}" if now.reached else ""
