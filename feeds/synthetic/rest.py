"""REST side of the exchange: path and query in, status and JSON out.

Shapes and units as OKX: {"code":"0","msg":"","data":[...]}; an unknown instrument is code 51001
with HTTP 200; too many calls are code 50011 with HTTP 429. Paging words are OKX's: ``after`` asks
for older rows, ``before`` for newer ones.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import msgspec
import numpy as np

from feeds.synthetic import messages
from feeds.synthetic.candles import TS
from feeds.synthetic.channels import LinkedBook
from feeds.synthetic.depth_view import Change
from feeds.synthetic.instruments import ListedInstrument
from feeds.synthetic.ladder import Side
from feeds.synthetic.listing import Listing

WINDOW_S: Final = 2.0
MAX_LEVELS, MAX_FULL_LEVELS = 400, 5_000
MAX_BARS, DEFAULT_BARS, NEWEST_BARS = 300, 100, 1_440
SHORT_BARS: Final = {
    "1m": 1,
    "3m": 3,
    "5m": 5,
    "15m": 15,
    "30m": 30,
    "1H": 60,
    "2H": 120,
    "4H": 240,
}
LONG_BARS: Final = {"6H": 360, "12H": 720, "1D": 1_440}
HONG_KONG_MS: Final = -8 * 3_600_000  # long bars open on UTC+8 unless the name ends in utc

Query = Mapping[str, str]


class Reply(NamedTuple):
    status: int
    body: bytes


class Rejected(Exception):
    """An answer with a code other than 0."""

    def __init__(self, code: str, text: str, status: int = 200) -> None:
        super().__init__(text)
        self.code = code
        self.status = status


class Rest:
    """Answers from the listings as they stand; reads state, never moves it."""

    def __init__(
        self,
        listings: Mapping[str, Listing],
        book_of: Callable[[str], LinkedBook],
        *,
        is_limited: bool,
    ) -> None:
        self._listings = listings
        self._book_of = book_of
        self._is_limited = is_limited
        self._calls: defaultdict[str, deque[float]] = defaultdict(deque)
        self._routes: dict[str, tuple[int, Callable[[Query, int], object]]] = {
            # path: calls per 2 s, answer
            "/api/v5/public/instruments": (20, self._instruments),
            "/api/v5/public/time": (10, self._time),
            "/api/v5/system/status": (1, self._status),
            "/api/v5/market/ticker": (20, self._ticker),
            "/api/v5/market/tickers": (20, self._tickers),
            "/api/v5/market/books": (40, self._books),
            "/api/v5/market/books-full": (10, self._books_full),
            "/api/v5/market/candles": (40, self._candles),
            "/api/v5/market/history-candles": (20, self._history_candles),
        }

    def answer(self, target: str, now_ms: int) -> Reply:
        """``target`` is the request's path with its query."""
        parts = urlsplit(target)
        if parts.path not in self._routes:
            return _reply(404, "404", "Not Found", [])
        limit, respond = self._routes[parts.path]
        try:
            self._count(parts.path, limit, now_ms / 1e3)
            data = respond(dict(parse_qsl(parts.query)), now_ms)
        except Rejected as rejected:
            return _reply(rejected.status, rejected.code, str(rejected), [])
        return _reply(200, "0", "", data)

    def _count(self, path: str, limit: int, now_s: float) -> None:
        if not self._is_limited:
            return
        window = WINDOW_S if limit > 1 else 5.0  # status: one call in 5 s
        calls = self._calls[path]
        while calls and now_s - calls[0] >= window:
            calls.popleft()
        if len(calls) >= limit:
            raise Rejected("50011", "Too Many Requests", status=429)
        calls.append(now_s)

    # -- answers --------------------------------------------------------------------------------

    def _instruments(self, query: Query, now_ms: int) -> object:
        chosen = self._of_type(query)
        if inst_id := query.get("instId"):
            chosen = [listing for listing in chosen if listing.instrument.inst_id == inst_id]
            if not chosen:
                raise Rejected("51001", f"Instrument ID {inst_id} does not exist")
        return [messages.instrument(listing.instrument) for listing in chosen]

    def _time(self, query: Query, now_ms: int) -> object:
        return [{"ts": str(now_ms)}]

    def _status(self, query: Query, now_ms: int) -> object:
        return []  # no maintenance is planned

    def _ticker(self, query: Query, now_ms: int) -> object:
        return [messages.ticker(self._listing(query))]

    def _tickers(self, query: Query, now_ms: int) -> object:
        return [messages.ticker(listing) for listing in self._of_type(query)]

    def _books(self, query: Query, now_ms: int) -> object:
        listing, count = self._listing(query), _number(query, "sz", 1, MAX_LEVELS)
        book = self._book_of(listing.instrument.inst_id)
        bids, asks = book.view.rows()
        return [
            {
                "asks": _rows(listing.instrument, asks[:count]),
                "bids": _rows(listing.instrument, bids[:count]),
                "ts": str(listing.built_ms),
                "seqId": book.last_seq,
            }
        ]

    def _books_full(self, query: Query, now_ms: int) -> object:
        listing, count = self._listing(query), _number(query, "sz", 1, MAX_FULL_LEVELS)
        ladder = listing.flow.ladder

        def rows(side: Side) -> list[messages.Row]:
            ticks, lots = ladder.levels(side, count)
            levels = map(Change, ticks.tolist(), lots.tolist())
            return list(messages.fields(listing.instrument, levels))

        return [{"asks": rows(ladder.asks), "bids": rows(ladder.bids), "ts": str(listing.built_ms)}]

    def _candles(self, query: Query, now_ms: int) -> object:
        return self._bars(query, NEWEST_BARS)

    def _history_candles(self, query: Query, now_ms: int) -> object:
        return self._bars(query, None)

    def _bars(self, query: Query, newest: int | None) -> object:
        listing = self._listing(query)
        minutes, offset_ms = _bar(query.get("bar", "1m"))
        bars = listing.candles.bars(minutes, offset_ms)
        forming_ms = bars[-1, TS]
        bars = bars[-newest:] if newest else bars
        if "after" in query:
            bars = bars[bars[:, TS] < _number(query, "after", 0, None)]
        if "before" in query:
            bars = bars[bars[:, TS] > _number(query, "before", 0, None)]
        limit = _number(query, "limit", DEFAULT_BARS, MAX_BARS)
        chosen = bars[::-1][:limit]
        confirmed = np.where(chosen[:, TS] == forming_ms, "0", "1").tolist()
        return [
            messages.candle(listing.instrument, bar, confirm)
            for bar, confirm in zip(chosen, confirmed, strict=True)
        ]

    # -- shared ---------------------------------------------------------------------------------

    def _listing(self, query: Query) -> Listing:
        inst_id = query.get("instId")
        if not inst_id:
            raise Rejected("50014", "Parameter instId can not be empty", status=400)
        if inst_id not in self._listings:
            raise Rejected("51001", f"Instrument ID {inst_id} does not exist")
        return self._listings[inst_id]

    def _of_type(self, query: Query) -> list[Listing]:
        inst_type = query.get("instType")
        if not inst_type:
            raise Rejected("50014", "Parameter instType can not be empty", status=400)
        if inst_type not in ("SPOT", "SWAP", "MARGIN", "FUTURES", "OPTION"):
            raise Rejected("51000", "Parameter instType error", status=400)
        return [
            listing
            for listing in self._listings.values()
            if listing.instrument.inst_type == inst_type
        ]


def _rows(instrument: ListedInstrument, levels: list[Change]) -> list[list[str]]:
    return [
        [price, size, "0", orders] for price, size, orders in messages.fields(instrument, levels)
    ]


def _bar(name: str) -> tuple[int, int]:
    """Length (minutes) and offset (ms) of a bar name."""
    if name in SHORT_BARS:
        return SHORT_BARS[name], 0
    base = name.removesuffix("utc")
    if base not in LONG_BARS:
        raise Rejected("51000", "Parameter bar error", status=400)
    return LONG_BARS[base], 0 if base != name else HONG_KONG_MS


def _number(query: Query, name: str, default: int, most: int | None) -> int:
    text = query.get(name, str(default))
    if not text.isascii() or not text.isdigit() or (most is not None and int(text) > most):
        raise Rejected("51000", f"Parameter {name} error", status=400)
    return int(text)


def _reply(status: int, code: str, text: str, data: object) -> Reply:
    return Reply(status, msgspec.json.encode({"code": code, "msg": text, "data": data}))
