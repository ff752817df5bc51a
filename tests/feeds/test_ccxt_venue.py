"""The real ccxt, its OKX class, against the embedded exchange over loopback sockets."""

import asyncio
import math
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib import util
from itertools import pairwise

import numpy as np
import pytest

from engine.clock import SystemClock
from engine.hub import MarketHub, MarketKey
from engine.latency import LatencyMeter
from feeds import ccxt_connection
from feeds.base import (
    ChecksumMismatch,
    DecodeError,
    FeedError,
    FeedState,
    RateLimited,
    SequenceGap,
    SubscribeRefused,
    Unavailable,
)
from feeds.catalog import VENUES, ccxt_listing, live_listing
from feeds.ccxt_library import in_words
from feeds.ccxt_parts import book_update, candle_of, instrument_of, step, trade_of, volume_of
from feeds.following import Phase
from feeds.rest import RestClient
from feeds.synthetic import Exchange
from feeds.tape import connection_to
from market.book import BookUpdate
from market.instrument import Instrument, Kind, Side
from market.trade import Trade
from market.trust import Grade
from models.base import Source
from tests.feeds.venue_server import PACE, Watch

SPOT, SWAP = "BTC/USDT", "BTC/USDT:USDT"
NATIVE = {SPOT: "BTC-USDT", SWAP: "BTC-USDT-SWAP"}
KEY = MarketKey(Source.LIVE, "ccxt:okx", SWAP)


def listing_at(exchange: Exchange):
    """ccxt's OKX, led to the embedded exchange."""
    ws = exchange.ws_url.removesuffix("/public")
    api = {"rest": exchange.rest_url, "ws": ws}
    return ccxt_listing(
        "ccxt:okx", {"urls": {"api": api}, "aiohttp_trust_env": False, "timeout_on_exit": 0}
    )


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    async with Exchange(seed=7, rate_hz=20, rest_limits=False) as running:
        yield running


@asynccontextmanager
async def following(exchange: Exchange, *symbols: str, pace=PACE) -> AsyncIterator[Watch]:
    listing, watch = listing_at(exchange), Watch()
    rest = listing.open_rest(RestClient(exchange.rest_url))
    watch.connection = connection_to(
        listing.venue(await rest.instruments()),
        listing.endpoint(),
        watch.on_event,
        watch.on_broken,
        rest=rest,
        pace=pace,
    )
    for symbol in symbols:
        watch.connection.follow(symbol)
    watch.task = asyncio.create_task(watch.connection.run())
    try:
        yield watch
    finally:
        watch.task.cancel()
        with suppress(asyncio.CancelledError):
            await watch.task


def books(watch: Watch) -> list[BookUpdate]:
    return [event for event in watch.events if isinstance(event, BookUpdate)]


async def test_instruments_are_listed_with_their_contracts(exchange: Exchange) -> None:
    listed = await listing_at(exchange).open_rest(RestClient("http://127.0.0.1")).instruments()
    swap = listed[SWAP]
    assert (swap.venue, swap.symbol, swap.kind) == ("ccxt:okx", SWAP, Kind.LINEAR)
    assert (swap.contract_size, swap.tick_size, swap.lot_size) == (0.01, 0.1, 0.01)
    assert listed[SPOT].kind is Kind.SPOT


@pytest.mark.parametrize("symbol", [SPOT, SWAP])
async def test_a_book_is_the_one_our_own_adapter_reads_in_coins(
    exchange: Exchange, symbol: str
) -> None:
    async with RestClient(exchange.rest_url) as client:
        okx = VENUES["okx"].open_rest(client)
        listed = (await okx.instruments())[NATIVE[symbol]]
        async with following(exchange, symbol) as watch:
            await watch.until(lambda: len(books(watch)) > 3)
            theirs = await okx.book(listed)
            ours = books(watch)[-1]
    sizes = dict(theirs.rows.tolist())
    assert (len(ours.bids), len(ours.asks)) == (400, 400)
    # Away from the touch a book stands still between two looks at it.
    assert sum(size == pytest.approx(sizes.get(price)) for price, size in ours.rows) > 600


async def test_trades_come_with_the_takers_side_in_coins(exchange: Exchange) -> None:
    async with following(exchange, SWAP) as watch:
        await watch.until(lambda: watch.health.trades > 3)
        trades = [event for event in watch.events if isinstance(event, Trade)]
    assert {trade.aggressor for trade in trades} <= set(Side)
    assert all(
        trade.size / 0.01 / 0.01 == pytest.approx(round(trade.size * 1e4)) for trade in trades
    )
    assert all(a.event_ns <= b.event_ns for a, b in pairwise(trades))


async def test_the_health_says_live_and_counts(exchange: Exchange) -> None:
    async with following(exchange, SPOT, SWAP) as watch:
        await watch.until(lambda: watch.health.state is FeedState.LIVE and watch.health.books > 4)
        assert watch.connection.phase(SWAP) is Phase.LIVE
        assert watch.connection.symbols == (SPOT, SWAP)
        assert watch.health.messages >= watch.health.books


async def test_a_cut_line_is_told_and_a_new_book_follows(exchange: Exchange) -> None:
    async with following(exchange, SWAP) as watch:
        await watch.until(lambda: books(watch))
        exchange.inject("tcp_reset")
        await watch.until(lambda: watch.broken)
        symbol, error = watch.broken[0]
        assert (symbol, type(error)) == (SWAP, Unavailable)
        assert str(error).startswith("ccxt:okx: ")
        seen = len(books(watch))
        await watch.until(lambda: len(books(watch)) > seen)
        assert watch.health.reconnects == 1


async def test_a_missing_update_that_ccxt_sees_is_a_gap(exchange: Exchange) -> None:
    async with following(exchange, SWAP) as watch:
        await watch.until(lambda: books(watch))
        exchange.inject("gap", NATIVE[SWAP])
        await watch.until(lambda: watch.broken)
        assert isinstance(watch.broken[0][1], SequenceGap)
        assert watch.health.gaps == 1
        seen = len(books(watch))
        await watch.until(lambda: len(books(watch)) > seen)


async def test_silence_is_told_and_the_book_asked_for_anew(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ccxt_connection, "SILENCE_S", 0.3)
    async with following(exchange, SWAP) as watch:
        await watch.until(lambda: books(watch))
        exchange.inject("stall", seconds=0.6)
        await watch.until(lambda: watch.broken)
        assert "no book for 0.3 s" in str(watch.broken[0][1])


async def test_a_symbol_that_is_not_listed_is_refused(exchange: Exchange) -> None:
    async with following(exchange) as watch:
        with pytest.raises(SubscribeRefused, match="lists no instrument"):
            watch.connection.follow("DOGE/USDT")


async def test_letting_go_closes_the_line(exchange: Exchange) -> None:
    async with following(exchange, SWAP) as watch:
        await watch.until(lambda: books(watch))
        watch.connection.unfollow(SWAP)
        await watch.until(lambda: not exchange.wire.clients)
        assert watch.connection.symbols == ()


async def test_a_sound_book_is_at_best_a_warning(exchange: Exchange) -> None:
    hub = MarketHub(SystemClock(), LatencyMeter())
    async with following(exchange, SWAP) as watch:
        venue = watch.connection.venue
        hub.open(KEY, venue.instruments[SWAP], venue.quiet_book_s, venue.unverified)
        await watch.until(lambda: books(watch))
        hub.apply(KEY, books(watch)[-1])
    trust = hub.state(KEY).trust
    assert trust.grade is Grade.WARN
    assert "unverified" in {doubt.code for doubt in trust.doubts}
    assert "neither sequence nor checksum" in trust.reason


async def test_candles_are_finished_minutes(exchange: Exchange) -> None:
    rest = listing_at(exchange).open_rest(RestClient("http://127.0.0.1"))
    listed = await rest.instruments()
    candles = await rest.candles(listed[SWAP], 50)
    assert len(candles) == 50
    assert np.all(np.diff([candle.open_ns for candle in candles]) == 60_000_000_000)


async def test_spot_day_volume_is_in_coins_and_money(exchange: Exchange) -> None:
    rest = listing_at(exchange).open_rest(RestClient("http://127.0.0.1"))
    volume = await rest.day_volume((await rest.instruments())[SPOT])
    assert 50_000 < volume.quote / volume.base < 70_000


async def test_day_volume_in_contracts_without_money_is_not_used(exchange: Exchange) -> None:
    rest = listing_at(exchange).open_rest(RestClient("http://127.0.0.1"))
    with pytest.raises(DecodeError, match="its unit cannot be told") as refusal:
        await rest.day_volume((await rest.instruments())[SWAP])
    assert refusal.value.is_final


async def test_an_exchange_out_of_reach_is_unavailable(exchange: Exchange) -> None:
    listing = listing_at(exchange)
    await exchange.stop()
    with pytest.raises(Unavailable, match="ccxt:okx"):
        await listing.open_rest(RestClient("http://127.0.0.1")).instruments()


async def test_a_blocked_region_is_explained(exchange: Exchange) -> None:
    exchange.http_errors += [(451, {})] * 3
    with pytest.raises(Unavailable, match="does not serve this network's region") as refusal:
        await listing_at(exchange).open_rest(RestClient("http://127.0.0.1")).instruments()
    assert refusal.value.is_final


def test_an_unknown_exchange_is_refused() -> None:
    with pytest.raises(FeedError, match="no stream for an exchange 'nowhere'"):
        live_listing("ccxt:nowhere")
    with pytest.raises(FeedError, match="no stream"):
        live_listing("ccxt:../okx")


def test_without_ccxt_the_command_that_installs_it_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("feeds.ccxt_library.find_spec", lambda name: None)
    with pytest.raises(FeedError, match="make ccxt") as refusal:
        live_listing("ccxt:gate")
    assert refusal.value.is_final


def test_finding_a_ccxt_venue_does_not_import_ccxt() -> None:
    code = (
        "import sys; from feeds.catalog import live_listing; live_listing('ccxt:gate');"
        "sys.exit('ccxt' in sys.modules)"
    )
    assert util.find_spec("ccxt") is not None
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("name", "ours", "is_final"),
    [
        ("ChecksumError", ChecksumMismatch, False),
        ("InvalidNonce", SequenceGap, False),
        ("RateLimitExceeded", RateLimited, False),
        ("RequestTimeout", Unavailable, False),
        ("OnMaintenance", Unavailable, False),
        ("AuthenticationError", SubscribeRefused, True),
        ("BadSymbol", SubscribeRefused, True),
        ("NotSupported", SubscribeRefused, True),
        ("ExchangeError", SubscribeRefused, False),
        ("BadResponse", DecodeError, False),
    ],
)
def test_every_error_of_ccxt_becomes_one_of_ours(name: str, ours: type, is_final: bool) -> None:
    import ccxt

    error = in_words(getattr(ccxt, name)("what happened"), "ccxt:okx", SWAP)
    assert (type(error), error.is_final, error.symbol) == (ours, is_final, SWAP)
    assert "what happened" in str(error)


def test_a_surprise_inside_ccxt_is_a_message_that_cannot_be_read() -> None:
    assert isinstance(in_words(KeyError("bids"), "ccxt:okx"), DecodeError)


@pytest.mark.parametrize(
    ("precision", "mode", "expected"),
    [(0.5, 4, 0.5), (2, 2, 0.01), (-1, 2, 10.0), (5, 3, 1e-12), (None, 4, 1e-12), (0, 4, 1e-12)],
)
def test_a_precision_becomes_a_step(precision: float | None, mode: int, expected: float) -> None:
    assert step(precision, mode) == expected


MARKET = {
    "symbol": "BTC/USD:BTC",
    "base": "BTC",
    "quote": "USD",
    "settle": "BTC",
    "type": "swap",
    "linear": False,
    "inverse": True,
    "contractSize": 100.0,
    "precision": {"amount": 1.0, "price": 0.1},
    "limits": {"amount": {"min": 1.0}, "cost": {"min": None}},
}


def inverse() -> Instrument:
    found = instrument_of(MARKET, "ccxt:okx", 4)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "change",
    [
        {"type": "option"},
        {"quanto": True},
        {"inverse": False},
        {"contractSize": None},
        {"settle": "ETH"},
    ],
)
def test_what_cannot_be_priced_is_left_out(change: dict[str, object]) -> None:
    assert instrument_of(MARKET | change, "ccxt:okx", 4) is None


def test_inverse_contracts_become_coins_by_price() -> None:
    # 5 contracts of 100 USD at 50,000 USD are 0.01 BTC.
    book = {"bids": [[50_000.0, 5.0]], "asks": [], "timestamp": None, "nonce": None}
    update = book_update(book, inverse(), 7)
    assert update.rows.tolist() == [[50_000.0, 0.01]]
    assert (update.n_bids, update.seq, update.event_ns) == (1, -1, 7)


def test_a_crossed_book_is_passed_on_for_the_grade_to_refuse() -> None:
    book = {"bids": [[101.0, 5.0]], "asks": [[100.0, 5.0]]}
    assert len(book_update(book, inverse(), 7).rows) == 2


@pytest.mark.parametrize(
    "level",
    [[math.nan, 1.0], [-1.0, 1.0], [0.0, 1.0], [1.0, -1.0], [1.0, math.inf], [None, 1.0], [1.0]],
)
def test_an_impossible_level_breaks_the_book(level: list[float]) -> None:
    with pytest.raises(DecodeError) as refusal:
        book_update({"bids": [level], "asks": []}, inverse(), 7)
    assert refusal.value.symbol == "BTC/USD:BTC"


def test_a_side_out_of_order_breaks_the_book() -> None:
    with pytest.raises(DecodeError, match="not sorted"):
        book_update({"bids": [[1.0, 1.0], [2.0, 1.0]], "asks": []}, inverse(), 7)


def test_a_trade_without_a_takers_side_is_left_out() -> None:
    assert trade_of({"side": None, "price": 1.0, "amount": 1.0}, inverse(), 7) is None


@pytest.mark.parametrize("told", [2_000.0, 1_000_000.0])
def test_day_volume_is_believed_in_the_unit_that_fits_the_money(told: float) -> None:
    # 2,000 coins at 50,000 are 100 million USD, which is a million contracts of 100.
    ticker = {"last": 50_000.0, "baseVolume": told, "quoteVolume": 1e8}
    assert volume_of(ticker, inverse(), 7).base == pytest.approx(2_000.0)


def test_day_volume_that_fits_no_price_is_not_used() -> None:
    ticker = {"last": 50_000.0, "baseVolume": 2_000.0, "quoteVolume": 5e8}
    with pytest.raises(DecodeError, match="fits no price"):
        volume_of(ticker, inverse(), 7)


def test_a_bar_of_contracts_claims_no_volume() -> None:
    assert math.isnan(candle_of([0, 1.0, 2.0, 1.0, 2.0, 9.0], inverse()).volume)
