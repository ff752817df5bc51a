"""The same market under stress: depth, spread and volatility times a number.

    size_i'  = depth_times size_i                       every level, both sides
    price_i' = price_i +- (spread_times - 1) half_spread      asks up, bids down; the mid stays
    sigma'   = volatility_times sigma_day

Source: definition. A shocked price need not lie on a tick: nobody has quoted it.
Wrong when: a real stress also moves the mid, the day's volume and the shape of the book.
Example: bid 99, ask 101, spread times 3: bid 97, ask 103.
"""

from dataclasses import replace

from market.errors import OrderError
from market.instrument import Floats
from models.base import MarketState

LIMITS = {
    "depth_times": (1e-3, 1e3),
    "spread_times": (0.0, 100.0),
    "volatility_times": (1e-3, 100.0),
}


def check(name: str, value: float) -> None:
    """OrderError outside the range of that shock."""
    low, high = LIMITS[name]
    if not low <= value <= high:
        raise OrderError(name, f"is {value:g}", f"{low:g} to {high:g}")


def shocked(
    state: MarketState, depth_times: float, spread_times: float, volatility_times: float = 1.0
) -> MarketState:
    """The state with its book and volatility changed; the very same object for three ones."""
    if depth_times == spread_times == volatility_times == 1.0:
        return state
    book, sigma = state.book, state.sigma_day
    if book is not None and not depth_times == spread_times == 1.0:
        move = (spread_times - 1) * book.half_spread
        bids = _positive(book.bid_prices - move)
        book = replace(
            book,
            bid_prices=bids,
            bid_sizes=_frozen(book.bid_sizes[: bids.size] * depth_times),
            ask_prices=_frozen(book.ask_prices + move),
            ask_sizes=_frozen(book.ask_sizes * depth_times),
        )
    return replace(state, book=book, sigma_day=None if sigma is None else sigma * volatility_times)


def _positive(prices: Floats) -> Floats:
    """Without the levels that a wider spread would push to zero and below."""
    return _frozen(prices[prices > 0.0])


def _frozen(values: Floats) -> Floats:
    values.flags.writeable = False
    return values
