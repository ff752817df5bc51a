"""One instrument as the exchange shows it: flow, sequence number, last print, candles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from feeds.synthetic.candles import Candles
from feeds.synthetic.history import PastMinutes, past_minutes
from feeds.synthetic.instruments import BY_ID, ListedInstrument
from feeds.synthetic.order_flow import OrderFlow
from feeds.synthetic.price_path import PricePath, seeded

MAX_SEQ_STEP: Final = 40
FIRST_SEQ: Final = 79_000_000_000


@dataclass(frozen=True, slots=True)
class Printed:
    """One print with its public identity."""

    trade_id: int
    tick: int
    lots: int
    sign: int  # +1 the taker bought
    fills: int
    at_ms: int
    seq: int


class Listing:
    """State advances only by ``advance``; what subscribers and REST see is always of one moment."""

    def __init__(
        self,
        instrument: ListedInstrument,
        *,
        seed: int,
        path: PricePath,
        past: PastMinutes,
        levels: int,
        now_ms: int,
    ) -> None:
        self.instrument = instrument
        self.levels = levels
        self.flow = OrderFlow(instrument, seed, path, levels)
        self.candles = Candles(instrument, past, self.flow.basis, now_ms)
        self.built_ms = now_ms
        self._random = seeded(seed, instrument.inst_id, "sequence")
        self.seq = FIRST_SEQ + self._random.randrange(10**9)
        self._trade_id = self._random.randrange(10**8, 10**9)
        self._owed_s = 0.0
        bid, _ = self.flow.touch
        self.last = Printed(self._trade_id, bid, instrument.min_lots, -1, 1, now_ms, self.seq)
        self.printed: list[Printed] = []

    def owe(self, dt_s: float) -> float:
        """Let time pass without computing it yet; gives all the time owed so far, s."""
        self._owed_s += dt_s
        return self._owed_s

    def advance(self, now_ms: int) -> None:
        """Compute the time owed. ``now_ms`` is the wall clock at its end."""
        self.printed = []
        begin_s = self.flow.time_s
        elapsed_s, self._owed_s = self._owed_s, 0.0
        if elapsed_s > 0.0:
            for trade in self.flow.advance(elapsed_s):
                self.seq += self._random.randint(1, 3)
                self._trade_id += 1
                at_ms = now_ms - round(1e3 * (elapsed_s - (trade.at_s - begin_s)))
                self.last = Printed(
                    self._trade_id, trade.tick, trade.lots, trade.sign, trade.fills, at_ms, self.seq
                )
                self.printed.append(self.last)
                self.candles.record(trade.tick, trade.lots, max(at_ms, self.last_minute_ms))
            self.seq += self._random.randint(1, MAX_SEQ_STEP)
        self.candles.roll(now_ms)
        self.built_ms = now_ms

    @property
    def last_minute_ms(self) -> int:
        """Start of the minute now forming."""
        return int(self.candles.rows[-1, 0])


def open_listings(
    inst_ids: Sequence[str], seed: int, levels: int, now_ms: int
) -> dict[str, Listing]:
    """Listings that share one price path, and one past, per coin."""
    instruments = [BY_ID[inst_id] for inst_id in inst_ids]
    paths = {coin: PricePath(coin, seed) for coin in {listed.coin for listed in instruments}}
    return {
        listed.inst_id: Listing(
            listed,
            seed=seed,
            path=paths[listed.coin],
            past=past_minutes(listed.coin, seed),
            levels=levels,
            now_ms=now_ms,
        )
        for listed in instruments
    }
