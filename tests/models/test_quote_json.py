"""A market as JSON: what it means, and what is wrong with it by the place in the text."""

import json

import pytest

from market.errors import BookNotReady, OrderError
from market.instrument import Kind
from models.base import Source
from models.estimate import estimate
from models.estimate_text import as_text
from models.quote_json import read_market
from tests.builders import NOW_NS, request, state

MARKET = {
    "instrument": {
        "venue": "okx",
        "symbol": "BTC-USDT",
        "base": "BTC",
        "quote": "USDT",
        "tick_size": 0.1,
        "lot_size": 1e-12,
        "min_size": 1e-12,
    },
    "bids": [[99, 1], [98, 2]],
    "asks": [[101, 1], [102, 2]],
    "sigma_day": 0.03,
    "adv": 10_000.0,
}


def read(**changed):
    return read_market(json.dumps({**MARKET, **changed}), NOW_NS)


def test_a_market_in_json_prices_like_one_built_in_python():
    ours, theirs = estimate(request(2.0), read()), estimate(request(2.0), state())
    assert (ours.fill, ours.components) == (theirs.fill, theirs.components)


def test_levels_may_come_in_any_order():
    assert read(asks=[[102, 2], [101, 1]]).book.ask_prices.tolist() == [101.0, 102.0]


def test_sizes_in_contracts_become_coins():
    swap = {**MARKET["instrument"], "kind": "linear", "product": "swap", "contract_size": 0.01}
    found = read(instrument=swap, sizes_in="contracts")
    assert found.book.ask_sizes.tolist() == [0.01, 0.02]
    assert found.instrument.kind is Kind.LINEAR


def test_the_moment_is_the_texts_or_the_callers():
    assert read(at="2026-09-21T14:13:20Z").as_of_ns == NOW_NS
    assert read(at="2026-09-21T14:13:20").as_of_ns == NOW_NS
    assert read().as_of_ns == NOW_NS


def test_a_locked_book_is_priced_with_a_doubt():
    found = read(bids=[[101, 1]])
    assert [doubt.code for doubt in found.trust.doubts] == ["locked"]


def test_a_book_from_a_text_is_not_live():
    assert read().source is Source.REPLAY


def test_what_a_tape_would_tell_may_be_left_out():
    bare = {key: MARKET[key] for key in ("instrument", "bids", "asks")}
    found = read_market(json.dumps(bare), NOW_NS)
    assert (found.sigma_day, found.adv) == (None, None)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"bids": []}, "market.bids"),
        ({"bids": [[99, -1]]}, "market.bids[0][1]"),
        ({"bids": [[99, 1], [99, 2]]}, "market.bids"),
        ({"asks": "cheap"}, "market.asks"),
        ({"adv": 0}, "market.adv"),
        ({"sizes_in": "lots"}, "market.sizes_in"),
        ({"unknown": 1}, "market"),
        ({"hour_volumes": [1.0]}, "market.hour_volumes"),
        ({"hour_volumes": [0.0] * 168}, "market.hour_volumes"),
        ({"hour_volumes": [1e308] * 168}, "market.hour_volumes[0]"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "market.at"),
        ({"at": "9999-12-31T23:59:59-14:00"}, "market.at"),
        ({"at": "2263-01-01T00:00:00Z"}, "market.at"),
        ({"sigma_day": 99}, "volatility"),
        ({"instrument": {"venue": "okx"}}, "market.instrument"),
    ],
)
def test_what_cannot_be_is_refused_by_its_place_in_the_text(changed, field):
    with pytest.raises(OrderError) as refused:
        read(**changed)
    assert refused.value.field == field


def test_text_that_is_not_json_is_refused():
    with pytest.raises(OrderError, match="is not JSON"):
        read_market("{", NOW_NS)


def test_a_crossed_book_has_no_price():
    with pytest.raises(BookNotReady, match="crossed"):
        read(bids=[[103, 1]])


def test_the_table_says_what_rests_and_with_what_chance():
    text = as_text(estimate(request(2.0, style="limit"), state()))
    assert "resting                          2 BTC" in text
    assert "chance of a fill" in text
    assert "timing risk, 1 sd" in text


def test_the_table_says_what_is_missing():
    text = as_text(estimate(request(5.0), state(sigma_day=None)))
    assert "no permanent impact: the volatility is not known yet" in text
    assert "! The visible book ends" in text
