"""What can honestly be said of an instrument whose listing is not at hand.

A recording may hold books and no instrument list. Where the venue counts coins, or states what a
contract is worth, sizes are known without one; the pair is in the symbol, and the steps of price
and size are the finest seen so far. What is admitted so is marked `is_inferred`, and only while a
recording plays: a live venue always has a list.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from feeds.base import Venue
from feeds.figures import Level
from market.instrument import Instrument, Kind

QUOTES: Final = (
    *("FDUSD", "USDT", "USDC", "TUSD", "BUSD", "USDE", "USD1", "USD"),
    *("BTC", "ETH", "BNB", "SOL", "EUR", "GBP", "TRY", "BRL", "JPY", "AUD", "DAI"),
)
"""Money that symbols written in one word end with; the longer ending before the one it holds."""


def pair_of(word: str) -> tuple[str, str] | None:
    """(base, quote) of BTCUSDT, or None where the ending is not known."""
    for quote in QUOTES:
        base = word.removesuffix(quote)
        if base and base != word:
            return base, quote
    return None


def admit_spot(
    venue: Venue, symbol: str, pair: tuple[str, str] | None, levels: Sequence[Level]
) -> None:
    """A spot symbol of the recording that plays; see `admit`."""
    admit(venue, symbol, pair, levels, kind=Kind.SPOT, product="spot")


def admit(
    venue: Venue,
    symbol: str,
    pair: tuple[str, str] | None,
    levels: Sequence[Level],
    *,
    kind: Kind,
    product: str,
    contract_size: float = 1.0,
    listed_by: str = "",
) -> None:
    """List a symbol of the recording that plays, with steps fine enough for these levels.

    A symbol that was admitted before gets the finer steps; one that is listed is left alone, and
    so is one whose pair cannot be told. `listed_by` is the name its fees are known under, where
    that is not the feed's own.
    """
    known = venue.instruments.get(symbol)
    if not venue.admits_unlisted or pair is None or (known is not None and not known.is_inferred):
        return
    tick = _step(price for price, _ in levels)
    lot = _step(size for _, size in levels)
    if known is not None:
        tick, lot = min(tick, known.tick_size), min(lot, known.lot_size)
    base, quote = pair
    venue.instruments[symbol] = Instrument(
        venue=listed_by or venue.name,
        venue_symbol=symbol,
        base=base,
        quote=quote,
        settle={Kind.SPOT: "", Kind.LINEAR: quote, Kind.INVERSE: base}[kind],
        kind=kind,
        product=product,
        tick_size=tick,
        lot_size=lot,
        min_size=lot,
        contract_size=contract_size,
        is_inferred=True,
    )


def _step(texts: Iterable[str]) -> float:
    """The power of ten that writes all of these, zeros at the end apart; 1 where they are whole."""
    places = max((len(text.partition(".")[2].rstrip("0")) for text in texts), default=0)
    return float(Decimal(1).scaleb(-places))
