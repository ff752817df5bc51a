import json

import pytest

from feeds.backoff import Pauses
from feeds.base import DecodeError, RateLimited, Unavailable
from feeds.kraken_rest import (
    KrakenRest,
    decode_book,
    decode_candles,
    decode_instruments,
    decode_volume,
    rest_pair,
)
from feeds.rest import RestClient
from market.instrument import Kind
from tests.feeds.http_server import answering
from tests.feeds.spoilt import spot

BTC = spot("kraken", "BTC/USD")["BTC/USD"]
PAIR = {
    "altname": "XBTUSD",
    "wsname": "XBT/USD",
    "base": "XXBT",
    "quote": "ZUSD",
    "pair_decimals": 1,
    "lot_decimals": 8,
    "fees": [],
    "fees_maker": [],
    "ordermin": "0.00005",
    "costmin": "0.5",
    "tick_size": "0.1",
    "status": "online",
}
NOW_NS = 1_790_000_000_000_000_000


def reply(result, *errors):
    return json.dumps({"error": list(errors), "result": result}).encode()


def listed(**changed):
    return decode_instruments(reply({"XXBTZUSD": PAIR | changed}))


def test_pairs_go_by_the_names_of_the_stream():
    found = listed()
    instrument = found["BTC/USD"]
    assert (instrument.base, instrument.quote, instrument.kind) == ("BTC", "USD", Kind.SPOT)
    assert (instrument.tick_size, instrument.lot_size) == (0.1, 1e-8)
    assert (instrument.min_size, instrument.min_notional) == (0.00005, 0.5)


def test_dogecoin_is_renamed_as_well():
    assert set(listed(wsname="XDG/XBT")) == {"DOGE/BTC"}


def test_the_names_are_turned_back_for_rest():
    assert rest_pair(BTC) == "XBTUSD"


def test_a_pair_that_only_cancels_is_not_live():
    assert not listed(status="cancel_only")["BTC/USD"].is_live


@pytest.mark.parametrize(
    "changed",
    [{"wsname": "XBTUSD"}, {"tick_size": "nan"}, {"ordermin": "-1"}, {"lot_decimals": 99}],
)
def test_a_pair_that_cannot_be_understood_is_left_out(changed):
    assert listed(**changed) == {}


def test_candles_come_oldest_first_without_the_open_bar():
    rows = [[60 * n, "10", "12", "9", "11", "10.5", f"{n}", 3] for n in range(1, 4)]
    bars = decode_candles(reply({"XXBTZUSD": rows, "last": 120}), BTC)
    assert [(bar.open_ns, bar.volume) for bar in bars] == [(60 * 10**9, 1.0), (120 * 10**9, 2.0)]
    assert (bars[0].open, bars[0].high, bars[0].low, bars[0].close) == (10, 12, 9, 11)


def test_day_volume_is_of_the_last_24_hours_not_of_today():
    ticker = {"v": ["1", "100"], "p": ["9", "10"], "l": ["8", "8"], "h": ["11", "12"]}
    volume = decode_volume(reply({"XXBTZUSD": ticker}), BTC, NOW_NS)
    assert (volume.base, volume.quote) == (100.0, 1000.0)


def test_a_day_volume_that_fits_no_price_of_the_day_is_refused():
    ticker = {"v": ["1", "100"], "p": ["9", "10"], "l": ["80", "80"], "h": ["110", "120"]}
    with pytest.raises(DecodeError, match="fits no price"):
        decode_volume(reply({"XXBTZUSD": ticker}), BTC, NOW_NS)


def test_a_book_is_read_with_its_sides():
    result = {"XXBTZUSD": {"asks": [["11", "2", 1]], "bids": [["10", "1", 1], ["9", "1", 1]]}}
    update = decode_book(reply(result), BTC, NOW_NS)
    assert (update.is_snapshot, update.n_bids) == (True, 2)
    assert update.rows.tolist() == [[10, 1], [9, 1], [11, 2]]


@pytest.mark.parametrize("result", [{}, {"A": [], "B": []}])
def test_an_answer_about_another_number_of_pairs_is_refused(result):
    with pytest.raises(DecodeError, match="pairs in the answer"):
        decode_candles(reply(result), BTC)


@pytest.mark.parametrize(
    ("error", "kind", "is_final"),
    [
        ("EAPI:Rate limit exceeded", RateLimited, False),
        ("EGeneral:Too many requests", RateLimited, False),
        ("EService:Unavailable", Unavailable, False),
        ("EQuery:Unknown asset pair", Unavailable, True),
    ],
)
def test_an_error_says_whether_trying_again_can_help(error, kind, is_final):
    with pytest.raises(kind) as caught:
        decode_instruments(reply({}, error))
    assert caught.value.is_final is is_final


async def test_candles_are_asked_for_by_the_name_of_rest():
    rows = [[60, "10", "12", "9", "11", "10.5", "1", 3]] * 2
    body = reply({"XXBTZUSD": rows, "last": 60}).decode()
    async with (
        answering((200, body)) as server,
        RestClient(server.url, pauses=Pauses(first=0, least=0, most=0)) as client,
    ):
        bars = await KrakenRest(client, lambda: NOW_NS).candles(BTC, 5)
    assert len(bars) == 1
    assert server.requests == ["/0/public/OHLC?pair=XBTUSD&interval=1"]
