"""Random books for hypothesis: integer ticks and lots, so that sums in float64 are exact."""

from hypothesis import strategies as st

from market.book import BookSnapshot
from tests.builders import Levels, book

BASE_TICKS = 10_000
"""Far from zero, so that a book can be mirrored about its mid."""


@st.composite
def books(draw: st.DrawFn, max_levels: int = 6, is_locked: bool | None = None) -> BookSnapshot:
    """Two-sided, never crossed, perhaps locked; prices in whole ticks of 1, sizes in eighths."""

    def side(sign: int, start: int) -> list[tuple[float, float]]:
        steps = draw(st.lists(st.integers(1, 60), min_size=0, max_size=max_levels - 1))
        prices = [start]
        for step in steps:
            prices.append(prices[-1] + sign * step)
        eighths = st.integers(1, 800)
        return [(float(price), draw(eighths) / 8) for price in prices]

    spread = 0 if is_locked else draw(st.integers(0, 40))
    bid = BASE_TICKS + draw(st.integers(-50, 50))
    return book(side(-1, bid), side(1, bid + spread))


def mirrored(of: BookSnapshot) -> BookSnapshot:
    """The book reflected about its mid: bids become asks."""

    def reflected(prices: object, sizes: object) -> Levels:
        return [(2 * of.mid - p, q) for p, q in zip(prices, sizes, strict=True)]  # type: ignore[call-overload]

    return book(
        reflected(of.ask_prices, of.ask_sizes), reflected(of.bid_prices, of.bid_sizes), of.seq
    )


def scaled(of: BookSnapshot, price: float = 1.0, size: float = 1.0) -> BookSnapshot:
    """All prices and all sizes multiplied."""

    def side(prices: object, sizes: object) -> Levels:
        return [(p * price, q * size) for p, q in zip(prices, sizes, strict=True)]  # type: ignore[call-overload]

    return book(side(of.bid_prices, of.bid_sizes), side(of.ask_prices, of.ask_sizes), of.seq)
