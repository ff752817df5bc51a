"""How good were predictions that were made before the answer was known?

    mse, mae   mean of (y - middle)^2 and of |y - middle|               (bps^2, bps)
    r2         1 - mse / variance of y          of one size only: across sizes it says nothing
    pinball    mean over 5 %, 50 %, 95 % of the band shown              (bps)
    coverage   share of labels inside the band shown; width its mean width (bps)
    walk       the same errors of "the book stays as it is"
    zero       the same errors of "the price stays, and this size pays what it usually pays"

Source: prequential evaluation (Dawid 1984): test, then train. Sums only: no label is kept.
Wrong when: labels overlap, as those of a long delay do: they count each, but say less.
Example: labels 1, 3, predictions 2, 2: mse 1, mae 1, variance 1, r2 0.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from market.instrument import Floats
from models.slippage.quantile import QUANTILES, pinball

FIELDS = (
    "n",
    "squared",
    "absolute",
    "y",
    "y_squared",
    "walk_squared",
    "walk_absolute",
    "zero_squared",
    "zero_absolute",
    "negative",
    "exact",
    "banded",
    "inside",
    "width",
    "pinball",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Of one model, one delay and one size; None where it cannot be said yet."""

    bucket: int | None
    """None: all sizes together"""
    n: int
    """Labels predicted before they were known."""
    mse: float
    mae: float
    r2: float | None
    walk_mse: float
    walk_mae: float
    zero_mse: float
    zero_mae: float
    negative: int
    """Predictions below zero. For "now" each is a fault: no book pays a trader for crossing it;
    after a delay the price may be expected to come nearer."""
    exact: int
    """Labels that were just what was said (within 1e-9 bps). Their share is the least that the
    coverage can be: where a book hardly moves, no band is narrow enough to hold only 90 %."""
    banded: int
    """Labels for which a band had been shown."""
    coverage: float | None
    width_bps: float | None
    pinball: float | None

    @property
    def skill(self) -> float | None:
        """1 - mse / mse of the walk: above zero is better; None where the walk is exact."""
        return None if self.walk_mse == 0 else 1 - self.mse / self.walk_mse


def tally(
    y: Floats,
    predicted: tuple[Floats, Floats, Floats],
    has_band: NDArray[np.bool_],
    walk: Floats,
    zero: Floats,
) -> Floats:
    """(len(FIELDS),) sums of (n,) rows; `predicted` is low, middle, high (bps)."""
    low, middle, high = predicted
    error, from_walk, from_zero = y - middle, y - walk, y - zero
    ends = [end[has_band] for end in (low, middle, high)]
    seen = y[has_band]
    loss = sum(float(pinball(seen - end, q).sum()) for end, q in zip(ends, QUANTILES, strict=True))
    return np.array(
        (
            len(y),
            error @ error,
            np.abs(error).sum(),
            y.sum(),
            y @ y,
            from_walk @ from_walk,
            np.abs(from_walk).sum(),
            from_zero @ from_zero,
            np.abs(from_zero).sum(),
            np.count_nonzero(middle < 0),
            np.count_nonzero(np.abs(error) < EXACT),
            len(seen),
            np.count_nonzero((ends[0] <= seen) & (seen <= ends[2])),
            (ends[2] - ends[0]).sum(),
            loss / len(QUANTILES),
        ),
        dtype=np.float64,
    )


def marks(sums: Floats, bucket: int | None) -> Marks | None:
    """What the sums mean; None without a label."""
    s = dict(zip(FIELDS, sums.tolist(), strict=True))
    n, banded = s["n"], s["banded"]
    if n == 0:
        return None
    variance = s["y_squared"] / n - (s["y"] / n) ** 2
    has_r2 = bucket is not None and variance > FLAT * s["y_squared"] / n
    return Marks(
        bucket=bucket,
        n=int(n),
        mse=s["squared"] / n,
        mae=s["absolute"] / n,
        r2=1 - s["squared"] / n / variance if has_r2 else None,
        walk_mse=s["walk_squared"] / n,
        walk_mae=s["walk_absolute"] / n,
        zero_mse=s["zero_squared"] / n,
        zero_mae=s["zero_absolute"] / n,
        negative=int(s["negative"]),
        exact=int(s["exact"]),
        banded=int(banded),
        coverage=s["inside"] / banded if banded else None,
        width_bps=s["width"] / banded if banded else None,
        pinball=s["pinball"] / banded if banded else None,
    )


EXACT = 1e-9
"""bps"""
FLAT = 1e-12
"""Relative; labels that vary less are all the same."""
