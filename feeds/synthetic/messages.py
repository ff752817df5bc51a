"""Market state -> OKX v5 text. Every value is a string, as OKX sends it; sizes are in its units.

row      [price, size, "0" (dead field), number of orders]     size "0" removes the level
books    {"arg":{},"action":"","data":[{asks,bids,ts,checksum,prevSeqId,seqId}]}
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from feeds.synthetic.candles import CLOSE, HIGH, LOTS, LOW, OPEN, TICK_LOTS, TS, Candles
from feeds.synthetic.depth_view import Change
from feeds.synthetic.instruments import ListedInstrument, decimal_text
from feeds.synthetic.ladder import Floats
from feeds.synthetic.listing import Listing, Printed

CHECKSUM_LEVELS: Final = 25
DAY_MS: Final = 86_400_000
EIGHT_HOURS_MS: Final = 28_800_000


Row = tuple[str, str, str]  # price, size, number of orders


def fields(instrument: ListedInstrument, levels: Iterable[Change]) -> Iterator[Row]:
    """Levels in the venue's words and units."""
    price_places, size_places = instrument.tick_places, instrument.lot_places
    unit = instrument.order_lots
    for tick, lots in levels:
        orders = order_count(lots, unit)
        yield decimal_text(tick, price_places), decimal_text(lots, size_places), str(orders)


def rows(instrument: ListedInstrument, levels: Iterable[Change]) -> str:
    """The 4-field rows of a book as JSON, without the brackets around them."""
    return ",".join(
        [
            f'["{price}","{size}","0","{orders}"]'
            for price, size, orders in fields(instrument, levels)
        ]
    )


def order_count(lots: int, unit: float) -> int:
    """Resting orders guessed from size: 1 for dust, about 40 for a deep touch, as recorded."""
    return 1 + math.isqrt(int(lots / unit)) if lots else 0


def book(
    channel: str,
    action: str,
    listing: Listing,
    bids: list[Change],
    asks: list[Change],
    *,
    seq: int,
    previous: int,
    checksum: int,
) -> str:
    """A snapshot or an update of a linked book channel."""
    instrument = listing.instrument
    return (
        f'{{"arg":{{"channel":"{channel}","instId":"{instrument.inst_id}"}},"action":"{action}",'
        f'"data":[{{"asks":[{rows(instrument, asks)}],"bids":[{rows(instrument, bids)}],'
        f'"ts":"{listing.built_ms}","checksum":{checksum},"prevSeqId":{previous},"seqId":{seq}}}]}}'
    )


def top(channel: str, listing: Listing, body: str) -> str:
    """books5 and bbo-tbt: whole levels each time, no action, no link."""
    inst_id = listing.instrument.inst_id
    named = f'"instId":"{inst_id}",' if channel == "books5" else ""
    return (
        f'{{"arg":{{"channel":"{channel}","instId":"{inst_id}"}},"data":[{{{body},{named}'
        f'"ts":"{listing.built_ms}","seqId":{listing.seq}}}]}}'
    )


def sides(listing: Listing, bids: list[Change], asks: list[Change]) -> str:
    """Both sides as JSON members."""
    instrument = listing.instrument
    return f'"asks":[{rows(instrument, asks)}],"bids":[{rows(instrument, bids)}]'


def trade(instrument: ListedInstrument, printed: Printed) -> str:
    side = "buy" if printed.sign > 0 else "sell"
    return (
        f'{{"arg":{{"channel":"trades","instId":"{instrument.inst_id}"}},"data":[{{'
        f'"instId":"{instrument.inst_id}","tradeId":"{printed.trade_id}",'
        f'"px":"{instrument.price_text(printed.tick)}","sz":"{instrument.size_text(printed.lots)}",'
        f'"side":"{side}","ts":"{printed.at_ms}","count":"{printed.fills}","source":"0",'
        f'"seqId":{printed.seq}}}]}}'
    )


def ticker(listing: Listing) -> dict[str, str]:
    """One ticker. vol24h: contracts or base; volCcy24h: base for swaps, quote for spot."""
    instrument, ladder = listing.instrument, listing.flow.ladder
    bid, ask = listing.flow.touch
    day = listing.candles.day()
    price, size = instrument.price_text, instrument.size_text
    in_coin, in_quote = instrument.coin_text(day.lots), instrument.quote_text(day.tick_lots)
    return {
        "instType": instrument.inst_type,
        "instId": instrument.inst_id,
        "last": price(listing.last.tick),
        "lastSz": size(listing.last.lots),
        "askPx": price(ask),
        "askSz": size(int(ladder.asks.lots[ladder.asks.best])),
        "bidPx": price(bid),
        "bidSz": size(int(ladder.bids.lots[ladder.bids.best])),
        "open24h": price(day.open),
        "high24h": price(day.high),
        "low24h": price(day.low),
        "sodUtc0": price(_day_open(listing.candles, listing.built_ms, 0)),
        "sodUtc8": price(_day_open(listing.candles, listing.built_ms, EIGHT_HOURS_MS)),
        "volCcy24h": in_quote if instrument.is_spot else in_coin,
        "vol24h": size(day.lots),
        "ts": str(listing.built_ms),
    }


def candle(instrument: ListedInstrument, bar: Floats, confirm: str) -> list[str]:
    """[ts, o, h, l, c, vol, volCcy, volCcyQuote, confirm]."""
    prices = [instrument.price_text(int(bar[column])) for column in (OPEN, HIGH, LOW, CLOSE)]
    lots = int(bar[LOTS])
    in_quote = instrument.quote_text(int(bar[TICK_LOTS]))
    in_coin = instrument.coin_text(lots)
    volume = [instrument.size_text(lots), in_quote if instrument.is_spot else in_coin, in_quote]
    return [str(int(bar[TS])), *prices, *volume, confirm]


def instrument(listed: ListedInstrument) -> dict[str, object]:
    """An entry of /public/instruments; "" where a field does not apply."""
    coin, quote, is_spot = listed.coin.name, listed.quote, listed.is_spot
    family = "" if is_spot else f"{coin}-{quote}"
    return {
        "instType": listed.inst_type,
        "instId": listed.inst_id,
        "instFamily": family,
        "uly": family,
        "baseCcy": coin if is_spot else "",
        "quoteCcy": quote if is_spot else "",
        "settleCcy": "" if is_spot else quote,
        "ctVal": listed.contract_value,
        "ctMult": "" if is_spot else "1",
        "ctValCcy": "" if is_spot else coin,
        "ctType": "" if is_spot else "linear",
        "tickSz": listed.price_text(1),
        "lotSz": listed.size_text(1),
        "minSz": listed.size_text(listed.min_lots),
        "maxLmtSz": "9999999999" if is_spot else "100000000",
        "maxMktSz": "1000000" if is_spot else "35000",
        "groupId": "1" if is_spot else "4",
        "lever": "10" if is_spot else "100",
        "state": "live",
        "listTime": str(listed.list_time_ms),
        "expTime": "",
        "upcChg": [],
    }


def checksum(instrument: ListedInstrument, bids: Iterable[Change], asks: Iterable[Change]) -> int:
    """The CRC OKX used until June 2026: 25 levels, bid and ask in turn, signed 32 bits."""
    parts: list[str] = []
    levels = [
        [f"{instrument.price_text(tick)}:{instrument.size_text(lots)}" for tick, lots in side]
        for side in (bids, asks)
    ]
    for index in range(CHECKSUM_LEVELS):
        parts += [side[index] for side in levels if index < len(side)]
    unsigned = zlib.crc32(":".join(parts).encode())
    return unsigned - 2**32 if unsigned >= 2**31 else unsigned


def _day_open(candles: Candles, now_ms: int, zone_ms: int) -> int:
    return candles.open_since((now_ms + zone_ms) // DAY_MS * DAY_MS - zone_ms)
