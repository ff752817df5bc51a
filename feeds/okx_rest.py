"""OKX over REST: instruments, candles, day volume, and a book for the splice.

    {"code":"0","msg":"","data":[…]}

Every value is text; an empty text means that the field does not apply.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

import msgspec

from feeds import okx_wire as wire
from feeds.base import DecodeError, FeedError, RateLimited, Unavailable, VenueRest
from feeds.okx_codes import Move, rest_meaning
from feeds.okx_volume import day_volume
from feeds.rest import RestClient
from market.book import BookUpdate
from market.instrument import Instrument, Kind
from market.trade import Candle, DayVolume

INSTRUMENTS_PATH: Final = "/api/v5/public/instruments"
CANDLES_PATH: Final = "/api/v5/market/candles"
TICKER_PATH: Final = "/api/v5/market/ticker"
BOOK_PATH: Final = "/api/v5/market/books"

PRODUCTS: Final = {"SPOT": "spot", "SWAP": "swap", "FUTURES": "futures"}
"""instType -> key of the fee schedule. Options have no price here."""
MAX_CANDLES: Final = 300
BARS: Final = {1: "1m", 60: "1H"}
BOOK_LEVELS: Final = 400


class OkxRest(VenueRest):
    """The public half of OKX's REST API."""

    def __init__(self, client: RestClient, now_ns: Callable[[], int]) -> None:
        self._client = client
        self._now_ns = now_ns

    async def instruments(self) -> dict[str, Instrument]:
        """Spot, swaps and dated futures, by instId."""
        found: dict[str, Instrument] = {}
        for kind in PRODUCTS:
            found |= await self._client.get(
                INSTRUMENTS_PATH, {"instType": kind}, decode_instruments
            )
        return found

    async def candles(self, instrument: Instrument, n: int, minutes: int = 1) -> list[Candle]:
        """The last `n` (at most 299) finished bars, oldest first."""
        params = {
            "instId": instrument.venue_symbol,
            "bar": BARS[minutes],
            "limit": str(min(n + 1, MAX_CANDLES)),
        }
        bars = await self._client.get(
            CANDLES_PATH, params, lambda body: decode_candles(body, instrument)
        )
        return bars[-n:] if n > 0 else []

    async def day_volume(self, instrument: Instrument) -> DayVolume:
        """Rolling 24 h volume. Raises DecodeError where its units do not fit the price."""
        params = {"instId": instrument.venue_symbol}
        return await self._client.get(
            TICKER_PATH, params, lambda body: decode_volume(body, instrument, self._now_ns())
        )

    async def book(self, instrument: Instrument) -> BookUpdate:
        """The 400 best levels of each side, with the number they stand at."""
        params = {"instId": instrument.venue_symbol, "sz": str(BOOK_LEVELS)}
        return await self._client.get(
            BOOK_PATH, params, lambda body: decode_book(body, instrument, self._now_ns())
        )


class _Reply(msgspec.Struct, frozen=True):
    code: str
    data: msgspec.Raw
    msg: str = ""


REPLY: Final = msgspec.json.Decoder(_Reply)
LISTINGS: Final = msgspec.json.Decoder(list[msgspec.Raw])
LISTING: Final = msgspec.json.Decoder(wire.Listing)
CANDLES: Final = msgspec.json.Decoder(list[list[str]])
TICKERS: Final = msgspec.json.Decoder(list[wire.Ticker])
BOOKS: Final = msgspec.json.Decoder(list[wire.Book])


def _data(body: bytes) -> msgspec.Raw:
    """The data of a reply, or the error its code stands for."""
    reply: _Reply = wire.decode(body, REPLY, "a reply")
    if reply.code == "0":
        return reply.data
    meaning = rest_meaning(reply.code, reply.msg)
    if meaning.move is Move.SLOW_DOWN:
        raise RateLimited(f"{meaning.text} (code {reply.code})")
    raise Unavailable(
        f"{meaning.text} (code {reply.code})", is_final=meaning.move is not Move.RETRY
    )


def decode_instruments(body: bytes) -> dict[str, Instrument]:
    """All listings that can be priced; one that cannot be understood is left out, not guessed."""
    listings: Iterable[msgspec.Raw] = wire.decode(_data(body), LISTINGS, "the instrument list")
    found = {}
    for raw in listings:
        try:
            instrument = _instrument(wire.decode(raw, LISTING, "an instrument"))
        except FeedError:
            continue
        if instrument is not None:
            found[instrument.venue_symbol] = instrument
    return found


def _instrument(listing: wire.Listing) -> Instrument | None:
    """None for what we do not price: options, and contracts counted in something else."""
    product = PRODUCTS.get(listing.instType)
    if product is None:
        return None
    is_spot = product == "spot"
    pair = (listing.baseCcy, listing.quoteCcy) if is_spot else _pair(listing.uly)
    kind = Kind.SPOT if is_spot else KINDS.get(listing.ctType)
    if kind is None or "" in pair:
        return None
    base, quote = pair
    if not is_spot and listing.ctValCcy != (quote if kind is Kind.INVERSE else base):
        return None
    symbol = listing.instId
    return Instrument(
        venue="okx",
        venue_symbol=symbol,
        base=base,
        quote=quote,
        settle="" if is_spot else listing.settleCcy,
        kind=kind,
        product=product,
        tick_size=_positive(listing.tickSz, "tickSz", symbol),
        lot_size=_positive(listing.lotSz, "lotSz", symbol),
        min_size=_positive(listing.minSz, "minSz", symbol),
        contract_size=1.0 if is_spot else _contract_size(listing),
        is_live=listing.state == "live",
    )


KINDS: Final = {"linear": Kind.LINEAR, "inverse": Kind.INVERSE}


def _pair(underlying: str) -> tuple[str, str]:
    base, _, quote = underlying.partition("-")
    return base, quote


def _contract_size(listing: wire.Listing) -> float:
    """ctVal x ctMult, multiplied as written so that 0.1 x 0.1 is 0.01."""
    _positive(listing.ctVal, "ctVal", listing.instId)
    _positive(listing.ctMult or "1", "ctMult", listing.instId)
    return float(Decimal(listing.ctVal) * Decimal(listing.ctMult or "1"))


def _positive(text: str, what: str, symbol: str) -> float:
    value = wire.number(text, what, symbol)
    if value <= 0:
        raise DecodeError(f"OKX {symbol}: {what} is {text}", symbol=symbol)
    return value


def decode_candles(body: bytes, instrument: Instrument) -> list[Candle]:
    """Finished bars, oldest first; the venue sends the newest first, and the open bar with it.

    A row is [ts, o, h, l, c, vol, volCcy, volCcyQuote, confirm]; base volume is `vol` for spot
    and `volCcy` for contracts.
    """
    symbol = instrument.venue_symbol
    rows: list[list[str]] = wire.decode(_data(body), CANDLES, "candles")
    bars = []
    for row in reversed(rows):
        if len(row) < CANDLE_FIELDS:
            raise DecodeError(f"OKX {symbol}: a candle of {len(row)} fields", symbol=symbol)
        if row[8] != "1":
            continue
        o, h, low, c, vol, vol_ccy = (wire.number(text, "candle", symbol) for text in row[1:7])
        if low <= 0 or not low <= min(o, c) <= max(o, c) <= h:
            raise DecodeError(f"OKX {symbol}: a candle whose prices disagree", symbol=symbol)
        bars.append(
            Candle(
                open_ns=wire.milliseconds(row[0], symbol),
                open=o,
                high=h,
                low=low,
                close=c,
                volume=vol if instrument.kind is Kind.SPOT else vol_ccy,
            )
        )
    return bars


CANDLE_FIELDS: Final = 9


def decode_volume(body: bytes, instrument: Instrument, recv_ns: int) -> DayVolume:
    """The ticker's day volume, in coins and money."""
    symbol = instrument.venue_symbol
    tickers: list[wire.Ticker] = wire.decode(_data(body), TICKERS, "a ticker")
    volume = day_volume(tickers[0], instrument, recv_ns) if tickers else None
    if volume is None:
        raise Unavailable(f"OKX {symbol}: no day volume yet", symbol=symbol, is_final=True)
    return volume


def decode_book(body: bytes, instrument: Instrument, recv_ns: int) -> BookUpdate:
    """A fetched book as a snapshot."""
    symbol = instrument.venue_symbol
    books: list[wire.Book] = wire.decode(_data(body), BOOKS, "a book")
    if not books or books[0].seqId == wire.ABSENT:
        raise DecodeError(f"OKX {symbol}: the fetched book has no seqId", symbol=symbol)
    return wire.book_update(books[0], instrument, recv_ns, is_snapshot=True)
