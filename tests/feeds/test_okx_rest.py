import json
from itertools import pairwise

import numpy as np
import pytest

from feeds.backoff import Pauses
from feeds.base import DecodeError, RateLimited, Unavailable
from feeds.okx_rest import (
    OkxRest,
    decode_book,
    decode_candles,
    decode_instruments,
    decode_volume,
)
from feeds.recording import Direction, read
from feeds.rest import RestClient
from feeds.synthetic import Exchange
from market.instrument import Kind
from tests.builders import instrument, inverse_swap, swap
from tests.feeds.http_server import answering

LINEAR = {
    "instType": "SWAP",
    "instId": "BTC-USDT-SWAP",
    "uly": "BTC-USDT",
    "baseCcy": "",
    "quoteCcy": "",
    "settleCcy": "USDT",
    "ctVal": "0.01",
    "ctMult": "1",
    "ctValCcy": "BTC",
    "ctType": "linear",
    "tickSz": "0.1",
    "lotSz": "0.01",
    "minSz": "0.01",
    "state": "live",
}
INVERSE = LINEAR | {
    "instId": "BTC-USD-261225",
    "instType": "FUTURES",
    "uly": "BTC-USD",
    "settleCcy": "BTC",
    "ctVal": "100",
    "ctValCcy": "USD",
    "ctType": "inverse",
}
SPOT = LINEAR | {
    "instId": "BTC-USDT",
    "instType": "SPOT",
    "uly": "",
    "baseCcy": "BTC",
    "quoteCcy": "USDT",
    "settleCcy": "",
    "ctVal": "",
    "ctMult": "",
    "ctValCcy": "",
    "ctType": "",
}


def reply(*data, code="0"):
    return json.dumps({"code": code, "msg": "their words", "data": list(data)}).encode()


def listing(entry):
    return decode_instruments(reply(entry)).get(entry["instId"])


# -- instruments ---------------------------------------------------------------------------------


def test_a_linear_swap_counts_coins_per_contract():
    found = listing(LINEAR)
    assert (found.kind, found.contract_size, found.product) == (Kind.LINEAR, 0.01, "swap")
    assert (found.base, found.quote, found.settle) == ("BTC", "USDT", "USDT")


def test_an_inverse_future_counts_money_per_contract():
    found = listing(INVERSE)
    assert (found.kind, found.contract_size, found.product) == (Kind.INVERSE, 100.0, "futures")
    assert (found.base, found.quote, found.settle) == ("BTC", "USD", "BTC")


def test_spot_counts_coins():
    found = listing(SPOT)
    assert (found.kind, found.contract_size, found.symbol) == (Kind.SPOT, 1.0, "BTC/USDT")


def test_value_and_multiplier_are_multiplied_as_decimals():
    assert listing(LINEAR | {"ctVal": "0.1", "ctMult": "0.1"}).contract_size == 0.01


def test_a_suspended_listing_is_not_live():
    assert not listing(LINEAR | {"state": "suspend"}).is_live


@pytest.mark.parametrize(
    "change",
    [
        {"instType": "OPTION"},
        {"ctValCcy": "USDT"},  # a linear contract counted in money: not as documented
        {"ctType": "quanto"},
        {"ctVal": ""},
        {"ctVal": "-1"},
        {"tickSz": ""},
        {"uly": ""},
        {"lotSz": "abc"},
        {"instId": 5},
    ],
)
def test_what_cannot_be_understood_is_left_out_and_not_guessed(change):
    assert decode_instruments(reply(LINEAR | change, SPOT)).keys() == {"BTC-USDT"}


def test_the_recorded_lists_are_read_whole(recordings):
    path = recordings / "okx" / "okx_books_trades_20220513.jsonl.gz"
    found = [
        len(decode_instruments(line.raw.encode()))
        for line in read(path)
        if line.t == Direction.HTTP
    ]
    listed = [
        sum(entry["ctType"] in ("", "linear", "inverse") for entry in json.loads(line.raw)["data"])
        for line in read(path)
        if line.t == Direction.HTTP
    ]
    assert found == listed


# -- candles, volume, book -----------------------------------------------------------------------

NEWER = ["1790000060000", "100", "102", "99", "101", "50", "0.5", "5050", "1"]
OLDER = ["1790000000000", "99", "101", "98", "100", "40", "0.4", "4000", "1"]
OPEN_BAR = ["1790000120000", "101", "101", "101", "101", "1", "0.01", "101", "0"]


def test_candles_come_oldest_first_without_the_open_bar():
    bars = decode_candles(reply(OPEN_BAR, NEWER, OLDER), swap())
    assert [bar.close for bar in bars] == [100.0, 101.0]
    assert bars[0].open_ns == 1_790_000_000_000_000_000


@pytest.mark.parametrize(("of", "expected"), [(instrument(), 50.0), (swap(), 0.5)])
def test_candle_volume_is_in_coins(of, expected):
    (bar,) = decode_candles(reply(NEWER), of)
    assert bar.volume == expected


@pytest.mark.parametrize(
    "row",
    [NEWER[:8], ["x", *NEWER[1:]], [*NEWER[:2], "90", *NEWER[3:]], [*NEWER[:3], "0", *NEWER[4:]]],
)
def test_a_candle_that_cannot_be_is_refused(row):
    with pytest.raises(DecodeError):
        decode_candles(reply(row), swap())


def volume(of, vol, vol_ccy, **changed):
    entry = {"instId": of.venue_symbol, "last": "100", "vol24h": vol, "volCcy24h": vol_ccy}
    entry |= {"ts": "1790000000100", "high24h": "110", "low24h": "90"} | changed
    return decode_volume(reply(entry), of, 7)


@pytest.mark.parametrize(
    ("of", "vol", "vol_ccy"),
    [(instrument(), "50", "5000"), (swap(), "5000", "50"), (inverse_swap(), "50", "50")],
)
def test_day_volume_is_in_coins_and_money(of, vol, vol_ccy):
    found = volume(of, vol, vol_ccy)
    assert (found.base, found.quote, found.recv_ns) == (50.0, 5000.0, 7)


@pytest.mark.parametrize(
    ("of", "vol", "vol_ccy"),
    [
        (instrument(), "5000", "50"),  # fields swapped
        (swap(), "50", "5000"),
        (swap(contract_size=1.0), "5000", "50"),  # contract value wrong
        (inverse_swap(contract_size=1.0), "50", "50"),
        (swap(), "5000", "0"),
    ],
)
def test_a_volume_whose_units_do_not_fit_the_price_is_not_used(of, vol, vol_ccy):
    with pytest.raises(DecodeError, match=of.venue_symbol):
        volume(of, vol, vol_ccy)


def test_a_day_on_which_the_price_doubled_is_no_doubt_about_units():
    assert volume(instrument(), "50", "2500", low24h="45").quote == 2500.0


def test_no_trade_yet_is_no_volume_rather_than_zero():
    with pytest.raises(Unavailable, match="no day volume yet"):
        volume(swap(), "", "", last="")


def test_a_fetched_book_is_a_snapshot_in_coins():
    book = {"asks": [["101", "2", "0", "1"]], "bids": [["99", "1", "3"]], "ts": "1790000000100"}
    update = decode_book(reply(book | {"seqId": 12}), swap(), 7)
    np.testing.assert_array_equal(update.rows, [[99, 0.01], [101, 0.02]])
    assert (update.is_snapshot, update.seq) == (True, 12)
    with pytest.raises(DecodeError, match="seqId"):
        decode_book(reply(book), swap(), 7)


# -- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "kind", "is_final"),
    [
        ("50011", RateLimited, False),
        ("50013", Unavailable, False),
        ("50026", Unavailable, False),
        ("51001", Unavailable, True),
        ("99999", Unavailable, True),
    ],
)
def test_an_error_code_inside_a_good_answer_is_an_error(code, kind, is_final):
    with pytest.raises(kind, match=code) as caught:
        decode_instruments(reply(code=code))
    assert caught.value.is_final == is_final


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"code":"0","data":7}'])
def test_an_answer_in_another_shape_is_a_decode_error(body):
    with pytest.raises(DecodeError):
        decode_instruments(body)


async def test_a_limit_told_in_a_good_answer_is_waited_out():
    limited, good = reply(code="50011").decode(), reply(NEWER).decode()
    async with answering((200, limited), (200, good)) as server:
        pauses = Pauses(first=0, least=0, most=0)
        async with RestClient(server.url, pauses=pauses) as client:
            (bar,) = await OkxRest(client, lambda: 7).candles(swap(), 5)
    assert bar.close == 101.0
    assert server.requests[0] == "/api/v5/market/candles?instId=BTC-USDT-SWAP&bar=1m&limit=6"


async def test_the_embedded_exchange_answers_every_question():
    async with Exchange(seed=7) as exchange, RestClient(exchange.rest_url) as client:
        rest = OkxRest(client, lambda: 7)
        listed = await rest.instruments()
        assert "BTC-USDT-SWAP" in listed
        chosen = listed["BTC-USDT-SWAP"]
        bars = await rest.candles(chosen, 60)
        assert len(bars) == 60
        assert all(a.open_ns < b.open_ns for a, b in pairwise(bars))
        day = await rest.day_volume(chosen)
        assert day.quote / day.base == pytest.approx(bars[-1].close, rel=0.1)
        assert (await rest.book(chosen)).rows.shape == (800, 2)
