"""Books, instruments, states and requests in one call, with a default for everything."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from market.book import BookSnapshot
from market.fee_schedule import FeeSchedule, FeeTier
from market.instrument import Instrument, Kind, Side
from market.order import Order, Unit
from market.trust import Doubt, Trust
from models.base import MarketState, Request, Source
from models.learning.served import Learned, Scaler, ServedModel, Widening
from models.slippage.features import FEATURES
from models.slippage.form import LinearForm

NOW_NS = 1_790_000_000_000_000_000
"""21 September 2026, 14:13:20 UTC."""

Levels = Sequence[tuple[float, float]]


def book(
    bids: Levels = ((99.0, 1.0), (98.0, 2.0)),
    asks: Levels = ((101.0, 1.0), (102.0, 2.0)),
    seq: int = 7,
    symbol: str = "BTC-USDT",
) -> BookSnapshot:
    """A book from (price, size in base) levels, best first. Default mid 100, half-spread 1."""

    def column(levels: Levels, i: int) -> Any:
        values = np.array([level[i] for level in levels], dtype=np.float64)
        values.flags.writeable = False
        return values

    return BookSnapshot(
        symbol=symbol,
        bid_prices=column(bids, 0),
        bid_sizes=column(bids, 1),
        ask_prices=column(asks, 0),
        ask_sizes=column(asks, 1),
        seq=seq,
        event_ns=NOW_NS,
        recv_ns=NOW_NS,
    )


def instrument(**changed: Any) -> Instrument:
    """OKX BTC-USDT spot with a lot so small that it never rounds, unless told otherwise."""
    return Instrument(
        **{
            "venue": "okx",
            "venue_symbol": "BTC-USDT",
            "base": "BTC",
            "quote": "USDT",
            "settle": "",
            "kind": Kind.SPOT,
            "product": "spot",
            "tick_size": 0.1,
            "lot_size": 1e-12,
            "min_size": 1e-12,
            **changed,
        }
    )


def swap(**changed: Any) -> Instrument:
    """OKX BTC-USDT-SWAP: one contract is 0.01 BTC."""
    return instrument(
        **{
            "venue_symbol": "BTC-USDT-SWAP",
            "settle": "USDT",
            "kind": Kind.LINEAR,
            "product": "swap",
            "contract_size": 0.01,
            "lot_size": 0.01,
            "min_size": 0.01,
            **changed,
        }
    )


def inverse_swap(**changed: Any) -> Instrument:
    """OKX BTC-USD-SWAP: one contract is 100 USD."""
    return swap(
        **{
            "venue_symbol": "BTC-USD-SWAP",
            "quote": "USD",
            "settle": "BTC",
            "kind": Kind.INVERSE,
            "contract_size": 100.0,
            "lot_size": 0.1,
            "min_size": 0.1,
            **changed,
        }
    )


def state(
    of: BookSnapshot | None = None,
    *,
    no_book: bool = False,
    doubts: Sequence[Doubt] = (),
    **changed: Any,
) -> MarketState:
    """A trusted demo state on `of`, or on the default book."""
    return MarketState(
        **{
            "source": Source.DEMO,
            "instrument": instrument(),
            "book": None if no_book else of or book(),
            "trust": Trust(tuple(doubts)),
            "sigma_day": 0.03,
            "sigma_origin": "test",
            "adv": 10_000.0,
            "as_of_ns": NOW_NS,
            "learned": learned(),
            **changed,
        }
    )


def learned(change_bps: float = 0.0, half_width_bps: float = 0.1, **changed: Any) -> Learned:
    """What a model of 250 ms that adds `change_bps` to the walk of any order gives to a state."""
    p = len(FEATURES)
    coefficients = np.zeros((3, p + 1))
    coefficients[:, 0] = change_bps + half_width_bps * np.array([-1.0, 0.0, 1.0])
    served = ServedModel(
        model="linear",
        delay_ns=250_000_000,
        adds_walk=True,
        features=FEATURES,
        scaler=Scaler(np.zeros(p), np.ones(p)),
        form=LinearForm(degree=1, centre=np.zeros(p), scale=np.ones(p), coefficients=coefficients),
        widenings=tuple(Widening(bucket, 0.0, 0.0, 100) for bucket in range(-12, 16)),
        rows=1000,
        verdict="beats the walk",
        is_warm=False,
    )
    return Learned(
        **{
            "served": (served,),
            "progress": ((served.delay_ns, ""),),
            "flow": 0.0,
            "sigma_day": 0.03,
            "as_of_ns": NOW_NS,
            **changed,
        }
    )


def order(amount: float = 1.0, side: Side = Side.BUY, unit: Unit = Unit.BASE) -> Order:
    """Buying one coin."""
    return Order(side=side, amount=amount, unit=unit)


def request(
    amount: float = 1.0,
    side: Side = Side.BUY,
    unit: Unit = Unit.BASE,
    *,
    tier: FeeTier | None = None,
    fees: FeeSchedule | None = None,
    parameters: Mapping[str, float] | None = None,
    **changed: Any,
) -> Request:
    """A market order for `order(...)`, exact recipe, published fees."""
    return Request(
        order=order(amount, side, unit),
        tier=tier,
        fees=fees,
        parameters=parameters or {},
        **changed,
    )
