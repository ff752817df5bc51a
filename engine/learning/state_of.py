"""The frozen state of one market's learning, put together from its two halves."""

from engine.hub import MarketKey
from engine.learning.probing import Probing
from models.learning.spec import LearningSpec
from models.learning.state import DelayState, LearningState


def learning_state(
    key: MarketKey,
    delays: tuple[DelayState, ...],
    probing: Probing,
    spec: LearningSpec,
    as_of_ns: int,
    warm_from: str = "",
) -> LearningState:
    """Counts of the collector, and what the models made of its labels."""
    collector = probing.collectors.get(key)
    counts = collector.counts if collector else {}
    return LearningState(
        source=key.source.value,
        venue=key.venue,
        symbol=key.symbol,
        as_of_ns=as_of_ns,
        amounts=collector.amounts if collector else (),
        probes=counts.get("probes", 0),
        settled=counts.get("settled", 0),
        waiting=collector.waiting if collector else 0,
        discarded=counts.get("discarded", 0),
        beyond=counts.get("beyond", 0),
        dropped=counts.get("dropped", 0),
        probes_per_s=spec.probes_per_s,
        is_warm=bool(warm_from),
        warm_from=warm_from,
        trouble=probing.troubles.get(key, ""),
        delays=delays,
    )
