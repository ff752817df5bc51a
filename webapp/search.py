"""Instrument search as a page uses it: words in, lines out, and a choice into the ticket."""

from engine.directory import Directory, Found, kind_of
from engine.hub import MarketKey
from market.instrument import Instrument
from models.base import Source
from webapp.components.instrument_search import Match, Matches

NAMED = 4
"""Venues out of reach that are named."""


def matches(directory: Directory, text: str, near: MarketKey) -> Matches:
    """What the words mean, and what could not be looked at."""
    directory.fetch(near.source)
    loading, silent = directory.loading(near.source), directory.silent()
    rows = [_match(found) for found in directory.find(text, near)]
    notes = [] if rows else ["Nothing found in the lists that are here."]
    if loading:
        notes.append(f"Asking {_names(loading)} …")
    if silent:
        notes.append(f"Out of reach now: {_names(tuple(silent))}.")
    return Matches(rows=rows, note=" ".join(notes), is_loading=bool(loading))


def _names(venues: tuple[str, ...]) -> str:
    names = ", ".join(venues[:NAMED])
    more = len(venues) - NAMED
    return f"{names} and {more} more" if more > 0 else names


def _match(found: Found) -> Match:
    return Match(
        key=(found.key.source.value, found.key.venue, found.key.symbol),
        symbol=found.key.symbol,
        pair=found.instrument.symbol,
        venue=found.key.venue.upper(),
        kind=found.kind,
        source="" if found.key.source is Source.LIVE else found.key.source.value,
    )


def hint(instrument: Instrument | None, symbol: str) -> str:
    """What the chosen instrument is, under its one name."""
    if instrument is None or instrument.venue_symbol != symbol:
        return ""
    return f"{instrument.symbol} · {kind_of(instrument)}"


def market_of(directory: Directory, chosen: tuple[str, str, str]) -> MarketKey | None:
    """The market a browser says was chosen, if it is one that was offered."""
    source, venue, symbol = chosen
    if source not in set(Source):
        return None
    key = MarketKey(Source(source), venue, symbol)
    return key if directory.listing(key) else None
