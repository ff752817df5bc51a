"""Quotes over a whole recording, scored against what followed: the same scoreboard as live.

Every second of recorded time each market is quoted for each size, side and recipe.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from engine.market_key import MarketKey
from engine.recorded_looks import Look, looks
from engine.scoreboard import Scoreboard, Scores
from market.errors import BookNotReady, OrderError
from market.instrument import Side
from market.order import Order, Unit
from market.units import NS_PER_S
from models.base import MarketState, Request
from models.estimate import estimate
from models.scoring.quotes import DELAYS_S

SIZES: Final = (2_000.0, 20_000.0, 200_000.0, 2_000_000.0)
"""Of the quote currency: one for each decade that people trade in."""
EVERY_NS: Final = NS_PER_S


def score(
    path: Path,
    venue: str = "",
    *,
    sizes: Sequence[float] = SIZES,
    recipes: Sequence[str] = ("exact",),
    delays_s: tuple[float, ...] = DELAYS_S,
) -> Scores:
    """Play a recording to its end. Blocks while it reads.

    Raises FeedError for a file that is no recording, OSError for no file, OrderError for sizes
    or recipes that cannot be meant.
    """
    asked = [
        Request(order=Order(side=side, amount=size, unit=Unit.QUOTE), recipe=recipe)
        for recipe in recipes
        for size in sizes
        for side in Side
    ]
    board: Scoreboard | None = None
    next_ns = 0
    for look in looks(path, venue):
        if board is None:
            board = Scoreboard(look.hub, look.clock, delays_s=delays_s)
        board.look()
        if look.ns >= next_ns:
            next_ns = look.ns + EVERY_NS
            for key in look.keys:
                _quote(board, look, key, asked)
    assert board is not None, "a recording has at least one look"
    return board.scores()


def _quote(board: Scoreboard, look: Look, key: MarketKey, asked: Sequence[Request]) -> None:
    state = look.hub.state(key)
    assert isinstance(state, MarketState), "every key is open"
    for request in asked:
        try:
            board.take(key, estimate(request, state))
        except OrderError as error:
            board.refused(f"no quote: {error.problem}")
        except BookNotReady:
            board.refused("no quote: no price stands on the book")
