"""What every learned slippage model is: taught with rows, asked for a band.

    learn(x, y)     takes rows, cheaply; call it as labels settle
    refit()         turns what was learned into a model; may take long, may leave the event loop
    predict(x)      low, middle and high (bps) for every row, or None before there is enough

x   (n, p) rows of the features that the model names (models/slippage/features.py)
y   (n,) slippage against the mid (bps); positive = the trader pays
A prediction below zero is a bad model, not a gift: count them, do not clip them.
"""

from typing import ClassVar, NamedTuple, Protocol

from market.instrument import Floats


class Predicted(NamedTuple):
    """A band for each row (bps)."""

    low: Floats
    middle: Floats
    high: Floats


class SlippageLearner(Protocol):
    """A fitted model."""

    name: ClassVar[str]
    label: ClassVar[str]
    features: tuple[str, ...]

    def learn(self, x: Floats, y: Floats) -> None:
        """Take (n, p) rows and (n,) labels."""
        ...

    def refit(self) -> None:
        """Make predictions stand on everything learned so far."""
        ...

    def predict(self, x: Floats) -> Predicted | None:
        """A band per row; None before there is enough."""
        ...

    def missing(self) -> str:
        """What is still missing, for the user; empty when ready."""
        ...
