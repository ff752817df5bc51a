"""One-minute candles of one instrument: the simulated past, then what the tape prints.

Kept as whole numbers (ticks, lots, sum of tick * lots) in float64 columns, all far below 2**53 a
minute, so sums are exact. The store keeps a month; older minutes fall off.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from feeds.synthetic.history import MINUTES, PastMinutes
from feeds.synthetic.instruments import ListedInstrument
from feeds.synthetic.ladder import Floats

MINUTE_MS: Final = 60_000
DAY_MINUTES: Final = 1_440
TS, OPEN, HIGH, LOW, CLOSE, LOTS, TICK_LOTS = range(7)


@dataclass(frozen=True, slots=True)
class Day:
    """The last 24 hours of prints. Prices in ticks."""

    open: int
    high: int
    low: int
    lots: int
    tick_lots: int  # sum of tick * lots


class Candles:
    """Append-only minutes; the last row is the one still forming."""

    def __init__(
        self, instrument: ListedInstrument, past: PastMinutes, basis: float, now_ms: int
    ) -> None:
        count = len(past.close)
        self._rows: Floats = np.zeros((MINUTES + DAY_MINUTES, 7))
        self._count = count
        minute = now_ms // MINUTE_MS * MINUTE_MS
        rows = self._rows[:count]
        rows[:, TS] = minute - MINUTE_MS * np.arange(count, 0, -1)
        for column, log_price in zip(
            (OPEN, HIGH, LOW, CLOSE), (past.open, past.high, past.low, past.close), strict=True
        ):
            rows[:, column] = np.rint(np.exp(log_price + basis) / instrument.tick)
        lots_a_minute = instrument.turnover / DAY_MINUTES / instrument.lot
        rows[:, LOTS] = np.rint(lots_a_minute * past.activity)
        rows[:, TICK_LOTS] = np.rint(rows[:, LOTS] * rows[:, OPEN : CLOSE + 1].mean(axis=1))
        self._open_minute(minute)

    @property
    def rows(self) -> Floats:
        """(n, 7), oldest first: start (ms), open, high, low, close (ticks), lots, tick * lots."""
        return self._rows[: self._count]

    def record(self, tick: int, lots: int, at_ms: int) -> None:
        """Add one print; prints come in time order."""
        self.roll(at_ms)
        row = self._rows[self._count - 1]
        if row[LOTS] == 0:
            row[OPEN] = row[HIGH] = row[LOW] = tick
        row[HIGH] = max(row[HIGH], tick)
        row[LOW] = min(row[LOW], tick)
        row[CLOSE] = tick
        row[LOTS] += lots
        row[TICK_LOTS] += tick * lots

    def roll(self, now_ms: int) -> None:
        """Open the minutes that have begun, empty ones at the last price."""
        minute = now_ms // MINUTE_MS * MINUTE_MS
        last = int(self._rows[self._count - 1, TS])
        # After a sleep of the whole machine only a day of empty minutes is worth filling.
        first = max(last + MINUTE_MS, minute - (DAY_MINUTES - 1) * MINUTE_MS)
        for start in range(first, minute + 1, MINUTE_MS):
            self._open_minute(start)

    def day(self) -> Day:
        """Totals of the forming minute and the 1,439 before it."""
        rows = self.rows[-DAY_MINUTES:]
        closed, forming = self._closed_day, rows[-1]
        return Day(
            open=int(rows[0, OPEN]),
            high=int(max(closed[HIGH], forming[HIGH])),
            low=int(min(closed[LOW], forming[LOW])),
            lots=int(closed[LOTS] + forming[LOTS]),
            tick_lots=int(closed[TICK_LOTS] + forming[TICK_LOTS]),
        )

    def open_since(self, start_ms: int) -> int:
        """Open of the first minute at or after ``start_ms``, ticks."""
        rows = self.rows
        found = min(int(np.searchsorted(rows[:, TS], start_ms)), len(rows) - 1)
        return int(rows[found, OPEN])

    def bars(self, minutes: int, offset_ms: int) -> Floats:
        """Rows merged into bars of ``minutes`` that start at ``offset_ms`` past whole multiples."""
        rows = self.rows
        if minutes == 1:
            return rows.copy()
        length = minutes * MINUTE_MS
        start = (rows[:, TS] - offset_ms) // length * length + offset_ms
        first = np.flatnonzero(np.diff(start, prepend=-math.inf))
        merged = np.empty((len(first), 7))
        merged[:, TS] = start[first]
        merged[:, OPEN] = rows[first, OPEN]
        merged[:, CLOSE] = rows[np.append(first[1:], len(rows)) - 1, CLOSE]
        merged[:, HIGH] = np.maximum.reduceat(rows[:, HIGH], first)
        merged[:, LOW] = np.minimum.reduceat(rows[:, LOW], first)
        merged[:, LOTS:] = np.add.reduceat(rows[:, LOTS:], first)
        return merged

    def _open_minute(self, start_ms: int) -> None:
        if self._count == len(self._rows):
            kept = self._rows[-MINUTES:].copy()
            self._rows[:MINUTES] = kept
            self._count = MINUTES
        price = self._rows[self._count - 1, CLOSE]
        self._rows[self._count] = (start_ms, price, price, price, price, 0.0, 0.0)
        self._count += 1
        closed = self._rows[max(0, self._count - DAY_MINUTES) : self._count - 1]
        self._closed_day = np.zeros(7)
        self._closed_day[HIGH] = closed[:, HIGH].max()
        self._closed_day[LOW] = closed[:, LOW].min()
        self._closed_day[LOTS:] = closed[:, LOTS:].sum(axis=0)
