"""One market's learning: the delays, the state that is shown, the snapshot that is kept.

A batch of labels goes in, a publication comes out; between two calls nothing changes. Meant for a
worker thread: one call at a time. The collector of the same market lives where books are applied.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from models.learning.collector import Collector, Settled
from models.learning.delay_learning import NOTHING, DelayLearning, Showing
from models.learning.served import Learned, ServedModel
from models.learning.spec import LearningSpec
from models.learning.state import DelayState

FORMAT = 1
"""Of a snapshot's body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What learning says from one moment to the next."""

    showings: dict[int, Showing] = field(default_factory=dict)
    """By delay; never changed after it was made."""
    served: tuple[ServedModel, ...] = ()
    progress: tuple[tuple[int, str], ...] = ()

    def learned(self, collector: Collector["Publication"], ns: int) -> Learned:
        """For the market's state, with the flow and the volatility of this moment."""
        return Learned(
            served=self.served,
            progress=self.progress,
            flow=collector.flow,
            sigma_day=collector.sigma_day,
            as_of_ns=ns,
        )


class MarketLearning:
    """Single writer: the thread that learns."""

    def __init__(self, spec: LearningSpec) -> None:
        self.spec = spec
        self.delays = {delay: DelayLearning(delay, spec) for delay in spec.delays_ns}

    def process(self, settled: Sequence[Settled[Publication]]) -> Publication:
        """Mark, learn, refit what is due; what is published from now on."""
        for delay, learning in self.delays.items():
            mine = [each for each in settled if each.delay_ns == delay]
            learning.process(mine, [each.shown.showings.get(delay, NOTHING) for each in mine])
        return self.publication()

    def publication(self) -> Publication:
        """As things stand."""
        showings = {delay: learning.showing() for delay, learning in self.delays.items()}
        served = (learning.served(showings[delay]) for delay, learning in self.delays.items())
        return Publication(
            showings=showings,
            served=tuple(model for model in served if model is not None),
            progress=tuple((delay, each.missing()) for delay, each in self.delays.items()),
        )

    def states(self) -> tuple[DelayState, ...]:
        """Everything there is to see, by delay."""
        return tuple(learning.state(learning.showing()) for learning in self.delays.values())

    def snapshot(self) -> dict[str, Any] | None:
        """Everything needed to predict the very same: arrays, numbers, texts and scikit-learn
        objects only. None before there is a fit.
        """
        kept = {str(d): part for d, each in self.delays.items() if (part := each.snapshot())}
        return {"format": FORMAT, "delays": kept} if kept else None

    def restore(self, body: dict[str, Any]) -> None:
        """Go on from a snapshot. KeyError, TypeError or ValueError: it is not of this program."""
        if body["format"] != FORMAT:
            raise ValueError(f"its format is {body['format']}, this Fathom reads {FORMAT}")
        for delay, part in body["delays"].items():
            learning = self.delays.get(int(delay))
            if learning is not None:
                learning.restore(part)
