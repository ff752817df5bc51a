"""The venues there are. A new one is a file of its own and one line here."""

import time
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from feeds.base import SYMBOL_PLACE, Endpoint, FeedError, Venue, VenueRest
from feeds.binance import Binance, BinanceCoinm, BinanceUsdm
from feeds.binance_rest import (
    BINANCE_ENDPOINTS,
    COINM_ENDPOINTS,
    USDM_ENDPOINTS,
    BinanceCoinmRest,
    BinanceRest,
    BinanceUsdmRest,
)
from feeds.bybit import Bybit, BybitSpot
from feeds.bybit_rest import BybitRest, BybitSpotRest, bybit_endpoints
from feeds.ccxt_library import PREFIX, find_exchange
from feeds.ccxt_venue import CcxtVenue, rest_of
from feeds.coinbase import Coinbase
from feeds.coinbase_exchange import CoinbaseExchange
from feeds.coinbase_rest import CoinbaseExchangeRest, CoinbaseRest
from feeds.deribit import Deribit
from feeds.deribit_rest import DeribitRest
from feeds.fathom import NAME, Fathom, FathomRest
from feeds.goquant import GoQuant
from feeds.kraken import Kraken
from feeds.kraken_rest import KrakenRest
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
        name = region or next(iter(self.endpoints), "")
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

KRAKEN: Final = Endpoint(ws_url="wss://ws.kraken.com/v2", rest_url="https://api.kraken.com")
COINBASE: Final = Endpoint(
    ws_url="wss://advanced-trade-ws.coinbase.com", rest_url="https://api.exchange.coinbase.com"
)
COINBASE_EXCHANGE: Final = Endpoint(
    ws_url="wss://ws-feed.exchange.coinbase.com", rest_url="https://api.exchange.coinbase.com"
)
DERIBIT: Final = {
    "global": Endpoint(
        ws_url="wss://www.deribit.com/ws/api/v2", rest_url="https://www.deribit.com"
    ),
    "test": Endpoint(
        ws_url="wss://test.deribit.com/ws/api/v2", rest_url="https://test.deribit.com", label="test"
    ),
}
GOQUANT: Final = Endpoint(
    ws_url="wss://ws.gomarket-cpp.goquant.io/ws/l2-orderbook/okx/{symbol}",
    rest_url="https://www.okx.com",
)

VENUES: Final[Mapping[str, Listing]] = {
    "okx": Listing(venue=Okx, rest=OkxRest, endpoints=OKX_ENDPOINTS),
    "binance": Listing(venue=Binance, rest=BinanceRest, endpoints=BINANCE_ENDPOINTS),
    "binance_usdm": Listing(venue=BinanceUsdm, rest=BinanceUsdmRest, endpoints=USDM_ENDPOINTS),
    "binance_coinm": Listing(venue=BinanceCoinm, rest=BinanceCoinmRest, endpoints=COINM_ENDPOINTS),
    "bybit_spot": Listing(venue=BybitSpot, rest=BybitSpotRest, endpoints=bybit_endpoints("spot")),
    "bybit": Listing(venue=Bybit, rest=BybitRest, endpoints=bybit_endpoints("linear")),
    "kraken": Listing(venue=Kraken, rest=KrakenRest, endpoints={"global": KRAKEN}),
    "coinbase": Listing(venue=Coinbase, rest=CoinbaseRest, endpoints={"global": COINBASE}),
    "coinbase_exchange": Listing(
        venue=CoinbaseExchange,
        rest=CoinbaseExchangeRest,
        endpoints={"global": COINBASE_EXCHANGE},
    ),
    "deribit": Listing(venue=Deribit, rest=DeribitRest, endpoints=DERIBIT),
    "goquant": Listing(venue=GoQuant, rest=OkxRest, endpoints={"global": GOQUANT}),
}

RECORDED: Final[Mapping[str, Listing]] = {
    **VENUES,
    NAME: Listing(venue=Fathom, rest=FathomRest, endpoints={}),
}
"""Whose recordings can be played: every venue, and imported archives, which are nowhere live."""


def live_listing(name: str) -> Listing:
    """The catalogue's line for a live venue, `ccxt:exchange` among them.

    Raises FeedError for a name it does not have, and where the optional ccxt is not installed.
    """
    if name.startswith(PREFIX):
        return ccxt_listing(name)
    if name not in VENUES:
        known = ", ".join(VENUES)
        raise FeedError(f"unknown venue {name!r}; known: {known}, ccxt:exchange", is_final=True)
    return VENUES[name]


def ccxt_listing(name: str, config: Mapping[str, object] | None = None) -> Listing:
    """One venue as ccxt reads it; `config` is ccxt's own. Addresses are ccxt's business."""
    exchange = find_exchange(name)
    shown = Endpoint(ws_url=f"{name}/{SYMBOL_PLACE}", rest_url=f"{name}/rest", label="ccxt")
    return Listing(
        venue=CcxtVenue.named(name),
        rest=rest_of(exchange, config),
        endpoints={"global": shown},
    )
