import asyncio
import socket
import time
from http import HTTPStatus

import pytest

from feeds.backoff import Pauses
from feeds.base import (
    RECORDING_ENDED,
    DecodeError,
    Endpoint,
    FeedState,
    SequenceGap,
    SubscribeRefused,
    Unavailable,
    VenueRest,
)
from feeds.breaker import Circuit, Trip
from feeds.following import Phase
from feeds.okx import Okx
from market.book import BookUpdate
from tests.feeds import okx_frames as okx
from tests.feeds.venue_server import PACE, Peer, playing, watching

SPOT = "BTC-USDT"
NEVER = Pauses(first=0, least=100, most=100)


def quick(**facts):
    """An OKX whose patience is set for this test."""
    venue = Okx(okx.listed())
    for name, value in facts.items():
        assert hasattr(venue, name)
        setattr(venue, name, value)
    return venue


def pace(**changed):
    return type(PACE)(**{name: getattr(PACE, name) for name in PACE.__struct_fields__} | changed)


async def serve_books(peer: Peer) -> None:
    await peer.serve_books()


def has_book(watch, symbol=okx.SWAP):
    return lambda: watch.connection.phase(symbol) is Phase.LIVE


# -- the good day --------------------------------------------------------------------------------


async def test_a_followed_book_arrives_and_the_feed_is_live():
    async with playing(serve_books) as server, watching(server.endpoint, okx.SWAP) as watch:
        await watch.until(has_book(watch))
        assert watch.book().mid == 100.0
        assert watch.health.state is FeedState.LIVE
        assert (watch.health.books, watch.health.snapshots, watch.health.url) == (1, 1, server.url)


async def test_until_every_book_is_there_the_feed_is_syncing():
    async def only_spot(peer):
        await peer.acked()
        await peer.send(okx.book(1, symbol=SPOT))

    async with playing(only_spot) as server, watching(server.endpoint, SPOT, okx.SWAP) as watch:
        await watch.until(has_book(watch, SPOT))
        assert watch.health.state is FeedState.SYNCING


async def test_messages_bytes_and_trades_are_counted():
    async def script(peer):
        await peer.request()
        await peer.send(okx.book(1), okx.trade(), okx.trade())

    async with playing(script) as server, watching(server.endpoint, okx.SWAP) as watch:
        await watch.until(lambda: watch.health.messages == 3)
        assert watch.health.trades == 2
        assert watch.health.bytes == len(okx.book(1)) + 2 * len(okx.trade())
        assert time.time_ns() - watch.health.last_recv_ns < 5e9


async def test_symbols_can_be_added_and_taken_away_while_it_runs():
    async with playing(serve_books) as server, watching(server.endpoint, okx.SWAP) as watch:
        await watch.until(has_book(watch))
        watch.connection.follow(SPOT)
        await watch.until(has_book(watch, SPOT))
        watch.connection.unfollow(okx.SWAP)
        await watch.until(lambda: server.peers[0].requests[-1]["op"] == "unsubscribe")
        await server.peers[0].send(okx.book(11, 10), okx.book(11, 10, symbol=SPOT))
        await watch.until(lambda: watch.book(SPOT).seq == 11)
        assert watch.book().seq == 10
        assert watch.connection.symbols == (SPOT,)


async def test_without_symbols_no_connection_is_opened():
    async with playing(serve_books) as server, watching(server.endpoint) as watch:
        await watch.until(lambda: watch.health.state is FeedState.CONNECTING)
        assert server.peers == []
        watch.connection.follow(okx.SWAP)
        await watch.until(has_book(watch))
        assert len(server.peers) == 1


async def test_an_unlisted_symbol_is_refused_at_once():
    async with playing(serve_books) as server, watching(server.endpoint) as watch:
        with pytest.raises(SubscribeRefused, match="NONE-SUCH") as caught:
            watch.connection.follow("NONE-SUCH")
        assert caught.value.is_final


# -- one book breaks -----------------------------------------------------------------------------


async def gap_in_the_swap(peer: Peer) -> None:
    await peer.acked()
    await peer.acked()
    await peer.send(okx.book(10), okx.book(10, symbol=SPOT))
    ghost = (("100.5", "9"),)
    await peer.send(okx.book(11, 10, asks=ghost), okx.book(13, 12), okx.book(14, 13))
    await peer.serve_books(first_seq=50)


async def test_a_gap_breaks_and_mends_that_book_only():
    async with (
        playing(gap_in_the_swap) as server,
        watching(server.endpoint, okx.SWAP, SPOT) as watch,
    ):
        await watch.until(lambda: watch.book().seq == 50)
        ((symbol, error),) = watch.broken
        assert symbol == okx.SWAP
        assert isinstance(error, SequenceGap)
        assert watch.book(SPOT).seq == 10
        assert (watch.health.gaps, watch.health.resyncs, watch.health.reconnects) == (1, 1, 0)
        assert watch.health.state is FeedState.LIVE


async def test_no_level_of_the_old_book_survives_a_resync():
    async with (
        playing(gap_in_the_swap) as server,
        watching(server.endpoint, okx.SWAP, SPOT) as watch,
    ):
        await watch.until(lambda: watch.book().seq == 50)
        assert watch.book().snapshot().ask_prices.tolist() == [101.0]


async def test_only_the_book_is_asked_for_again_and_only_after_the_old_one_has_ended():
    async with playing(gap_in_the_swap) as server:
        async with watching(server.endpoint, okx.SWAP, SPOT) as watch:
            await watch.until(lambda: watch.book().seq == 50)
        asked = [(r["op"], [a["channel"] for a in r["args"]]) for r in server.peers[0].requests[2:]]
        assert asked == [("unsubscribe", ["books"]), ("subscribe", ["books"])]


async def test_a_resync_under_way_is_not_started_twice():
    async def silent_after_a_gap(peer):
        await peer.acked()
        await peer.send(okx.book(10), okx.book(13, 12))
        await peer.request()
        await peer.send(*(okx.book(seq, seq - 2) for seq in range(20, 40)))
        await peer.send(okx.trade())
        await peer.request()

    async with playing(silent_after_a_gap) as server, watching(server.endpoint, okx.SWAP) as watch:
        await watch.until(lambda: watch.health.trades == 1)
        assert watch.health.resyncs == 1
        assert len(watch.broken) == 1
        assert len(server.peers[0].requests) == 2


async def test_an_ack_without_a_book_is_not_believed_for_long():
    async def acks_only_at_first(peer):
        await peer.acked()
        await peer.serve_books()

    venue = quick(first_book_s=0.05)
    async with (
        playing(acks_only_at_first) as server,
        watching(server.endpoint, okx.SWAP, venue=venue) as watch,
    ):
        await watch.until(has_book(watch))
        assert "no book for" in str(watch.broken[0][1])
        assert watch.health.resyncs == 1


async def test_a_book_that_falls_silent_is_broken_though_the_line_is_open():
    async def silent(peer):
        await peer.acked()
        await peer.send(okx.book(10))
        await peer.serve_books(first_seq=50)

    venue = quick(quiet_book_s=0.05)
    async with playing(silent) as server, watching(server.endpoint, okx.SWAP, venue=venue) as watch:
        await watch.until(lambda: watch.book().seq == 50)
        assert isinstance(watch.broken[0][1], Unavailable)


async def test_a_keep_alive_of_the_book_is_no_silence():
    async def keep_alive(peer):
        await peer.acked()
        await peer.send(okx.book(10))
        for _ in range(30):
            await peer.send(okx.book(10, 10, asks=(), bids=()))
            await asyncio.sleep(0.01)
        await peer.send(okx.trade())

    venue = quick(quiet_book_s=0.15)
    async with (
        playing(keep_alive) as server,
        watching(server.endpoint, okx.SWAP, venue=venue) as watch,
    ):
        await watch.until(lambda: watch.health.trades == 1)
        assert watch.broken == []


async def test_junk_is_counted_and_nothing_else_happens():
    async def junk(peer):
        await peer.acked()
        await peer.send(okx.book(10), b"{", b"[]", b"null", b"", okx.book(11, 10))

    async with playing(junk) as server, watching(server.endpoint, okx.SWAP) as watch:
        await watch.until(lambda: watch.book().seq == 11)
        assert (watch.health.decode_errors, watch.broken) == (4, [])


async def test_a_program_error_in_a_decoder_does_not_end_the_feed():
    venue = quick()
    receive = venue.receive

    def fails_once(frame, recv_ns):
        venue.receive = receive
        raise ZeroDivisionError("no reason")

    venue.receive = fails_once
    async with (
        playing(serve_books) as server,
        watching(server.endpoint, okx.SWAP, venue=venue) as watch,
    ):
        await watch.until(has_book(watch))
        assert "ZeroDivisionError" in watch.health.last_error


async def test_a_listener_that_fails_breaks_the_book_it_did_not_take():
    taken = []

    def fails_at_first(event):
        if isinstance(event, BookUpdate):
            taken.append(event)
            if len(taken) == 1:
                raise RuntimeError("no reason")

    async with (
        playing(serve_books) as server,
        watching(server.endpoint, okx.SWAP, on_event=fails_at_first) as watch,
    ):
        await watch.until(lambda: len(taken) == 2)
        assert isinstance(watch.broken[0][1], DecodeError)
        assert watch.health.resyncs == 1


# -- refusals ------------------------------------------------------------------------------------


async def refuses_the_swap(peer: Peer) -> None:
    request = await peer.request()
    await peer.send(okx.error("60018", id=request["id"]))
    await peer.serve_books()


async def test_a_final_refusal_is_told_and_not_asked_again():
    async with (
        playing(refuses_the_swap) as server,
        watching(server.endpoint, okx.SWAP, SPOT) as watch,
    ):
        await watch.until(has_book(watch, SPOT))
        ((symbol, error),) = watch.broken
        assert (symbol, error.is_final) == (okx.SWAP, True)
        assert watch.connection.phase(okx.SWAP) is Phase.REFUSED
        assert (watch.health.refused, watch.health.resyncs) == (1, 0)
        assert watch.health.state is FeedState.LIVE


async def test_a_refused_symbol_can_be_asked_for_again_by_the_user():
    async with playing(refuses_the_swap) as server, watching(server.endpoint, okx.SWAP) as watch:
        await watch.until(lambda: watch.connection.phase(okx.SWAP) is Phase.REFUSED)
        watch.connection.follow(okx.SWAP)
        await watch.until(has_book(watch))


async def test_a_passing_refusal_is_asked_again():
    async def busy_at_first(peer):
        request = await peer.request()
        await peer.send(okx.error("63999", id=request["id"]))
        await peer.serve_books()

    async with playing(busy_at_first) as server, watching(server.endpoint, okx.SWAP) as watch:
        await watch.until(has_book(watch))
        assert len(server.peers) == 1


# -- a book over REST ----------------------------------------------------------------------------


class Books(VenueRest):
    """Gives these books in turn."""

    def __init__(self, *seqs):
        self.seqs = list(seqs)

    async def instruments(self):
        return okx.listed()

    async def candles(self, instrument, n, minutes=1):
        return []

    async def day_volume(self, instrument):
        raise Unavailable("none")

    async def book(self, instrument):
        (update,) = Okx(okx.listed()).receive(okx.book(self.seqs.pop(0)), 7)
        return update


async def test_updates_without_a_snapshot_are_joined_with_a_book_over_rest():
    async def no_snapshot(peer):
        await peer.acked()
        await peer.send(okx.book(12, 10), okx.book(15, 12))

    rest = Books(5, 13)
    venue = quick(splice_after_s=0.02)
    async with (
        playing(no_snapshot) as server,
        watching(server.endpoint, okx.SWAP, venue=venue, rest=rest) as watch,
    ):
        await watch.until(has_book(watch))
        assert [e.seq for e in watch.events if isinstance(e, BookUpdate)] == [13, 15]
        assert rest.seqs == []  # the first was too old
        assert watch.broken == []


# -- the line breaks -----------------------------------------------------------------------------


async def abort(peer: Peer) -> None:
    await peer.acked()
    await peer.send(okx.book(10, asks=(("100.5", "9"), ("101", "2"))))
    await peer.socket.recv()  # keeps the line until the test says so


async def test_a_reset_breaks_every_book_at_once_and_the_next_line_starts_from_nothing():
    async with playing(abort, serve_books) as server, watching(server.endpoint, okx.SWAP) as watch:
        await watch.until(has_book(watch))
        server.peers[0].socket.transport.abort()
        await watch.until(lambda: len(server.peers) == 2 and watch.book().seq == 10)
        assert watch.book().snapshot().ask_prices.tolist() == [101.0]
        assert [symbol for symbol, _ in watch.broken] == [okx.SWAP]
        assert watch.health.reconnects == 1


@pytest.mark.parametrize(
    ("code", "words"), [(4004, "nothing was sent"), (4005, "too slowly"), (1012, "restarts")]
)
async def test_a_close_code_is_told_in_words(code, words):
    async def closes(peer):
        await peer.acked()
        await peer.send(okx.book(10))
        await peer.socket.close(code)

    async with playing(closes, serve_books) as server, watching(server.endpoint, okx.SWAP) as watch:
        await watch.until(lambda: len(server.peers) == 2)
        assert words in str(watch.broken[0][1])


async def test_a_frame_that_is_too_long_ends_the_line_and_not_the_feed():
    async def floods(peer):
        await peer.acked()
        await peer.send(b"x" * (10 << 20))

    async with playing(floods, serve_books) as server, watching(server.endpoint, okx.SWAP) as watch:
        await watch.until(has_book(watch))
        await watch.until(lambda: server.close_codes)
        assert server.close_codes[0] == 1009


async def test_a_silent_line_is_pinged_and_kept_when_it_answers():
    async with playing(serve_books) as server:
        venue = quick(ping_after_s=0.04)
        async with watching(server.endpoint, okx.SWAP, venue=venue) as watch:
            await watch.until(has_book(watch))
            before = watch.health.messages
            await watch.until(lambda: watch.health.messages >= before + 3)  # three pongs
            assert len(server.peers) == 1


async def test_a_line_that_does_not_answer_its_ping_is_cut():
    async def deaf(peer):
        await peer.acked()
        await peer.send(okx.book(10))
        async for _ in peer.socket:
            pass

    async with playing(deaf, serve_books) as server:
        venue = quick(ping_after_s=0.04)
        async with watching(server.endpoint, okx.SWAP, venue=venue) as watch:
            await watch.until(lambda: len(server.peers) == 2)
            assert "no word for" in str(watch.broken[0][1])


NOTICE = okx.frame({"event": "notice", "code": "64008", "msg": "soon", "connId": "a"})


async def upgrades(peer: Peer) -> None:
    await peer.acked()
    await peer.send(okx.book(10), NOTICE)


async def test_an_announced_upgrade_opens_the_next_line_before_the_first_one_goes():
    async def comes_later(peer):
        await peer.serve_books(first_seq=50)

    async with (
        playing(upgrades, comes_later) as server,
        watching(server.endpoint, okx.SWAP) as watch,
    ):
        await watch.until(lambda: watch.book().seq == 50)
        await watch.until(lambda: server.close_codes == [1000])
        assert watch.broken == []
        assert (watch.health.handovers, watch.health.reconnects) == (1, 0)


async def test_a_book_moves_when_its_own_snapshot_is_there_and_not_before():
    async def only_spot(peer):
        await peer.acked()
        await peer.acked()
        await peer.send(okx.book(60, symbol=SPOT))

    async def both(peer):
        await peer.acked()
        await peer.acked()
        await peer.send(okx.book(10), okx.book(20, symbol=SPOT), NOTICE)

    async with (
        playing(both, only_spot) as server,
        watching(server.endpoint, okx.SWAP, SPOT) as watch,
    ):
        await watch.until(lambda: watch.book(SPOT).seq == 60)
        old, fresh = server.peers
        await old.send(okx.book(21, 20, symbol=SPOT), okx.book(11, 10))
        await watch.until(lambda: watch.book().seq == 11)
        assert watch.book(SPOT).seq == 60
        await fresh.send(okx.book(70))
        await watch.until(lambda: watch.book().seq == 70)
        assert watch.broken == []


async def test_a_line_that_ends_before_the_next_one_has_a_book_is_a_break_as_ever():
    is_broken = asyncio.Event()

    async def ends(peer):
        await upgrades(peer)
        await peer.socket.close(1001)

    async def comes_late(peer):
        await peer.acked()
        await is_broken.wait()
        await peer.send(okx.book(30))

    async with (
        playing(ends, comes_late) as server,
        watching(server.endpoint, okx.SWAP) as watch,
    ):
        await watch.until(lambda: watch.broken)
        is_broken.set()
        await watch.until(lambda: watch.book().seq == 30)
        assert watch.health.handovers == 0


async def test_a_next_line_that_fails_is_tried_again_while_the_first_one_lasts():
    async def drops(peer):
        await peer.socket.close(1011)

    async with (
        playing(upgrades, drops, drops, serve_books) as server,
        watching(server.endpoint, okx.SWAP) as watch,
    ):
        await watch.until(lambda: watch.health.handovers == 1)
        assert len(server.peers) == 4
        assert watch.broken == []


async def test_a_symbol_added_during_a_change_of_lines_is_followed_on_the_next_one():
    async def waits(peer):
        await peer.acked()
        await peer.acked()
        await peer.send(okx.book(70), okx.book(80, symbol=SPOT))

    async with (
        playing(upgrades, waits) as server,
        watching(server.endpoint, okx.SWAP) as watch,
    ):
        await watch.until(lambda: len(server.peers) == 2 and server.peers[1].requests)
        watch.connection.follow(SPOT)
        await watch.until(lambda: watch.book(SPOT).seq == 80 and watch.book().seq == 70)


async def test_an_old_line_is_renewed_before_the_venue_cuts_it():
    async with (
        playing(serve_books) as server,
        watching(server.endpoint, okx.SWAP, venue=quick(cut_after_s=0.1)) as watch,
    ):
        await watch.until(lambda: watch.health.handovers >= 2)
        assert watch.broken == []


async def test_cancelling_during_a_change_of_lines_leaves_no_task():
    async def mute(peer):
        await peer.acked()
        await peer.socket.wait_closed()

    before = asyncio.all_tasks()
    async with playing(upgrades, mute) as server:
        async with watching(server.endpoint, okx.SWAP) as watch:
            await watch.until(lambda: len(server.peers) == 2)
        ours = {task for task in asyncio.all_tasks() - before if "127.0.0.1" in task.get_name()}
        assert ours == set()


async def test_nobody_listening_is_told_and_tried_again_until_somebody_does():
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    endpoint = Endpoint(ws_url=f"ws://127.0.0.1:{port}/", rest_url="")
    async with watching(endpoint, okx.SWAP) as watch:
        await watch.until(lambda: "cannot be reached" in watch.health.last_error)
        assert watch.health.state is FeedState.DOWN
        async with playing(serve_books, port=port):
            await watch.until(has_book(watch))


async def test_the_next_try_is_announced():
    async def drops(peer):
        await peer.socket.close(1011)

    async with playing(drops) as server:
        slow = pace(reconnect=NEVER)
        async with watching(server.endpoint, okx.SWAP, pace=slow) as watch:
            await watch.until(lambda: watch.health.next_try_ns > time.time_ns() + 30e9)
            assert watch.health.state is FeedState.DOWN
            assert len(server.peers) == 2  # the first pause is short, the next ones are not


@pytest.mark.parametrize("status", [HTTPStatus.FORBIDDEN, HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS])
async def test_a_blocked_region_is_explained_with_alternatives(status):
    def refuse(connection, request):
        return connection.respond(status, "no")

    async with (
        playing(serve_books, process_request=refuse) as server,
        watching(server.endpoint, okx.SWAP) as watch,
    ):
        await watch.until(lambda: "region" in watch.health.last_error)
        assert "demo exchange" in watch.health.last_error


async def test_a_server_that_speaks_no_websocket_is_tried_again():
    async def greet(reader, writer):
        writer.write(b"220 mail ready\r\n")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        endpoint = Endpoint(ws_url=f"ws://{host}:{port}/", rest_url="")
        async with watching(endpoint, okx.SWAP) as watch:
            await watch.until(lambda: "cannot be reached" in watch.health.last_error)
            assert not watch.task.done()


# -- the end -------------------------------------------------------------------------------------


async def test_a_recording_that_ends_is_not_played_again():
    async def plays(peer):
        await peer.acked()
        await peer.send(okx.book(10))
        await peer.socket.close(1000, RECORDING_ENDED)

    async with playing(plays) as server, watching(server.endpoint, okx.SWAP) as watch:
        async with asyncio.timeout(5):
            await watch.task
        assert watch.health.state is FeedState.ENDED
        assert len(server.peers) == 1
        assert "ended" in str(watch.broken[0][1])


async def test_cancelling_closes_in_good_order_and_leaves_no_task():
    before = asyncio.all_tasks()
    async with playing(serve_books) as server:
        async with watching(server.endpoint, okx.SWAP) as watch:
            await watch.until(has_book(watch))
        assert watch.health.state is FeedState.STOPPED
        assert [symbol for symbol, _ in watch.broken] == [okx.SWAP]
        await asyncio.wait_for(server.peers[0].socket.wait_closed(), 1)
        assert server.peers[0].socket.close_code == 1000
    assert asyncio.all_tasks() == before


async def test_cancelling_while_waiting_for_the_next_try_is_immediate():
    endpoint = Endpoint(ws_url="ws://127.0.0.1:9/", rest_url="")
    slow = pace(reconnect=Pauses(first=100, least=100, most=100))
    async with watching(endpoint, okx.SWAP, pace=slow) as watch:
        await watch.until(lambda: watch.health.next_try_ns > 0)
    assert watch.health.state is FeedState.STOPPED


# -- the circuit breaker -------------------------------------------------------------------------


async def drops(peer: Peer) -> None:
    await peer.socket.close(1011)


TRIPPING = Trip(failures=3, first_s=100.0)


async def test_a_venue_that_drops_us_again_and_again_is_left_alone_and_says_until_when():
    async with (
        playing(drops) as server,
        watching(server.endpoint, okx.SWAP, pace=pace(trip=TRIPPING)) as watch,
    ):
        await watch.until(lambda: watch.health.circuit is Circuit.OPEN)
        assert (len(server.peers), watch.health.trips, watch.health.state) == (3, 1, "down")
        ahead_s = (watch.health.next_try_ns - time.time_ns()) / 1e9
        assert 95 < ahead_s < 115


async def test_try_now_ends_the_wait_and_a_book_that_holds_closes_the_circuit():
    patient = pace(trip=TRIPPING, steady_s=0.05)
    async with (
        playing(drops, drops, drops, serve_books) as server,
        watching(server.endpoint, okx.SWAP, pace=patient) as watch,
    ):
        await watch.until(lambda: watch.health.circuit is Circuit.OPEN)
        watch.connection.try_now()
        await watch.until(has_book(watch))
        await watch.until(lambda: watch.health.circuit is Circuit.CLOSED)
        assert (watch.health.trips, watch.health.next_try_ns) == (1, 0)


async def test_a_try_that_fails_while_half_open_opens_it_again():
    async with (
        playing(drops) as server,
        watching(server.endpoint, okx.SWAP, pace=pace(trip=TRIPPING)) as watch,
    ):
        await watch.until(lambda: watch.health.circuit is Circuit.OPEN)
        watch.connection.try_now()
        await watch.until(lambda: watch.health.trips == 2)
        assert len(server.peers) == 4


async def test_nobody_listening_opens_the_circuit_too():
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    endpoint = Endpoint(ws_url=f"ws://127.0.0.1:{port}/", rest_url="")
    async with watching(endpoint, okx.SWAP, pace=pace(trip=TRIPPING)) as watch:
        await watch.until(lambda: watch.health.circuit is Circuit.OPEN)
        assert "cannot be reached" in watch.health.last_error
