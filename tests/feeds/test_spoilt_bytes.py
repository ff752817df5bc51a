"""Whatever bytes come, a venue answers with events or with a FeedError, and books stay possible."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.base import FeedError
from feeds.coinbase import Coinbase
from feeds.coinbase_exchange import CoinbaseExchange
from feeds.deribit import Deribit
from feeds.goquant import GoQuant
from feeds.kraken import Kraken
from market.book import BookUpdate
from tests.feeds import test_coinbase as coinbase
from tests.feeds import test_coinbase_exchange as exchange
from tests.feeds import test_deribit as deribit
from tests.feeds import test_goquant as goquant
from tests.feeds import test_kraken as kraken
from tests.feeds.spoilt import RECV, spot


def kraken_frames():
    twin = kraken.Twin()
    return [twin.snapshot(), twin.frame(bids=[("45283.5", "2.00000000")]), kraken.PRINT]


CASES = {
    "kraken": (lambda: Kraken(spot("kraken", kraken.BTC), depth=10), kraken_frames()),
    "coinbase": (
        lambda: Coinbase(coinbase.listed()),
        [coinbase.snapshot(0), coinbase.book(1, ("bid", "99", "3")), coinbase.heartbeat(2)],
    ),
    "coinbase_exchange": (
        lambda: CoinbaseExchange(spot("coinbase", exchange.BTC)),
        [exchange.snapshot(), exchange.update(["buy", "99", "1"]), exchange.HEARTBEAT],
    ),
    "deribit": (
        lambda: Deribit(deribit.listed()),
        [
            deribit.snapshot(10),
            deribit.book(11, 10, bids=[["new", 49000.0, 10.0]]),
            deribit.ticker(volume=2.0, volume_usd=101_000.0, low=49000.0, high=51000.0),
        ],
    ),
    "goquant": (lambda: GoQuant(goquant.listed()), [goquant.book(), goquant.book()]),
}


@pytest.fixture(scope="module", autouse=True)
def _compiled():
    """What is slow the first time is no part of what these tests wait for."""
    GoQuant.warm_up()


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=150)
@given(data=st.data())
def test_a_frame_with_changed_bytes_never_gets_anything_else_out(name, data):
    build, frames = CASES[name]
    venue = build()
    for frame in frames:
        spoilt = bytearray(frame)
        for _ in range(data.draw(st.integers(0, 2))):
            at = data.draw(st.integers(0, len(spoilt) - 1))
            spoilt[at : at + 1] = data.draw(st.binary(max_size=2) | st.sampled_from(TRICKS))
        with suppress(FeedError):
            for event in venue.receive(bytes(spoilt), RECV):
                if isinstance(event, BookUpdate):
                    assert np.isfinite(event.rows).all()
                    assert (event.rows[:, 0] > 0).all()
                    assert (event.rows[:, 1] >= 0).all()


TRICKS = [b"e9", b"-", b".", b"99999999999999999999", b"null", b'"', b"{}", b"[]", b"\\u0661"]
