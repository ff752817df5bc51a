"""The one HTTP client of a venue: time limits, retries, and errors that say what to do.

429, or the venue's own "slow down"      RateLimited, after retries with growing pauses
451, 403                                 Unavailable and final: the region is blocked
5xx, no such host, TLS, no answer        Unavailable, after retries
not JSON, not the documented shape       DecodeError
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Final, Self, TypeVar

import httpx

from feeds.backoff import Backoff, Pauses
from feeds.base import DecodeError, RateLimited, Unavailable

T = TypeVar("T")

USER_AGENT: Final = "Mozilla/5.0 (compatible; Fathom/0.1; pre-trade cost analysis)"
"""Some venues answer 403 to the bare default of an HTTP library."""

REGION_BLOCKED: Final = (
    "does not serve this network's region (HTTP {status}). Choose the venue's address for your "
    "region, another venue, the demo exchange, or a recording."
)


class RestClient:
    """GET from one base address. Opens nothing until the first request."""

    def __init__(
        self,
        base_url: str,
        *,
        timeout_s: float = 10.0,
        attempts: int = 3,
        pauses: Pauses | None = None,
        max_bytes: int = 64 << 20,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        on_body: Callable[[str, bytes], None] | None = None,
    ) -> None:
        """`on_body` is told the address and body of every answer, for a recorder."""
        self.base_url = base_url.rstrip("/")
        self._timeout_s = timeout_s
        self._attempts = attempts
        self._pauses = pauses or Pauses(first=0.5, least=1.0, most=8.0)
        self._max_bytes = max_bytes
        self._sleep = sleep
        self._on_body = on_body
        self._client: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections held."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def get(self, path: str, params: Mapping[str, str], decode: Callable[[bytes], T]) -> T:
        """Fetch and decode; `decode` may raise RateLimited or Unavailable to be tried again."""
        backoff = Backoff(self._pauses)
        while True:
            try:
                return decode(await self._fetch(path, params))
            except (RateLimited, Unavailable) as error:
                if error.is_final or backoff.failures + 1 >= self._attempts:
                    raise
                await self._sleep(backoff.next())

    async def _fetch(self, path: str, params: Mapping[str, str]) -> bytes:
        if self._client is None:
            self._client = httpx.AsyncClient(
                headers={"User-Agent": USER_AGENT},
                timeout=self._timeout_s,
                trust_env=not is_loopback(self.base_url),
            )
        url = self.base_url + path
        body = bytearray()
        try:
            async with self._client.stream("GET", url, params=dict(params)) as response:
                self._check(response)
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > self._max_bytes:
                        raise DecodeError(f"{url} sent more than {self._max_bytes} bytes")
        except httpx.TimeoutException:
            raise Unavailable(f"{url} did not answer in {self._timeout_s:g} s") from None
        except (httpx.HTTPError, OSError) as error:
            raise Unavailable(f"{url} cannot be reached: {error}") from error
        if self._on_body is not None:
            self._on_body(str(response.url), bytes(body))
        return bytes(body)

    def _check(self, response: httpx.Response) -> None:
        status = response.status_code
        if status == httpx.codes.TOO_MANY_REQUESTS:
            raise RateLimited(f"{self.base_url} asks for fewer requests (HTTP 429)")
        if status in REGION_STATUSES:
            text = f"{self.base_url} {REGION_BLOCKED.format(status=status)}"
            raise Unavailable(text, is_final=True)
        if response.is_server_error:
            raise Unavailable(f"{self.base_url} has trouble (HTTP {status})")
        if not response.is_success:
            raise Unavailable(f"{response.url.path} answers HTTP {status}", is_final=True)


REGION_STATUSES: Final = (403, 451)


def is_loopback(url: str) -> bool:
    """Whether an address stays on this machine, where no proxy belongs between."""
    return httpx.URL(url).host in ("127.0.0.1", "localhost", "::1")
