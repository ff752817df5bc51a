"""Kraken spot over REST: pairs, candles, day volume, and a book.

    {"error":[],"result":{…}}

REST still writes XBT and XDG where the stream writes BTC and DOGE.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from feeds import figures
from feeds.base import DecodeError, FeedError, RateLimited, Unavailable, VenueRest
from feeds.rest import RestClient
from market.book import BookUpdate
from market.instrument import Instrument, Kind
from market.trade import Candle, DayVolume
from market.units import NS_PER_MS

PAIRS_PATH: Final = "/0/public/AssetPairs"
CANDLES_PATH: Final = "/0/public/OHLC"
TICKER_PATH: Final = "/0/public/Ticker"
BOOK_PATH: Final = "/0/public/Depth"

STREAM_NAMES: Final = {"XBT": "BTC", "XDG": "DOGE"}
REST_NAMES: Final = {ours: theirs for theirs, ours in STREAM_NAMES.items()}
BOOK_LEVELS: Final = 500


class KrakenRest(VenueRest):
    """The public half of Kraken's spot REST API."""

    def __init__(self, client: RestClient, now_ns: Callable[[], int]) -> None:
        self._client = client
        self._now_ns = now_ns

    async def instruments(self) -> dict[str, Instrument]:
        """All spot pairs, by the symbol of the stream (BTC/USD)."""
        return await self._client.get(PAIRS_PATH, {}, decode_instruments)

    async def candles(self, instrument: Instrument, n: int, minutes: int = 1) -> list[Candle]:
        """The last `n` (at most 719) finished bars, oldest first."""
        params = {"pair": rest_pair(instrument), "interval": str(minutes)}
        bars = await self._client.get(
            CANDLES_PATH, params, lambda body: decode_candles(body, instrument)
        )
        return bars[-n:] if n > 0 else []

    async def day_volume(self, instrument: Instrument) -> DayVolume:
        """Rolling 24 h volume. Raises DecodeError where its money does not fit the price."""
        params = {"pair": rest_pair(instrument)}
        return await self._client.get(
            TICKER_PATH, params, lambda body: decode_volume(body, instrument, self._now_ns())
        )

    async def book(self, instrument: Instrument) -> BookUpdate:
        """The best levels as they are now. Nothing links it with the stream."""
        params = {"pair": rest_pair(instrument), "count": str(BOOK_LEVELS)}
        return await self._client.get(
            BOOK_PATH, params, lambda body: decode_book(body, instrument, self._now_ns())
        )


def rest_pair(instrument: Instrument) -> str:
    """`XBTUSD` for BTC/USD: the name that REST asks for."""
    base, quote = instrument.base, instrument.quote
    return REST_NAMES.get(base, base) + REST_NAMES.get(quote, quote)


class _Reply(msgspec.Struct, frozen=True):
    error: list[str]
    result: msgspec.Raw = msgspec.Raw(b"{}")


class _Pair(msgspec.Struct, frozen=True):
    wsname: str
    pair_decimals: int
    lot_decimals: int
    ordermin: str
    tick_size: str = ""
    costmin: str = ""
    status: str = "online"


class _Ticker(msgspec.Struct, frozen=True):
    """Pairs of today and the last 24 h: volume, average price, low, high."""

    v: tuple[str, str]
    p: tuple[str, str]
    l: tuple[str, str]  # noqa: E741 - the venue's name for the low
    h: tuple[str, str]


class _Depth(msgspec.Struct, frozen=True):
    asks: list[tuple[str, str, int]]
    bids: list[tuple[str, str, int]]


REPLY: Final = msgspec.json.Decoder(_Reply)
MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
PAIR: Final = msgspec.json.Decoder(_Pair)
CANDLES: Final = msgspec.json.Decoder(
    list[tuple[figures.Millis, str, str, str, str, str, str, int]]
)
TICKER: Final = msgspec.json.Decoder(_Ticker)
DEPTH: Final = msgspec.json.Decoder(_Depth)


def _decode(body: bytes | msgspec.Raw, decoder: "msgspec.json.Decoder[Any]", what: str) -> Any:
    return figures.decode(body, decoder, "Kraken", what)


def _members(body: bytes) -> dict[str, msgspec.Raw]:
    """What a reply holds by name, or the error that it is."""
    reply: _Reply = _decode(body, REPLY, "a reply")
    if not reply.error:
        members: dict[str, msgspec.Raw] = _decode(reply.result, MEMBERS, "a result")
        return members
    text = f"Kraken answers {', '.join(reply.error)[:200]}"
    if "Rate limit" in text or "Too many requests" in text:
        raise RateLimited(text)
    raise Unavailable(text, is_final=not any(hint in text for hint in PASSING))


PASSING: Final = ("EService", "EGeneral:Internal", "Temporary")
"""Errors that go away by themselves."""


def _only_member(body: bytes, instrument: Instrument) -> msgspec.Raw:
    """The one pair asked for; REST answers under a third name of its own (XXBTZUSD)."""
    members = [value for name, value in _members(body).items() if name != "last"]
    if len(members) != 1:
        symbol = instrument.venue_symbol
        raise DecodeError(f"Kraken {symbol}: {len(members)} pairs in the answer", symbol=symbol)
    return members[0]


def decode_instruments(body: bytes) -> dict[str, Instrument]:
    """All pairs; one that cannot be understood is left out, not guessed.

        {"XXBTZUSD":{"wsname":"XBT/USD","pair_decimals":1,"lot_decimals":8,"ordermin":"0.00005",
                     "costmin":"0.5","tick_size":"0.1","status":"online"}}

    The fee arrays beside these are always empty and therefore not read.
    """
    found = {}
    for raw in _members(body).values():
        try:
            instrument = _instrument(_decode(raw, PAIR, "a pair"))
        except FeedError:
            continue
        found[instrument.venue_symbol] = instrument
    return found


def _instrument(listing: _Pair) -> Instrument:
    base, _, quote = listing.wsname.partition("/")
    base, quote = STREAM_NAMES.get(base, base), STREAM_NAMES.get(quote, quote)
    symbol = f"{base}/{quote}"
    if not base or not quote or not 0 <= listing.lot_decimals <= MAX_DECIMALS:
        raise DecodeError(f"Kraken: {listing.wsname[:40]!r} is no pair")
    tick = listing.tick_size or f"1e-{listing.pair_decimals}"
    return Instrument(
        venue="kraken",
        venue_symbol=symbol,
        base=base,
        quote=quote,
        settle="",
        kind=Kind.SPOT,
        product="spot",
        tick_size=figures.positive(tick, "tick_size", "Kraken", symbol),
        lot_size=float(f"1e-{listing.lot_decimals}"),
        min_size=figures.positive(listing.ordermin, "ordermin", "Kraken", symbol),
        min_notional=_min_notional(listing, symbol),
        is_live=listing.status == "online",
    )


MAX_DECIMALS: Final = 18


def _min_notional(listing: _Pair, symbol: str) -> float | None:
    if not listing.costmin:
        return None
    return figures.number(listing.costmin, "costmin", "Kraken", symbol) or None


def decode_candles(body: bytes, instrument: Instrument) -> list[Candle]:
    """Finished bars, oldest first as the venue sends them; the last one is still open.

    A row is [time (s), open, high, low, close, vwap, volume (base), count].
    """
    rows = _decode(_only_member(body, instrument), CANDLES, "candles")
    return [
        figures.candle(opened * 1000, (o, h, low, close), volume, instrument)
        for opened, o, h, low, close, _, volume, _ in rows[:-1]
    ]


def decode_volume(body: bytes, instrument: Instrument, recv_ns: int) -> DayVolume:
    """The last 24 h; money is the volume at its average price."""
    ticker: _Ticker = _decode(_only_member(body, instrument), TICKER, "a ticker")
    volume, vwap, low, high = (
        figures.number(pair[1], what, "Kraken", instrument.venue_symbol)
        for pair, what in (
            (ticker.v, "volume"),
            (ticker.p, "vwap"),
            (ticker.l, "low"),
            (ticker.h, "high"),
        )
    )
    return figures.day_volume(
        volume,
        volume * vwap,
        low=low,
        high=high,
        instrument=instrument,
        event_ms=recv_ns // NS_PER_MS,
        recv_ns=recv_ns,
    )


def decode_book(body: bytes, instrument: Instrument, recv_ns: int) -> BookUpdate:
    """A fetched book as a snapshot; rows are [price, volume, time of the level (s)]."""
    depth: _Depth = _decode(_only_member(body, instrument), DEPTH, "a book")
    bids = [(price, size) for price, size, _ in depth.bids]
    asks = [(price, size) for price, size, _ in depth.asks]
    return BookUpdate(
        symbol=instrument.venue_symbol,
        is_snapshot=True,
        rows=figures.levels(bids, asks, instrument),
        n_bids=len(bids),
        seq=-1,
        event_ns=recv_ns,
        recv_ns=recv_ns,
    )
