"""The one HTTP client of a venue: time limits, retries, and errors that say what to do.

429, 418, or the venue's own "slow down"    RateLimited, after the wait that was asked for
451, and 403 as a rule                      Unavailable and final: the region is blocked
403 that means a limit                      RateLimited
5xx, no such host, TLS, no answer           Unavailable, after retries
not JSON, not the documented shape          DecodeError

A short wait is waited here. A long one is told at once, and until it is over nothing is sent:
asking a venue that has had enough earns a longer ban (418 at Binance, 403 at Bybit). A 403 means a
limit where the answer says so, or where the same address has served this client before.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Final, Self, TypeVar

import httpx

from feeds.backoff import Backoff, Pauses
from feeds.base import DecodeError, RateLimited, Unavailable
from feeds.retry_after import retry_after_s

T = TypeVar("T")

USER_AGENT: Final = "Mozilla/5.0 (compatible; Fathom/0.1; pre-trade cost analysis)"
"""Some venues answer 403 to the bare default of an HTTP library."""

REGION_BLOCKED: Final = (
    "does not serve this network's region (HTTP {status}). Choose the venue's address for your "
    "region, another venue, the demo exchange, or a recording."
)

BANNED: Final = 418
"""Binance's answer to those who went on after a 429."""
BAN_S: Final = 120.0
"""Its shortest ban, where it does not say how long."""
LIMIT_S: Final = 600.0
"""Bybit's wait after a 403."""
LONGEST_WAIT_S: Final = 3600.0
"""No stated wait is believed beyond this."""
REASON_BYTES: Final = 4096
"""Of an error's text that are read."""


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
        now: Callable[[], float] = time.monotonic,
        on_body: Callable[[str, bytes], None] | None = None,
    ) -> None:
        """`on_body` is told the address and body of every answer, for a recorder."""
        self.base_url = base_url.rstrip("/")
        self._timeout_s = timeout_s
        self._attempts = attempts
        self._pauses = pauses or Pauses(first=0.5, least=1.0, most=8.0)
        self._max_bytes = max_bytes
        self._sleep = sleep
        self._now = now
        self._on_body = on_body
        self._client: httpx.AsyncClient | None = None
        self._has_answered = False
        self._free_at = 0.0
        """Nothing is asked before this moment of `now`."""

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
            self._check_wait()
            try:
                return decode(await self._fetch(path, params))
            except (RateLimited, Unavailable) as error:
                if error.is_final or backoff.failures + 1 >= self._attempts:
                    raise
                wait_s = self._free_at - self._now()
                if wait_s > self._timeout_s:
                    raise
                await self._sleep(max(backoff.next(), wait_s))

    def _check_wait(self) -> None:
        """Raise RateLimited while the venue wants to be left alone."""
        wait_s = self._free_at - self._now()
        if wait_s > 0:
            raise RateLimited(f"{self.base_url} asked to be left alone for {wait_s:.0f} s more")

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
                if not response.is_success:
                    raise await self._refusal(response)
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > self._max_bytes:
                        raise DecodeError(f"{url} sent more than {self._max_bytes} bytes")
        except httpx.TimeoutException:
            raise Unavailable(f"{url} did not answer in {self._timeout_s:g} s") from None
        except (httpx.HTTPError, OSError) as error:
            raise Unavailable(f"{url} cannot be reached: {error}") from error
        self._has_answered = True
        if self._on_body is not None:
            self._on_body(str(response.url), bytes(body))
        return bytes(body)

    async def _refusal(self, response: httpx.Response) -> RateLimited | Unavailable:
        """What an answer without success asks for."""
        status = response.status_code
        if status == httpx.codes.TOO_MANY_REQUESTS:
            return self._limited(response, 0.0)
        if status == BANNED:
            return self._limited(response, BAN_S)
        if status == httpx.codes.FORBIDDEN and (
            self._has_answered or TOO_FREQUENT in (await _reason(response)).lower()
        ):
            return self._limited(response, LIMIT_S)
        if status in REGION_STATUSES:
            text = f"{self.base_url} {REGION_BLOCKED.format(status=status)}"
            return Unavailable(text, is_final=True)
        if response.is_server_error:
            return Unavailable(f"{self.base_url} has trouble (HTTP {status})")
        return Unavailable(f"{response.url.path} answers HTTP {status}", is_final=True)

    def _limited(self, response: httpx.Response, usual_s: float) -> RateLimited:
        """Remember until when to wait: as it says, or as the venue's documents say."""
        stated_s = retry_after_s(response.headers)
        wait_s = min(usual_s if stated_s is None else stated_s, LONGEST_WAIT_S)
        self._free_at = self._now() + wait_s
        pause = f"; the next one may go out in {wait_s:.0f} s" if wait_s else ""
        status = response.status_code
        return RateLimited(f"{self.base_url} asks for fewer requests (HTTP {status}){pause}")


async def _reason(response: httpx.Response) -> str:
    """The beginning of an error's text."""
    text = bytearray()
    async for part in response.aiter_bytes():
        text += part
        if len(text) >= REASON_BYTES:
            break
    return bytes(text[:REASON_BYTES]).decode(errors="replace")


REGION_STATUSES: Final = (403, 451)
TOO_FREQUENT: Final = "too frequent"
"""What Bybit's 403 reads when it is a limit."""


def is_loopback(url: str) -> bool:
    """Whether an address stays on this machine, where no proxy belongs between."""
    return httpx.URL(url).host in ("127.0.0.1", "localhost", "::1")
