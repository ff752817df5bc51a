"""OKX messages in one call, as bytes from the wire."""

import json
from typing import Any

from market.instrument import Instrument
from tests.builders import instrument, inverse_swap, swap

Row = tuple[str, str]
SWAP = "BTC-USDT-SWAP"


def listed(**changed: Any) -> dict[str, Instrument]:
    """Spot, a linear swap (0.01 BTC) and an inverse swap (100 USD), by venue symbol."""
    return {i.venue_symbol: i for i in (instrument(), swap(**changed), inverse_swap())}


def frame(message: object) -> bytes:
    """Compact JSON, as OKX writes it."""
    return json.dumps(message, separators=(",", ":")).encode()


def rows(levels: tuple[Row, ...]) -> list[list[str]]:
    return [[price, size, "0", "1"] for price, size in levels]


def book(
    seq: int,
    prev: int = -1,
    *,
    asks: tuple[Row, ...] = (("101", "2"),),
    bids: tuple[Row, ...] = (("99", "1"),),
    symbol: str = SWAP,
    channel: str = "books",
    action: str | None = None,
    checksum: int = 0,
    ts: str = "1790000000100",
) -> bytes:
    """A snapshot when `prev` is -1, else an update."""
    return frame(
        {
            "arg": {"channel": channel, "instId": symbol},
            "action": action or ("snapshot" if prev == -1 else "update"),
            "data": [
                {
                    "asks": rows(asks),
                    "bids": rows(bids),
                    "ts": ts,
                    "checksum": checksum,
                    "prevSeqId": prev,
                    "seqId": seq,
                }
            ],
        }
    )


def unnumbered(action: str, checksum: int, **changed: Any) -> bytes:
    """A book message of 2021-22, without seqId and prevSeqId."""
    message = json.loads(book(1, 1, action=action, checksum=checksum, **changed))
    del message["data"][0]["seqId"], message["data"][0]["prevSeqId"]
    return frame(message)


def whole_book(channel: str = "books5", symbol: str = SWAP) -> bytes:
    data = {"asks": rows((("101", "2"),)), "bids": rows((("99", "1"),)), "instId": symbol}
    data |= {"ts": "1790000000100", "seqId": 5}
    return frame({"arg": {"channel": channel, "instId": symbol}, "data": [data]})


def trade(px: str = "100", sz: str = "3", side: str = "buy", symbol: str = SWAP) -> bytes:
    data = {"instId": symbol, "tradeId": "1", "px": px, "sz": sz, "side": side}
    data |= {"ts": "1790000000100", "count": "1", "source": "0", "seqId": 4}
    return frame({"arg": {"channel": "trades", "instId": symbol}, "data": [data]})


def ticker(vol: str, vol_ccy: str, last: str = "100", symbol: str = SWAP) -> bytes:
    data = {"instType": "SWAP", "instId": symbol, "last": last, "high24h": last, "low24h": last}
    data |= {"vol24h": vol, "volCcy24h": vol_ccy, "ts": "1790000000100"}
    return frame({"arg": {"channel": "tickers", "instId": symbol}, "data": [data]})


def ack(event: str = "subscribe", channel: str = "books", symbol: str = SWAP) -> bytes:
    return frame(
        {"id": "f1", "event": event, "arg": {"channel": channel, "instId": symbol}, "connId": "a"}
    )


def error(code: str, **changed: Any) -> bytes:
    return frame({"event": "error", "code": code, "msg": "their words", "connId": "a", **changed})
