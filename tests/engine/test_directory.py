"""Instruments are found by the words traders use, over all venues that answered."""

import pytest

from engine.clock import ManualClock
from engine.directory import MOST, RETRY_S, Directory, kind_of
from engine.errors import FeedError
from engine.hub import MarketKey
from engine.supervisor import Supervisor
from feeds import ccxt_library
from feeds.catalog import live_listing
from models.base import Source
from tests.builders import instrument, swap


class Venues:
    """Stands where the runner does: some venues answer, some do not."""

    def __init__(self, lists):
        self.lists = lists
        self.asked = []
        self.named = []
        self.sources = self

    def offered(self):
        return {Source.LIVE: ("kraken", "silent", *self.named), Source.DEMO: ("okx",)}

    def listing(self, venue):
        listing = live_listing(venue)
        self.named.append(venue)
        return listing

    async def instruments(self, source, venue):
        self.asked.append(venue)
        if venue == "silent":
            raise FeedError("no such host")
        return {each.venue_symbol: each for each in self.lists[venue]}


def named(venue, symbol, base, quote, make=instrument, **facts):
    return make(venue=venue, venue_symbol=symbol, base=base, quote=quote, **facts)


@pytest.fixture
async def directory():
    lists = {
        "kraken": [
            named("kraken", "ETH/USDC", "ETH", "USDC"),
            named("kraken", "BTC/USD", "BTC", "USD"),
            *(named("kraken", f"C{n}/USD", f"C{n}", "USD") for n in range(3 * MOST)),
        ],
        "okx": [
            named("okx", "BTC-USDT", "BTC", "USDT"),
            named("okx", "BTC-USDT-SWAP", "BTC", "USDT", swap),
            named("okx", "BTC-USDT-260626", "BTC", "USDT", swap),
        ],
    }
    clock = ManualClock()
    supervisor = Supervisor(clock)
    directory = Directory(Venues(lists), supervisor, clock)
    directory.clock = clock
    directory.venues = directory._runner
    for place in ((Source.LIVE, "kraken"), (Source.LIVE, "silent"), (Source.DEMO, "okx")):
        await directory.ask(*place)
    yield directory
    await supervisor.close()


@pytest.mark.parametrize(
    ("words", "symbol"),
    [
        ("btc perp", "BTC-USDT-SWAP"),
        ("BTC PERP okx", "BTC-USDT-SWAP"),
        ("eth usdc kraken", "ETH/USDC"),
        ("btc spot demo", "BTC-USDT"),
        ("btc/usdt:usdt", "BTC-USDT-SWAP"),
        ("btcusdtswap", "BTC-USDT-SWAP"),
        ("btc dated", "BTC-USDT-260626"),
    ],
)
async def test_a_few_words_find_the_instrument(directory, words, symbol):
    assert directory.find(words)[0].key.symbol == symbol


async def test_every_word_has_to_mean_something(directory):
    assert directory.find("btc moon") == []


@pytest.mark.parametrize("text", ["<img src=x>", "%_'; --", "٣", "\\", "(" * 60, "btc \x00"])
async def test_odd_text_finds_nothing_and_breaks_nothing(directory, text):
    assert directory.find(text) == []


async def test_the_list_is_bounded_and_starts_where_the_user_is(directory):
    near = MarketKey(Source.LIVE, "kraken", "BTC/USD")
    found = directory.find("", near)
    assert len(found) == MOST
    assert {each.key.venue for each in found} == {"kraken"}


async def test_a_venue_that_does_not_answer_is_named_with_the_reason(directory):
    assert directory.silent() == {"silent": "no such host"}


async def test_a_silent_venue_is_left_alone_for_a_while_and_then_asked_again(directory):
    directory.fetch(Source.LIVE)
    assert directory.loading(Source.LIVE) == ()
    directory.clock.advance(RETRY_S + 1)
    directory.fetch(Source.LIVE)
    assert directory.loading(Source.LIVE) == ("silent",)


async def test_a_market_that_is_on_no_list_is_not_a_choice(directory):
    assert directory.listing(MarketKey(Source.LIVE, "kraken", "../etc/passwd")) is None


def test_a_date_in_the_name_makes_it_a_dated_future():
    assert kind_of(named("x", "BTC-28MAR25", "BTC", "USD", swap)) == "Dated future"
    assert kind_of(swap()) == "Perpetual"
    assert kind_of(instrument()) == "Spot"


async def test_a_venue_of_ccxt_is_asked_once_a_market_of_it_is_looked_for(directory):
    assert directory.admit("ccxt:gate btc") == ""
    assert "ccxt:gate" in directory.venues.offered()[Source.LIVE]


def test_a_name_that_is_still_being_typed_is_completed_and_opens_nothing(directory):
    assert "ccxt:gate, " in directory.admit("ccxt:gat")
    assert directory.venues.named == []


def test_a_name_that_ccxt_does_not_have_is_refused(directory):
    assert "no stream for an exchange 'moon'" in directory.admit("ccxt:moon btc")


def test_without_ccxt_the_command_that_installs_it_is_named(directory, monkeypatch):
    monkeypatch.setattr(ccxt_library, "find_spec", lambda name: None)
    assert "make ccxt" in directory.admit("ccxt:gate btc")
    assert "make ccxt" in directory.admit("ccxt:gate")


def test_other_words_name_no_venue(directory):
    assert directory.admit("btc perp kraken") == ""
