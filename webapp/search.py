"""Instrument search as a page uses it: words in, lines out, and a choice into the ticket."""

from engine.directory import Directory, Found, kind_of
from engine.hub import MarketKey
from market.instrument import Instrument
from models.base import Source
from webapp.components.instrument_search import Match, Matches

CCXT = "ccxt:"
"""How a venue is named that the catalogue does not list."""
NAMED = 4
"""Venues out of reach that are named."""


def matches(directory: Directory, text: str, near: MarketKey) -> Matches:
    """What the words mean, and what could not be looked at."""
    directory.fetch(near.source)
    trouble = directory.admit(text)
    loading, silent = directory.loading(near.source), directory.silent()
    rows = [_match(found) for found in directory.find(text, near)]
    notes = [trouble] if trouble else []
    if not rows and not trouble:
        notes.append("Nothing found in the lists that are here.")
    if loading:
        notes.append(f"Asking {_names(loading)} …")
    if silent:
        notes.append(f"Out of reach now: {_names(tuple(silent))}.")
    return Matches(rows=rows, note=" ".join(notes), is_loading=bool(loading))


async def best(directory: Directory, text: str, near: MarketKey) -> Found | None:
    """What somebody means who does not look at the list; the venue it names is asked first."""
    directory.admit(f"{text} ")
    named = [word for word in text.casefold().split() if word.startswith(CCXT)]
    await directory.ask(*((Source.LIVE, named[0]) if named else (near.source, near.venue)))
    found = directory.find(text, near, most=1) if text.strip() else []
    return found[0] if found else None


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
