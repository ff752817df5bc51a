"""What can be traded where, and how to find it by a few words.

Lists are fetched in the background when somebody first looks for something; a venue that does not
answer is said to be out of reach and asked again a little later.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

from engine.clock import Clock
from engine.errors import FeedError
from engine.hub import MarketKey
from engine.runner import Runner
from engine.supervisor import Supervisor
from feeds.ccxt_library import PREFIX, streamed
from market.instrument import Instrument, Kind
from market.units import NS_PER_S
from models.base import Source

RETRY_S: Final = 60.0
"""A venue that did not answer is not asked again before this."""
NAMED: Final = 6
"""Venues offered by name, at most."""
MOST: Final = 12
"""Listings found, at most."""
DATED: Final = re.compile(r"\d{6}|\d{1,2}[A-Z]{3}\d{2}")
WORDS: Final = {
    "Spot": ("spot", "cash"),
    "Perpetual": ("perpetual", "perp", "swap", "future", "futures"),
    "Dated future": ("future", "futures", "dated", "delivery"),
}
"""What users call each kind."""

Place = tuple[Source, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One listing of one venue."""

    key: MarketKey
    instrument: Instrument
    kind: str
    tokens: tuple[str, ...]
    """Words that a search may mean it by."""
    squeezed: str
    """Its names without punctuation."""


def kind_of(instrument: Instrument) -> str:
    """How traders call it."""
    if instrument.kind is Kind.SPOT:
        return "Spot"
    return "Dated future" if DATED.search(instrument.venue_symbol) else "Perpetual"


class Directory:
    """Instrument lists of all venues, as far as they answered."""

    def __init__(self, runner: Runner, supervisor: Supervisor, clock: Clock) -> None:
        self._runner = runner
        self._supervisor = supervisor
        self._clock = clock
        self._lists: dict[Place, tuple[Found, ...]] = {}
        self._silent: dict[Place, tuple[int, str]] = {}
        """When it was asked in vain, and what it said."""

    def fetch(self, source: Source) -> None:
        """Ask every live venue and that source for what they list, unless they said so lately."""
        for place in self._places(source):
            asked = self._silent.get(place)
            is_due = asked is None or self._clock.steady_ns() - asked[0] > RETRY_S * NS_PER_S
            if place not in self._lists and is_due:
                self._supervisor.start(_task(place), partial(self.ask, *place))

    def admit(self, text: str) -> str:
        """Take venues that a text names and that only ccxt reads among those asked; "" or why not.

        `ccxt:gate btc perp` names one; a word that may still be being typed (the last) does not.
        """
        words = text.casefold().split(" ")
        for word in (word for word in words if word.startswith(PREFIX)):
            likely = [name for name in streamed() if name.startswith(word)]
            if word == words[-1] and len(text.split()) == 1 and likely:
                return f"Read through ccxt, with less trust: {_some(likely)}. Add a market."
            try:
                self._runner.sources.listing(word)
            except FeedError as error:
                return str(error)
            self.fetch(Source.LIVE)
        return ""

    def retry(self, source: Source, venue: str) -> None:
        """Ask one venue again at once, in the background."""
        place = source, venue
        self._supervisor.start(_task(place), partial(self.ask, source, venue))

    async def ask(self, source: Source, venue: str) -> None:
        """Fetch one list now, if it is not here."""
        place = source, venue
        if place in self._lists:
            return
        try:
            listed = await self._runner.instruments(source, venue)
        except FeedError as error:
            self._silent[place] = self._clock.steady_ns(), str(error)
            return
        self._silent.pop(place, None)
        self._lists[place] = tuple(_entry(source, venue, each) for each in listed.values())

    def loading(self, source: Source) -> tuple[str, ...]:
        """Venues of that source, and live ones, that have not answered yet."""
        return tuple(
            place[1] for place in self._places(source) if self._supervisor.is_running(_task(place))
        )

    def count(self, source: Source, venue: str) -> int | None:
        """How many instruments that list holds; None while it is not here."""
        listed = self._lists.get((source, venue))
        return None if listed is None else len(listed)

    def silent(self) -> dict[str, str]:
        """Venues out of reach, and why."""
        return {place[1]: why for place, (_, why) in self._silent.items()}

    def listing(self, key: MarketKey) -> Found | None:
        """The listing of that market, if its venue's list is here."""
        return next((f for f in self._lists.get(key[:2], ()) if f.key == key), None)

    def find(self, text: str, near: MarketKey | None = None, most: int = MOST) -> list[Found]:
        """Best first: every word has to mean something; the same source and venue go first."""
        words = text.casefold().split()
        scored = (
            (_likeness(words, found), _nearness(found, near), found)
            for listed in self._lists.values()
            for found in listed
        )
        fitting = [each for each in scored if each[0] > 0 or not words]
        fitting.sort(key=lambda each: (-each[1], -each[0], len(each[2].squeezed), each[2].key))
        return [found for *_, found in fitting[:most]]

    def _places(self, source: Source) -> Iterable[Place]:
        offered = self._runner.sources.offered()
        wanted = dict.fromkeys((source, Source.LIVE))
        return [(each, venue) for each in wanted for venue in offered.get(each, ())]


def _entry(source: Source, venue: str, instrument: Instrument) -> Found:
    kind = kind_of(instrument)
    pair = (instrument.base, instrument.quote, instrument.settle)
    names = (*pair, instrument.symbol, instrument.venue_symbol, venue, source.value)
    words = (*(name for name in names if name), *WORDS[kind], instrument.kind.value)
    squeezed = f"{instrument.venue_symbol} {instrument.symbol}".casefold()
    return Found(
        key=MarketKey(source, venue, instrument.venue_symbol),
        instrument=instrument,
        kind=kind,
        tokens=tuple(dict.fromkeys(word.casefold() for word in words)),
        squeezed=re.sub(r"[^a-z0-9 ]", "", squeezed),
    )


def _likeness(words: list[str], found: Found) -> int:
    """0 where a word means nothing about it."""
    scores = [_meaning(word, found) for word in words]
    return sum(scores) if all(scores) else 0


def _meaning(word: str, found: Found) -> int:
    base = found.tokens[0]
    if word == base:
        return 9
    if word in found.tokens:
        return 7
    if base.startswith(word):
        return 5
    if any(token.startswith(word) for token in found.tokens):
        return 3
    squeezed = re.sub(r"[^a-z0-9]", "", word)
    return 1 if squeezed and squeezed in found.squeezed else 0


def _nearness(found: Found, near: MarketKey | None) -> int:
    if near is None or found.key.source is not near.source:
        return 0
    return 2 if found.key.venue == near.venue else 1


def _some(names: list[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _task(place: Place) -> str:
    return f"list {place[0]} {place[1]}"
