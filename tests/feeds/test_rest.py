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
