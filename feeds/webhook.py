"""Tells another program over HTTPS, at addresses the operator allowed and nowhere else."""

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx

from market.errors import OrderError

TIMEOUT_S = 5.0
LONGEST = 300


class Webhooks:
    """Posts JSON. `hosts` are the names that may be called; without any, none is."""

    def __init__(self, hosts: frozenset[str]) -> None:
        self._hosts = hosts

    def check(self, address: str) -> None:
        """OrderError for an address that may not be called."""
        parts = urlsplit(address)
        allowed = ", ".join(sorted(self._hosts)) or "none; set FATHOM_WEBHOOK_HOSTS"
        if len(address) > LONGEST:
            raise OrderError("webhook", "is too long", f"at most {LONGEST} characters")
        if parts.username or parts.password or parts.hostname not in self._hosts:
            raise OrderError("webhook", f"{parts.hostname or 'this'} may not be called", allowed)
        if parts.scheme != "https" and not (parts.scheme == "http" and _is_here(parts.hostname)):
            raise OrderError("webhook", "is not encrypted", "an address that starts with https://")

    async def post(self, address: str, body: Mapping[str, object]) -> str:
        """Empty when it was taken, else why not. Redirects are not followed."""
        try:
            self.check(address)
            async with httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False) as client:
                answer = await client.post(address, json=dict(body))
        except (httpx.HTTPError, httpx.InvalidURL, OrderError) as error:
            return f"{error}" or type(error).__name__
        return "" if answer.is_success else f"it answered {answer.status_code}"


def _is_here(host: str | None) -> bool:
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False
