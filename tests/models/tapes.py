"""Made-up tapes with a known law, for what learns."""

from collections.abc import Iterator

import numpy as np

from market.book import BookSnapshot
from models.learning.collector import Collector
from models.learning.market_learning import MarketLearning, Publication
from models.learning.spec import LearningSpec
from tests.builders import NOW_NS, book

STEP_NS = 100_000_000
MEMORY = 0.98
"""Of the imbalance, from one book to the next."""
PER_TURN = 10


def drifting(n: int, push_bps: float, noise_bps: float, seed: int) -> Iterator[BookSnapshot]:
    """Ten books a second. The mid moves by push times the imbalance, and by noise, at each."""
    random = np.random.default_rng(seed)
    mid, lean = 100.0, 0.0
    for i in range(n):
        yield at(i * STEP_NS, mid, lean)
        mid *= 1 + (push_bps * lean + noise_bps * random.standard_normal()) / 1e4
        lean = MEMORY * lean + (1 - MEMORY**2) ** 0.5 * 0.4 * random.standard_normal()
        lean = float(np.clip(lean, -0.9, 0.9))


def at(after_ns: int, mid: float, lean: float) -> BookSnapshot:
    """A spread of 2 bps, one deep level behind the best, sizes that lean by `lean`."""
    ns = NOW_NS + after_ns
    made = book(
        [(mid * 0.9999, 5 * (1 + lean)), (mid * 0.999, 4000.0)],
        [(mid * 1.0001, 5 * (1 - lean)), (mid * 1.001, 4000.0)],
        seq=after_ns // STEP_NS,
    )
    return type(made)(
        **{name: getattr(made, name) for name in made.__dataclass_fields__}
        | {"event_ns": ns, "recv_ns": ns}
    )


def taught(
    books: Iterator[BookSnapshot], spec: LearningSpec
) -> tuple[MarketLearning, Collector[Publication]]:
    """Everything a market does, without hub and clock: probes, labels, a lesson a second."""
    learning = MarketLearning(spec)
    collector = Collector(spec, learning.publication())
    before: BookSnapshot | None = None
    for i, each in enumerate(books):
        if before is not None:
            collector.advance(before, each.recv_ns)
        before = each
        if i % PER_TURN == 0 and (settled := collector.fetch()):
            collector.shown = learning.process(settled)
    return learning, collector
