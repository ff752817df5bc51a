"""A market as JSON text, for the command line and for notebooks.

    {"instrument": {"venue": "okx", "symbol": "BTC-USDT", "base": "BTC", "quote": "USDT",
                    "kind": "spot", "product": "spot",
                    "tick_size": 0.1, "lot_size": 1e-8, "min_size": 1e-5},
     "bids": [[99, 1], [98, 2]], "asks": [[101, 1], [102, 2]],
     "sigma_day": 0.03, "adv": 20000, "at": "2026-09-21T14:13:20Z"}

Prices are quote per base; sizes are base, or contracts with "sizes_in": "contracts". What a tape
would tell (sigma_day, adv, hour_volumes) may be left out: what needs it is then absent. Levels may
come in any order. `at` is the moment of the book; without it, the caller's.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
import numpy as np

from market.book import BookUpdate, OrderBook
from market.errors import OrderError
from market.instrument import Instrument, Kind
from market.trust import Doubt, Grade, Trust
from market.units import utc_ns
from models.base import MarketState, Source
from models.planning.volume_profile import HOURS
from models.volatility.limits import check_sigma_day

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
Positive = Annotated[float, msgspec.Meta(gt=0)]
Level = tuple[Positive, Positive]
Levels = Annotated[list[Level], msgspec.Meta(min_length=1, max_length=100_000)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1e15)]


LOCKED = Trust(
    (Doubt(Grade.WARN, "locked", "best bid equals best ask, so the spread shows as zero"),)
)


class _Instrument(msgspec.Struct, forbid_unknown_fields=True):
    venue: Name
    symbol: Name
    base: Name
    quote: Name
    tick_size: Positive
    lot_size: Positive
    min_size: Positive
    kind: Kind = Kind.SPOT
    product: Name = "spot"
    settle: str = ""
    contract_size: Positive = 1.0
    min_notional: Positive | None = None


class _Market(msgspec.Struct, forbid_unknown_fields=True):
    instrument: _Instrument
    bids: Levels
    asks: Levels
    sizes_in: Literal["base", "contracts"] = "base"
    sigma_day: float | None = None
    adv: Positive | None = None
    hour_volumes: list[Share] | None = None
    at: datetime | None = None


def read_market(text: bytes | str, now_ns: int) -> MarketState:
    """The state, or OrderError with the path inside the text; BookNotReady for a crossed book."""
    try:
        read = msgspec.json.decode(text, type=_Market)
    except msgspec.ValidationError as error:
        problem, _, where = str(error).partition(" - at `$")
        raise OrderError(("market" + where).rstrip("`"), problem) from None
    except msgspec.DecodeError as error:
        raise OrderError("market", f"is not JSON: {error}") from None
    if read.sigma_day is not None:
        check_sigma_day(read.sigma_day)
    if read.hour_volumes is not None and len(read.hour_volumes) != HOURS:
        raise OrderError("market.hour_volumes", f"has {len(read.hour_volumes)}", f"{HOURS} shares")
    if read.hour_volumes is not None and not sum(read.hour_volumes) > 0:
        raise OrderError("market.hour_volumes", "has no volume in any hour", "one above 0")
    as_of_ns = now_ns if read.at is None else _ns(read.at)
    book = _book(read, as_of_ns).snapshot()
    given = "given" if read.sigma_day is not None else "not given"
    return MarketState(
        source=Source.REPLAY,
        instrument=_instrument(read.instrument),
        book=book,
        trust=LOCKED if book.bid_prices[0] == book.ask_prices[0] else Trust(),
        sigma_day=read.sigma_day,
        sigma_origin=given,
        adv=read.adv,
        as_of_ns=as_of_ns,
        hour_volumes=None if read.hour_volumes is None else tuple(read.hour_volumes),
    )


def _ns(at: datetime) -> int:
    try:
        return utc_ns(at)
    except ValueError as error:
        raise OrderError("market.at", str(error)) from None


def _instrument(row: _Instrument) -> Instrument:
    return Instrument(
        venue=row.venue,
        venue_symbol=row.symbol,
        base=row.base,
        quote=row.quote,
        settle=row.settle,
        kind=row.kind,
        product=row.product,
        tick_size=row.tick_size,
        lot_size=row.lot_size,
        min_size=row.min_size,
        contract_size=row.contract_size,
        min_notional=row.min_notional,
    )


def _book(read: _Market, as_of_ns: int) -> OrderBook:
    bids, asks = sorted(read.bids, reverse=True), sorted(read.asks)
    for name, levels in (("bids", bids), ("asks", asks)):
        if len({price for price, _ in levels}) < len(levels):
            raise OrderError(f"market.{name}", "has a price twice")
    rows = np.array(bids + asks, dtype=np.float64)
    if read.sizes_in == "contracts":
        rows[:, 1] = _instrument(read.instrument).base_of(rows[:, 1], rows[:, 0])
    book = OrderBook(read.instrument.symbol)
    book.apply(
        BookUpdate(
            symbol=read.instrument.symbol,
            is_snapshot=True,
            rows=rows,
            n_bids=len(bids),
            seq=0,
            event_ns=as_of_ns,
            recv_ns=as_of_ns,
        )
    )
    return book
