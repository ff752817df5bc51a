"""One frame of a recording lost, sent twice or late, at every place: what is told, and when.

Where a feed numbers its messages, a loss is told with the next message that is counted. Kraken's
checksum covers the ten best levels: a loss is told with the next message exactly when one of these
would be wrong, and never passes as right while it is.
"""

import copy
import itertools
import re
from functools import cache

import pytest

from feeds.base import FeedError, Venue
from feeds.recorded import open_recording
from feeds.recording import Direction, Line, read
from market.book import BookUpdate, OrderBook
from tests.feeds.spoilt import best

NUMBERED = [
    # file, every which place
    ("binance/binance_spot_btcusdt_20240808.jsonl.gz", 1),
    ("binance/binance_usdm_btcusdt_20240808.jsonl.gz", 2),
    ("binance/binance_coinm_ethusd_perp_20240808.jsonl.gz", 8),
    ("bybit/bybit_linear_20260809.jsonl.gz", 1),
    ("coinbase/coinbase_advanced_20260809.jsonl.gz", 1),
    ("okx/okx_books_trades_20220513.jsonl.gz", 1),
]
KRAKEN = "kraken/kraken_v2_book_btcusd_20260802.jsonl.gz"


class Take:
    """A recording decoded once: its lines, and what came of each."""

    def __init__(self, path, lines):
        self.lines = lines
        self.venue = open_recording(path)
        for line in lines:
            taken(self.venue, line)  # from now on it knows what the recording does not list
        self.venue.reset()
        whole = self.copy(self.venue)
        self.events = [
            [event for event in taken(whole, line) if isinstance(event, BookUpdate)]
            for line in lines
        ]

    def copy(self, venue: Venue) -> Venue:
        return copy.deepcopy(venue, {id(venue.instruments): venue.instruments})

    def symbol(self, place):
        """Whose book a line changes; "" where it changes none, or brings a whole one."""
        events = self.events[place]
        return events[0].symbol if events and not events[0].is_snapshot else ""

    def next_of(self, symbol, place):
        """Where the book changes next, or is replaced; None where it never does."""
        following = range(place + 1, len(self.lines))
        return next((n for n in following if symbol in {e.symbol for e in self.events[n]}), None)


def taken(venue, line):
    raw, ns = line.raw.encode(), line.ts_ns or 1
    return venue.receive(raw, ns) if line.t == Direction.RECV else venue.recall(line.url, raw, ns)


def told(venue, lines):
    """The first error of these lines, or None."""
    for line in lines:
        try:
            taken(venue, line)
        except FeedError as error:
            return error
    return None


@cache
def take_of(path):
    lines = [line for line in read(path) if line.t in (Direction.RECV, Direction.HTTP)]
    if path.name.startswith("okx"):
        lines = numbered_as_today(lines)
    moving = [line for line in lines if not TRADE_OR_TICKER.search(line.raw[:120])]
    return Take(path, moving if path.name.startswith("binance") else lines)


TRADE_OR_TICKER = re.compile(r"@trade|bookTicker|aggTrade")


def numbered_as_today(lines):
    """OKX's messages of 2022 with the numbers it sends since, and the checksum it stopped."""
    last: dict[str, int] = {}
    found: list[Line] = []
    for n, line in enumerate(lines):
        book = re.search(r'"channel":"books","instId":"([^"]+)"', line.raw[:200])
        if line.t != Direction.RECV or book is None or '"action"' not in line.raw[:200]:
            found.append(line)
            continue
        is_snapshot = '"action":"snapshot"' in line.raw[:200]
        before = -1 if is_snapshot else last[book[1]]
        last[book[1]] = seq = 1_000 + 7 * n
        number = f'"checksum":0,"prevSeqId":{before},"seqId":{seq}'
        raw = re.sub(r'"checksum":-?\d+', number, line.raw)
        found.append(Line(line.t, line.ts_ns, line.conn, line.url, raw))
    return found


@pytest.mark.parametrize(("file", "every"), NUMBERED, ids=lambda v: str(v).partition("/")[0])
def test_a_lost_frame_is_told_with_the_next_one_that_is_counted(file, every, recordings):
    take = take_of(recordings / file)
    venue, silent, tried = take.copy(take.venue), [], 0
    for place, line in enumerate(take.lines):
        symbol = take.symbol(place)
        following = take.next_of(symbol, place) if symbol and place % every == 0 else None
        if following is not None:
            tried += 1
            lost = told(take.copy(venue), take.lines[place + 1 : following + 1])
            if lost is None or (lost.resync != symbol and not lost.ends_connection):
                silent.append(place)
        taken(venue, line)
    assert tried > 200
    assert silent == []


@pytest.mark.parametrize(("file", "every"), NUMBERED, ids=lambda v: str(v).partition("/")[0])
def test_a_frame_sent_twice_or_late_is_told_or_changes_nothing(file, every, recordings):
    take = take_of(recordings / file)
    venue, wrong = take.copy(take.venue), []
    for place, line in enumerate(take.lines):
        symbol = take.symbol(place)
        following = take.next_of(symbol, place) if symbol and place % (5 * every) == 0 else None
        if following is not None:
            rest = take.lines[place + 1 : following + 1]
            for spoilt in ([line, line, *rest], [*rest, line]):
                other, events = take.copy(venue), []
                try:
                    for each in spoilt:
                        events += [e for e in taken(other, each) if isinstance(e, BookUpdate)]
                except FeedError:
                    continue
                expected = [e for n in range(place, following + 1) for e in take.events[n]]
                if [e.seq for e in events] != [e.seq for e in expected]:
                    wrong.append(place)
        taken(venue, line)
    assert wrong == []


def test_a_lost_kraken_frame_is_told_exactly_when_one_of_the_ten_best_would_be_wrong(recordings):
    take = take_of(recordings / KRAKEN)
    books = [n for n in range(len(take.lines)) if take.events[n]]
    venue, book = take.copy(take.venue), OrderBook("BTC/USD")
    at_once = later = 0
    done = 0
    for place, following in itertools.pairwise(books[1:]):
        for line, events in zip(take.lines[done:place], take.events[done:place], strict=True):
            taken(venue, line)
            for event in events:
                book.apply(event)
        done = place
        right, wrong = copy.deepcopy(book), copy.deepcopy(book)
        for event in (*take.events[place], *take.events[following]):
            right.apply(event)
        for event in take.events[following]:
            wrong.apply(event)
        error = told(take.copy(venue), take.lines[place + 1 : following + 1])
        assert (error is not None) == (best(wrong) != best(right)), place
        at_once += error is not None
        later += error is None
    assert (at_once, later) == KRAKEN_TOLD


KRAKEN_TOLD = (1_093, 957)
"""Of 2,050 losses: told with the next message; beyond the ten best at that moment."""
