import pytest

from feeds.backoff import Pauses
from feeds.base import DecodeError, RateLimited, Unavailable
from feeds.rest import RestClient
from tests.feeds.http_server import answering

AT_ONCE = Pauses(first=0, least=0, most=0)


async def get(url, decode=bytes.decode, **options):
    async with RestClient(url, pauses=AT_ONCE, **options) as client:
        return await client.get("/path", {"b": "2", "a": "1"}, decode)


async def test_an_answer_is_decoded():
    async with answering((200, "hello")) as server:
        assert await get(server.url) == "hello"
        assert server.requests == ["/path?b=2&a=1"]


async def test_a_busy_server_is_asked_again():
    async with answering((503, ""), (429, ""), (200, "hello")) as server:
        assert await get(server.url) == "hello"


@pytest.mark.parametrize(("status", "kind"), [(429, RateLimited), (500, Unavailable)])
async def test_it_is_asked_three_times_and_no_more(status, kind):
    async with answering((status, "")) as server:
        with pytest.raises(kind):
            await get(server.url)
        assert len(server.requests) == 3


@pytest.mark.parametrize("status", [403, 451])
async def test_a_blocked_region_is_explained_with_alternatives_and_not_asked_again(status):
    async with answering((status, "")) as server:
        with pytest.raises(Unavailable, match="region") as caught:
            await get(server.url)
        assert "demo exchange" in str(caught.value)
        assert len(server.requests) == 1


async def test_pauses_grow_and_stay_below_their_ceiling():
    slept = []

    async def note(seconds):
        slept.append(seconds)

    async with answering((503, "")) as server:
        pauses = Pauses(first=1, least=2, most=6)
        async with RestClient(server.url, attempts=6, pauses=pauses, sleep=note) as client:
            with pytest.raises(Unavailable):
                await client.get("/", {}, bytes.decode)
    ranges = [(0, 1), (1, 2), (2, 4), (3, 6), (3, 6)]
    assert all(low <= s <= high for s, (low, high) in zip(slept, ranges, strict=True))


async def test_nobody_listening_is_unavailable():
    async with answering((200, "")) as server:
        url = server.url
    with pytest.raises(Unavailable, match="cannot be reached"):
        await get(url)


async def test_a_name_that_does_not_resolve_is_unavailable():
    with pytest.raises(Unavailable, match="cannot be reached"):
        await get("http://name.invalid")


async def test_tls_towards_a_plain_port_is_unavailable():
    async with answering((200, "")) as server:
        with pytest.raises(Unavailable, match="cannot be reached"):
            await get(server.url.replace("http:", "https:"), attempts=1)


async def test_an_answer_without_end_is_cut_off():
    async with answering((200, "x" * 2000)) as server:
        with pytest.raises(DecodeError, match="more than 1000"):
            await get(server.url, max_bytes=1000)


async def test_an_error_that_decoding_finds_is_retried_when_it_may_pass():
    def decode(body):
        if body == b"busy":
            raise RateLimited("slow down")
        return body

    async with answering((200, "busy"), (200, "ready")) as server:
        assert await get(server.url, decode) == b"ready"


class Naps:
    """Sleeps in no time, on a clock of its own."""

    def __init__(self):
        self.slept = []
        self.now = 0.0

    async def __call__(self, seconds):
        self.slept.append(seconds)
        self.now += seconds

    def client(self, url, **options):
        return RestClient(url, pauses=AT_ONCE, sleep=self, now=lambda: self.now, **options)


@pytest.mark.parametrize("status", [418, 429])
async def test_a_short_wait_that_the_venue_states_is_waited_and_then_asked_again(status):
    naps = Naps()
    async with (
        answering((status, "", "Retry-After: 7"), (200, "ready")) as server,
        naps.client(server.url) as client,
    ):
        assert await client.get("/", {}, bytes.decode) == "ready"
    assert naps.slept == [7.0]


async def test_a_wait_until_a_date_is_counted_from_the_date_of_the_answer():
    naps = Naps()
    lines = ("Retry-After: Fri, 20 Nov 2026 10:00:06 GMT", "Date: Fri, 20 Nov 2026 10:00:00 GMT")
    async with (
        answering((429, "", *lines), (200, "ready")) as server,
        naps.client(server.url) as client,
    ):
        assert await client.get("/", {}, bytes.decode) == "ready"
    assert naps.slept == [6.0]


@pytest.mark.parametrize("said", ["soon", "-5", "nan", "\u00b2", "Fri, 99 Nov 2026 10:00:06 GMT"])
async def test_a_wait_that_cannot_be_read_is_our_own_pause(said):
    naps = Naps()
    async with (
        answering((429, "", f"Retry-After: {said}"), (200, "ready")) as server,
        naps.client(server.url) as client,
    ):
        assert await client.get("/", {}, bytes.decode) == "ready"
    assert naps.slept == [0.0]


async def test_a_long_wait_is_told_and_nothing_is_asked_before_it_is_over():
    naps = Naps()
    async with (
        answering((418, "", "Retry-After: 300"), (200, "ready")) as server,
        naps.client(server.url) as client,
    ):
        for _ in range(3):
            with pytest.raises(RateLimited, match="300 s") as caught:
                await client.get("/", {}, bytes.decode)
        assert (caught.value.is_final, len(server.requests), naps.slept) == (False, 1, [])
        naps.now = 300.0
        assert await client.get("/", {}, bytes.decode) == "ready"


async def test_a_ban_without_a_stated_wait_is_left_alone_for_two_minutes():
    naps = Naps()
    async with answering((418, ""), (200, "ready")) as server, naps.client(server.url) as client:
        with pytest.raises(RateLimited, match="120 s"):
            await client.get("/", {}, bytes.decode)


async def test_no_wait_is_longer_than_an_hour():
    naps = Naps()
    async with (
        answering((418, "", "Retry-After: 259200"), (200, "ready")) as server,
        naps.client(server.url) as client,
    ):
        with pytest.raises(RateLimited, match="3600 s"):
            await client.get("/", {}, bytes.decode)
        naps.now = 3600.0
        assert await client.get("/", {}, bytes.decode) == "ready"


async def test_a_403_from_a_server_that_has_answered_before_is_a_limit_and_no_region():
    naps = Naps()
    async with answering((200, "ready"), (403, "")) as server, naps.client(server.url) as client:
        await client.get("/", {}, bytes.decode)
        with pytest.raises(RateLimited, match="600 s"):
            await client.get("/", {}, bytes.decode)


async def test_a_403_that_speaks_of_frequency_is_a_limit_even_as_the_first_answer():
    naps = Naps()
    async with (
        answering((403, "403, access too frequent")) as server,
        naps.client(server.url) as client,
    ):
        with pytest.raises(RateLimited, match="600 s"):
            await client.get("/", {}, bytes.decode)


async def test_a_451_is_the_region_even_from_a_server_that_has_answered_before():
    async with answering((200, "ready"), (451, "")) as server, Naps().client(server.url) as client:
        await client.get("/", {}, bytes.decode)
        with pytest.raises(Unavailable, match="region"):
            await client.get("/", {}, bytes.decode)
