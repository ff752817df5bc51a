"""A fitted model as plain numbers: what a state carries, a receipt keeps and `verify` reads.

    z_i         = (x_i - centre_i) / scale_i, cut off at -5 and 5
    change      = phi(z) . theta          low, middle and high (bps; models/slippage/form.py)
    slippage    = base + change           base: the walk of the book now, or 0 (`adds_walk`)
    band        = low - widen_low, high + widen_high      by size bucket, never beyond the middle

bucket   round(log10(order in quote)): 5 holds 31,623 to 316,228
One row is summed with math.fsum, in a fixed order: the same number on every machine.
Source: fitted by models/slippage/, widened by models/learning/bands.py.
Wrong when: the market is not what it was while it was learned.
Example: adds_walk, centre 0, scale 1, theta (0.5, 2) for the middle, x = 3, walk 1:
1 + 0.5 + 2 * 3 = 7.5.
"""

from dataclasses import dataclass
from math import fsum, log10
from typing import Self

import numpy as np

from market.instrument import Floats
from models.slippage.form import LinearForm

FARTHEST = 5.0
"""Deviations; a feature farther out counts as this."""


@dataclass(frozen=True, slots=True)
class Scaler:
    """Puts features on one footing, and takes far outliers for less far ones."""

    centre: Floats
    """(p,)"""
    scale: Floats
    """(p,), positive"""

    @classmethod
    def of(cls, x: Floats) -> Self:
        """From (n, p) typical rows: their mean and deviation between the 1 % and 99 % ranks."""
        low, high = np.quantile(x, (0.01, 0.99), axis=0)
        cut = np.clip(x, low, high)
        spread, whole = cut.std(axis=0), x.std(axis=0)
        scale = np.where(spread > 0, spread, np.where(whole > 0, whole, 1.0))
        return cls(cut.mean(axis=0), scale)

    def apply(self, x: Floats) -> Floats:
        """(n, p) z."""
        z: Floats = np.clip((x - self.centre) / self.scale, -FARTHEST, FARTHEST)
        return z


@dataclass(frozen=True, slots=True)
class Widening:
    """How much a band is widened for one size; negative makes it narrower."""

    bucket: int
    low_bps: float
    high_bps: float
    scores: int
    """Past errors it stands on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedModel:
    """One model for one delay."""

    model: str
    """A name in models.catalog.SLIPPAGES."""
    delay_ns: int
    """The order meets the book this much later; 0 is S1's `now`."""
    adds_walk: bool
    features: tuple[str, ...]
    scaler: Scaler
    form: LinearForm
    widenings: tuple[Widening, ...]
    rows: int
    """Labels it was fitted on."""
    verdict: str
    """How it does against the walk, in words."""
    is_warm: bool
    """Started from a snapshot, and not fitted anew since."""

    def widening(self, bucket: int) -> Widening | None:
        """For that size; None where no order of this size was followed long enough."""
        return next((w for w in self.widenings if w.bucket == bucket), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What learning gives to the prices of one market."""

    served: tuple[ServedModel, ...]
    """The champion of every delay that has one."""
    progress: tuple[tuple[int, str], ...]
    """(delay ns, what is missing, for the user; empty when ready), every delay that is followed."""
    flow: float
    """Recent order flow (base), an input of the models."""
    sigma_day: float | None
    """Volatility of the last minute (fraction per square root of a day), likewise."""
    as_of_ns: int
    """When these two were measured."""

    def nearest(self, delay_ns: int) -> int | None:
        """The followed delay nearest to `delay_ns` (by ratio); None where none is followed."""
        followed = [delay for delay, _ in self.progress]
        if delay_ns <= 0:
            return 0 if 0 in followed else None
        waits = [delay for delay in followed if delay > 0]
        return min(waits, key=lambda d: abs(log10(d / delay_ns)), default=None)

    def missing(self, delay_ns: int) -> str:
        """What is missing for that delay; empty when ready."""
        return next((text for delay, text in self.progress if delay == delay_ns), "not followed")

    def champion(self, delay_ns: int | None) -> ServedModel | None:
        """The model that is served for that delay."""
        return next((s for s in self.served if s.delay_ns == delay_ns), None)


def bucket_of(quote: float) -> int:
    """The size bucket of an order (quote)."""
    return round(log10(quote))


@dataclass(frozen=True, slots=True)
class Prediction:
    """bps; positive = the trader pays"""

    low: float
    middle: float
    high: float


def predicted(model: ServedModel, row: Floats, walk_bps: float, widening: Widening) -> Prediction:
    """For one (p,) row of the model's features."""
    phi = model.form.basis(model.scaler.apply(row[None, :]))[0].tolist()
    base = walk_bps if model.adds_walk else 0.0
    low, middle, high = sorted(
        base + fsum(a * b for a, b in zip(phi, theta, strict=True))
        for theta in model.form.coefficients.tolist()
    )
    return Prediction(
        min(low - widening.low_bps, middle), middle, max(high + widening.high_bps, middle)
    )
