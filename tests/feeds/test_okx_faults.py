"""Each feed fault of the embedded exchange as the client sees it: told, mended, counted."""

import pytest

from feeds.base import DecodeError, Endpoint, FeedState, SequenceGap, SubscribeRefused, Unavailable
from feeds.catalog import VENUES
from feeds.following import Phase
from feeds.okx import Okx
from feeds.rest import RestClient
from feeds.synthetic import Exchange
from tests.feeds.venue_server import watching

SWAP, OTHER = "BTC-USDT-SWAP", "ETH-USDT-SWAP"


@pytest.fixture
async def exchange():
    async with Exchange(seed=7, rate_hz=50, rest_limits=False) as running:
        yield running


@pytest.fixture
async def watch(exchange):
    endpoint = Endpoint(ws_url=exchange.ws_url, rest_url=exchange.rest_url)
    async with RestClient(exchange.rest_url) as client:
        rest = VENUES["okx"].open_rest(client)
        venue = Okx(await rest.instruments())
        venue.ping_after_s, venue.first_book_s = 0.1, 0.3
        async with watching(endpoint, SWAP, OTHER, venue=venue, rest=rest) as watching_it:
            await watching_it.until(lambda: watching_it.health.state is FeedState.LIVE)
            yield watching_it


async def mended(watch, count):
    """Until the swap's book has come back after `count` breaks of it."""
    await watch.until(lambda: sum(symbol == SWAP for symbol, _ in watch.broken) >= count)
    await watch.until(lambda: watch.connection.phase(SWAP) is Phase.LIVE)
    await watch.until(lambda: watch.book(SWAP).shape == "ok")


@pytest.mark.parametrize("fault", ["gap", "duplicate", "reorder"])
async def test_a_broken_chain_is_a_gap_and_that_book_starts_afresh(exchange, watch, fault):
    exchange.inject(fault, SWAP)
    await mended(watch, 1)
    assert {symbol for symbol, _ in watch.broken} == {SWAP}
    assert isinstance(watch.broken[0][1], SequenceGap)
    assert (watch.health.gaps, watch.health.reconnects) == (1, 0)
    assert watch.health.resyncs >= 1


@pytest.mark.parametrize("kind", ["negative", "nan", "infinite", "text"])
async def test_an_impossible_size_breaks_the_book_it_is_in(exchange, watch, kind):
    exchange.inject("bad_number", SWAP, kind=kind)
    await mended(watch, 1)
    assert isinstance(watch.broken[0][1], DecodeError)
    assert {symbol for symbol, _ in watch.broken} == {SWAP}


async def test_malformed_json_in_place_of_an_update_shows_as_a_gap(exchange, watch):
    exchange.inject("junk", SWAP)
    await mended(watch, 1)
    assert (watch.health.decode_errors, watch.health.gaps) == (1, 1)


@pytest.mark.parametrize("fault", ["sequence_reset", "keep_alive"])
async def test_what_is_legal_breaks_nothing(exchange, watch, fault):
    exchange.inject(fault, SWAP)
    before = watch.health.books
    await watch.until(lambda: watch.health.books > before + 20)
    assert watch.broken == []


async def test_a_crossed_book_is_passed_on_and_shows_in_its_shape(exchange, watch):
    exchange.inject("crossed", SWAP)
    await watch.until(lambda: watch.book(SWAP).shape == "crossed")
    await watch.until(lambda: watch.book(SWAP).shape == "ok")
    assert watch.broken == []


async def test_a_one_sided_book_is_passed_on_and_shows_in_its_shape(exchange, watch):
    exchange.inject("one_sided", SWAP)
    await watch.until(lambda: watch.book(SWAP).shape == "one_sided")
    await watch.until(lambda: watch.book(SWAP).shape == "ok")
    assert watch.broken == []


@pytest.mark.parametrize(
    ("fault", "options"),
    [("tcp_reset", {}), ("close", {}), ("close", {"code": 4004}), ("age_cut", {"seconds": 0.0})],
)
async def test_the_end_of_a_line_breaks_all_books_and_a_new_line_mends_them(
    exchange, watch, fault, options
):
    exchange.inject(fault, **options)
    await mended(watch, 1)
    await watch.until(lambda: watch.health.state is FeedState.LIVE)
    assert {symbol for symbol, _ in watch.broken} == {SWAP, OTHER}
    assert isinstance(watch.broken[0][1], Unavailable)
    assert watch.health.reconnects == 1


async def test_an_announced_upgrade_moves_every_book_before_the_line_goes(exchange, watch):
    exchange.inject("notice", lead_s=30.0)
    await watch.until(lambda: watch.health.handovers == 1)
    await watch.until(lambda: len(exchange.wire.clients) == 1)
    assert (watch.broken, watch.health.reconnects, watch.health.last_error) == ([], 0, "")


async def test_a_stall_with_an_open_socket_is_found_by_the_ping(exchange, watch):
    exchange.inject("stall")
    await watch.until(lambda: watch.broken)
    exchange.inject("resume")
    await watch.until(lambda: watch.health.state is FeedState.LIVE)
    assert "no word for" in str(watch.broken[0][1])


async def test_a_refused_instrument_is_told_and_the_others_go_on(exchange, watch):
    exchange.inject("refuse", "SOL-USDT-SWAP")
    watch.connection.follow("SOL-USDT-SWAP")
    await watch.until(lambda: watch.connection.phase("SOL-USDT-SWAP") is Phase.REFUSED)
    ((symbol, error),) = watch.broken
    assert symbol == "SOL-USDT-SWAP"
    assert isinstance(error, SubscribeRefused)
    assert watch.health.state is FeedState.LIVE
