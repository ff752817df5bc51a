"""The job of a tick, the same for everyone: eight sizes on both sides, with these coefficients."""

from dataclasses import dataclass

import numpy as np

from benchmarks.frames import Frames
from feeds.okx import Okx
from market.book import BookUpdate, OrderBook
from models.ladder import CostLadder, quadratic_term
from models.ladder_kernel import BEST_QUOTE, SLIPPAGE_BPS, SPREAD_BPS

SIZES = (1e3, 2.5e3, 1e4, 2.5e4, 1e5, 2.5e5, 5e5, 1e6)
"""Money (quote). S1 probed 1k, 10k, 100k and 1M; these go as far in smaller steps."""
TAKER_BPS = 10.0
"""S1's tier LV1."""
C, SIGMA_DAY, ADV_QUOTE = 0.5, 0.02, 5e9
"""S1's impact."""

Fit = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """What each contender is asked for."""

    symbol: str
    fit: Fit
    """Slippage (bps) = b0 + b1 size + b2 spread_bps + b3 best_quote, S1's three features."""
    sizes: tuple[float, ...] = SIZES
    taker_bps: float = TAKER_BPS
    quadratic: float = quadratic_term(C, SIGMA_DAY, ADV_QUOTE)
    """S1's impact: bps per quote."""


def ladder_of(frames: Frames) -> Ladder:
    """The job, with a slippage fit learnt from the frames themselves."""
    return Ladder(symbol=frames.instrument.venue_symbol, fit=fitted(frames))


def fitted(frames: Frames) -> Fit:
    """Least squares of slippage on S1's features, over every update, size and side."""
    symbol = frames.instrument.venue_symbol
    venue, book = Okx({symbol: frames.instrument}), OrderBook(symbol)
    ladder = CostLadder(np.array(SIZES))
    probes, targets = [], []
    for frame in (frames.snapshot, *frames.updates):
        for event in venue.receive(frame, 0):
            if isinstance(event, BookUpdate):
                book.apply(event)
        out = ladder.update(book)
        sizes = np.broadcast_to(SIZES, out.shape[:2])
        features = (np.ones_like(sizes), sizes, out[..., SPREAD_BPS], out[..., BEST_QUOTE])
        probes.append(np.stack(features, axis=-1).reshape(-1, 4))
        targets.append(out[..., SLIPPAGE_BPS].ravel())
    solution = np.linalg.lstsq(np.concatenate(probes), np.concatenate(targets), rcond=None)[0]
    b0, b1, b2, b3 = (float(b) for b in solution)
    return b0, b1, b2, b3
