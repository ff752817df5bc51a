"""The venues there are. A new one is a file of its own and one line here."""

import time
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from feeds.base import Endpoint, Venue, VenueRest
from feeds.okx import Okx
from feeds.okx_rest import OkxRest
from feeds.rest import RestClient
from market.instrument import Instrument


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """One venue: decoder, REST facts, addresses by region (the first is the default)."""

    venue: Callable[[dict[str, Instrument]], Venue]
    rest: Callable[[RestClient, Callable[[], int]], VenueRest]
    endpoints: Mapping[str, Endpoint]

    def endpoint(self, region: str = "") -> Endpoint:
        """The address of a region, or the default; KeyError names those there are."""
        name = region or next(iter(self.endpoints))
        if name not in self.endpoints:
            raise KeyError(f"unknown region {region!r}; known: {', '.join(self.endpoints)}")
        return self.endpoints[name]

    def open_rest(self, client: RestClient, now_ns: Callable[[], int] = time.time_ns) -> VenueRest:
        """Its REST facts through a client, which the caller closes."""
        return self.rest(client, now_ns)


OKX_ENDPOINTS: Final = {
    "global": Endpoint(
        ws_url="wss://ws.okx.com:8443/ws/v5/public", rest_url="https://www.okx.com", label="global"
    ),
    "eea": Endpoint(
        ws_url="wss://wseea.okx.com:8443/ws/v5/public", rest_url="https://eea.okx.com", label="EEA"
    ),
    "us": Endpoint(
        ws_url="wss://wsus.okx.com:8443/ws/v5/public", rest_url="https://us.okx.com", label="US"
    ),
}

VENUES: Final[Mapping[str, Listing]] = {
    "okx": Listing(venue=Okx, rest=OkxRest, endpoints=OKX_ENDPOINTS),
}
