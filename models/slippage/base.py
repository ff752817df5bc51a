"""What every learned slippage model is: taught with rows, asked for a band.

    learn(x, y)     takes rows, cheaply; call it as labels settle
    refit()         turns what was learned into a model; may take long, may leave the event loop
    predict(x)      low, middle and high (bps) for every row, or None before there is enough
    form()          the fit as a frozen value, which later learning does not change
    state()         what a snapshot must keep; restore(state) goes on from there

x   (n, p) rows of the features that the model names (models/slippage/features.py)
y   (n,) slippage against the mid (bps); positive = the trader pays
A prediction below zero is a bad model, not a gift: count them, do not clip them.
"""

from typing import Any, ClassVar, NamedTuple, Protocol

from market.instrument import Floats


class Predicted(NamedTuple):
    """A band for each row (bps)."""

    low: Floats
    middle: Floats
    high: Floats


class Form(Protocol):
    """A fitted model that can no longer change."""

    def predict(self, x: Floats) -> Predicted:
        """A band for each of (n, p) rows (bps)."""
        ...


class SlippageLearner(Protocol):
    """A fitted model."""

    name: ClassVar[str]
    label: ClassVar[str]
    is_heavy: ClassVar[bool]
    """A refit takes tenths of a second: it is done once a minute rather than every 200 books."""
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

    def form(self) -> Form | None:
        """The present fit, frozen; None before there is one."""
        ...

    def state(self) -> dict[str, Any]:
        """Arrays, numbers and scikit-learn objects only; enough to predict the very same."""
        ...

    def restore(self, state: dict[str, Any]) -> None:
        """Take what `state` gave; ValueError or KeyError where it is not of this model."""
        ...
