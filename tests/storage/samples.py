"""Estimates to keep: one real, and any the types allow."""

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
from hypothesis import strategies as st

from market.book import BookSnapshot
from market.fee_schedule import FeeSchedule, FeeTier
from market.instrument import Instrument, Kind, Side
from market.order import Order, Unit
from market.trust import Doubt, Grade, Trust
from models.base import (
    Absent,
    CostComponent,
    CostEstimate,
    CostKind,
    Explanation,
    Fill,
    Input,
    MarketState,
    Origin,
    Request,
    Source,
)
from models.estimate import estimate
from tests import builders

Pair = tuple[CostEstimate, MarketState]


def sample(amount: float = 1.0, side: Side = Side.BUY, **changed: Any) -> Pair:
    """A real estimate on the default book, and its state."""
    state = builders.state(**changed)
    return estimate(builders.request(amount, side), state), state


HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'", "<script>alert(1)</script>"]
text = st.text(max_size=20) | st.sampled_from(
    [*HOSTILE, "\x00\x1b[31m", "🦀", "'; DROP TABLE x;--"]
)
any_float = st.floats(allow_nan=False, allow_infinity=False)
modest = st.floats(-1e100, 1e100)
positive = st.floats(5e-324, 1e100, exclude_min=False)
ns = st.integers(0, 2**63 - 1)
sides, units = st.sampled_from(Side), st.sampled_from(Unit)

instruments = st.builds(
    Instrument,
    venue=text,
    venue_symbol=text,
    base=text,
    quote=text,
    settle=text,
    kind=st.sampled_from(Kind),
    product=text,
    tick_size=positive,
    lot_size=positive,
    min_size=positive,
    contract_size=positive,
    min_notional=st.none() | any_float,
)
tiers = st.builds(
    FeeTier,
    name=text,
    maker_bps=st.floats(-1000, 1000),
    taker_bps=st.floats(-1000, 1000),
    min_volume_usd=st.none() | any_float,
)
schedules = st.builds(
    FeeSchedule,
    venue=text,
    product=text,
    tiers=st.lists(tiers, min_size=1, max_size=3).map(tuple),
    as_of=st.dates(date(1970, 1, 1), date(2100, 1, 1)),
    source=text,
    confidence=text,
)
columns = st.lists(any_float, min_size=1, max_size=5).map(lambda v: np.array(v, dtype=np.float64))
books = st.builds(
    BookSnapshot,
    symbol=text,
    bid_prices=columns,
    bid_sizes=columns,
    ask_prices=columns,
    ask_sizes=columns,
    seq=st.integers(-1, 2**63 - 1),
    event_ns=ns,
    recv_ns=ns,
)
trusts = st.builds(
    Trust, st.lists(st.builds(Doubt, st.sampled_from(Grade), text, text), max_size=2).map(tuple)
)
requests = st.builds(
    Request,
    order=st.builds(
        Order,
        side=sides,
        amount=st.floats(0, 1e15, exclude_min=True) | st.integers(1, 10**15),
        unit=units,
    ),
    recipe=text,
    style=text,
    depth_policy=text,
    fees=st.none() | schedules,
    tier=st.none() | tiers,
    sigma_day=st.none() | any_float,
    parameters=st.dictionaries(text, any_float, max_size=3),
)
fills = st.builds(
    Fill,
    side=sides,
    quantity=modest,
    filled=modest,
    mid=modest,
    best=any_float,
    average=any_float,
    worst=any_float,
    levels=st.integers(0, 400),
    visible=any_float,
    beyond=any_float,
)
components = st.builds(
    CostComponent,
    kind=st.sampled_from(CostKind),
    bps=any_float,
    low_bps=any_float,
    high_bps=any_float,
    model=text,
    explanation=st.builds(
        Explanation,
        formula=text,
        inputs=st.lists(
            st.builds(Input, text, text, any_float, text, st.sampled_from(Origin)), max_size=2
        ).map(tuple),
        source=text,
        caveat=text,
    ),
    is_in_total=st.booleans(),
)


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    """Any estimate the types allow, with a state it could have been made from."""
    state = MarketState(
        source=draw(st.sampled_from(Source)),
        instrument=draw(instruments),
        book=draw(books),
        trust=draw(trusts),
        sigma_day=draw(st.none() | any_float),
        sigma_origin=draw(text),
        adv=draw(st.none() | any_float),
        as_of_ns=draw(ns),
    )
    assert state.book is not None
    made = CostEstimate(
        source=state.source,
        instrument=state.instrument,
        request=draw(requests),
        fill=draw(fills),
        requested=draw(any_float),
        components=tuple(draw(st.lists(components, max_size=4, unique_by=lambda c: c.kind))),
        absent=tuple(
            draw(
                st.lists(st.builds(Absent, kind=st.sampled_from(CostKind), model=text, reason=text))
            )
        ),
        total_bps=draw(modest),
        low_bps=draw(any_float),
        high_bps=draw(any_float),
        maker_share=draw(st.floats(0, 1)),
        warnings=tuple(draw(st.lists(text, max_size=2))),
        trust=state.trust,
        book_seq=state.book.seq,
        as_of_ns=state.as_of_ns,
    )
    return made, state


def named(pair: Pair, venue: str) -> Pair:
    """The same pair at a venue of another name."""
    made, state = pair
    listing = replace(state.instrument, venue=venue)
    return replace(made, instrument=listing), replace(state, instrument=listing)
