"""What the embedded exchange lists, and how each market behaves on average.

The contract facts (ctVal, tickSz, lotSz, minSz) are OKX's own, as seen live in September 2026.
The market figures are round numbers near what those markets showed in 2025-2026: turnover and
depth follow the BTC-USDT-SWAP ticker (about 74,000 BTC a day) and six-venue depth studies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


def decimal_text(units: int, places: int) -> str:
    """Exact decimal text of ``units`` * 10**-places, without trailing zeros, as OKX writes it."""
    if places == 0:
        return str(units)
    # A book writes thousands of these a second: one % and two strips are twice as fast as format().
    text: str = f"%d.%0{places}d" % divmod(units, 10**places)
    return text.rstrip("0").rstrip(".")


@dataclass(frozen=True, slots=True, kw_only=True)
class Coin:
    """One underlying: every instrument on it shares the same efficient price."""

    name: str
    price: float  # quote per coin, where the price starts and slowly returns to
    annual_vol: float  # fraction per square root of a year


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedInstrument:
    """Contract facts as OKX publishes them, and the average state of its order book."""

    inst_id: str
    coin: Coin
    quote: str
    contract_value: str  # ctVal, coin per contract; "" for spot
    tick_places: int  # tick = 10**-tick_places quote
    lot_places: int  # lot = 10**-lot_places contracts (swap) or coin (spot)
    min_lots: int  # smallest order, lots
    turnover: float  # coin traded per day
    trades_per_s: float  # taker orders per second
    depth_10bps: float  # coin resting within 10 bps of the mid, one side, on average
    occupancy: float  # share of ticks that hold a resting order (0..1)
    list_time_ms: int

    @property
    def is_spot(self) -> bool:
        return not self.contract_value

    @property
    def inst_type(self) -> str:
        return "SPOT" if self.is_spot else "SWAP"

    @property
    def tick(self) -> float:
        """Price step, quote."""
        return float(10.0**-self.tick_places)

    @property
    def lot(self) -> float:
        """Size step, coin (contracts already turned into coin)."""
        return float(10.0**-self.lot_places * float(self.contract_value or 1))

    @property
    def order_lots(self) -> float:
        """A small resting order, about 600 quote: the unit in which order counts are guessed."""
        return 600.0 / self.coin.price / self.lot

    def price_text(self, ticks: int) -> str:
        return decimal_text(ticks, self.tick_places)

    def size_text(self, lots: int) -> str:
        """Venue's unit: contracts for swaps, coin for spot."""
        return decimal_text(lots, self.lot_places)

    def coin_text(self, lots: int) -> str:
        """The same size in coin."""
        units, places = self._contract()
        return decimal_text(lots * units, self.lot_places + places)

    def quote_text(self, tick_lots: int) -> str:
        """Money for a sum of tick * lots."""
        units, places = self._contract()
        return decimal_text(tick_lots * units, self.tick_places + self.lot_places + places)

    def _contract(self) -> tuple[int, int]:
        """ctVal as an integer and its number of decimals."""
        whole, _, part = (self.contract_value or "1").partition(".")
        return int(whole + part), len(part)


BTC: Final = Coin(name="BTC", price=60_000.0, annual_vol=0.50)
ETH: Final = Coin(name="ETH", price=3_000.0, annual_vol=0.65)
SOL: Final = Coin(name="SOL", price=150.0, annual_vol=0.80)

LISTED: Final = (
    ListedInstrument(
        inst_id="BTC-USDT",
        coin=BTC,
        quote="USDT",
        contract_value="",
        tick_places=1,
        lot_places=8,
        min_lots=1_000,
        turnover=6_000.0,
        trades_per_s=3.0,
        depth_10bps=190.0,
        occupancy=0.35,
        list_time_ms=1_548_133_413_000,
    ),
    ListedInstrument(
        inst_id="BTC-USDT-SWAP",
        coin=BTC,
        quote="USDT",
        contract_value="0.01",
        tick_places=1,
        lot_places=2,
        min_lots=1,
        turnover=74_000.0,
        trades_per_s=6.0,
        depth_10bps=560.0,
        occupancy=0.35,
        list_time_ms=1_573_557_408_000,
    ),
    ListedInstrument(
        inst_id="ETH-USDT-SWAP",
        coin=ETH,
        quote="USDT",
        contract_value="0.1",
        tick_places=2,
        lot_places=2,
        min_lots=1,
        turnover=1_100_000.0,
        trades_per_s=5.0,
        depth_10bps=6_500.0,
        occupancy=0.40,
        list_time_ms=1_573_557_408_000,
    ),
    ListedInstrument(
        inst_id="SOL-USDT-SWAP",
        coin=SOL,
        quote="USDT",
        contract_value="1",
        tick_places=2,
        lot_places=2,
        min_lots=1,
        turnover=7_000_000.0,
        trades_per_s=3.0,
        depth_10bps=40_000.0,
        occupancy=0.92,
        list_time_ms=1_611_916_828_000,
    ),
)

BY_ID: Final = {instrument.inst_id: instrument for instrument in LISTED}
