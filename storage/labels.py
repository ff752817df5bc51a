"""Probe orders with their answers, a few a minute: what the plots of the Analysis page stand on.

Learning itself keeps sums and short rings (models/learning/); these rows are for people, and for
programs that want to try a model of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import insert

from market.instrument import Side
from models.learning.probes import COLUMNS
from models.learning.state import DelayState, LearningState, Sample
from storage.database import Database
from storage.export_learning import labels_table
from storage.export_table import ExportTable
from storage.learning_tables import LABELS

MOST: Final = 8
"""Of one delay at one time: drawn at random, so that no size is favoured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Of one database. Every method raises StorageError with a text for the user."""

    database: Database

    async def keep(self, state: LearningState, after_ns: Mapping[int, int]) -> dict[int, int]:
        """Draw from each delay's labels that were asked after the time given for it (0 without).

        How far each delay is kept now: what to give the next time. Rows are made in the writer's
        thread.
        """
        kept = {each.delay_ns: _last_ns(each) for each in state.delays if each.sample is not None}
        rows = rows_of(state, after_ns)
        if rows:
            await self.database.write(lambda c: c.execute(insert(LABELS), rows).rowcount)
        return {**after_ns, **kept}

    def table(self) -> ExportTable:
        """All that was kept as a table to take away."""
        return labels_table(self.database)


def rows_of(state: LearningState, after_ns: Mapping[int, int]) -> list[dict[str, Any]]:
    """The drawn labels of all delays as rows without a number."""
    market = {"source": state.source, "venue": state.venue, "venue_symbol": state.symbol}
    return [
        {**market, "delay_ns": each.delay_ns, **_row(each.sample, i)}
        for each in state.delays
        if each.sample is not None
        for i in _drawn(each.sample, after_ns.get(each.delay_ns, 0)).tolist()
    ]


def _drawn(sample: Sample, after_ns: int) -> NDArray[np.int64]:
    new = np.flatnonzero(sample.ns > after_ns)
    if len(new) > MOST:
        new = np.sort(np.random.default_rng().choice(new, MOST, replace=False))
    return new


def _last_ns(delay: DelayState) -> int:
    assert delay.sample is not None
    return int(delay.sample.ns[-1])


def _row(sample: Sample, i: int) -> dict[str, Any]:
    return {
        "ns": int(sample.ns[i]),
        "side": (Side.BUY if sample.side[i] > 0 else Side.SELL).value,
        "bucket": int(sample.bucket[i]),
        "walk_bps": float(sample.walk[i]),
        "label_bps": float(sample.label[i]),
        "low_bps": _known(sample.low[i]),
        "middle_bps": _known(sample.middle[i]),
        "high_bps": _known(sample.high[i]),
        **dict(zip(COLUMNS, sample.x[i].tolist(), strict=True)),
    }


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
