"""An order in parts on whole lots, none too small for the venue.

    child_k = R(F_k n) - R(F_{k-1} n)         R rounds to the nearest whole number

n     lots of the whole order        F_k   share of it to be done after part k, F_0 = 0
Every prefix is within half a lot of what was wanted and the total is exact; rounding each part by
itself drifts. A part below the venue's smallest order waits and is added to the next one; what is
too small at the end is added to the last part that was sent.
Source: cumulative rounding. Wrong when: the smallest order is large against the parts: then there
are fewer of them than asked for.
Example: 10 lots in 3 equal parts: 3, 7, 10 cumulated, so 3, 4, 3.
"""

from collections.abc import Sequence
from math import ceil, floor

import numpy as np

from market.instrument import Floats, Instrument
from models.resolve import Resolved


def cumulative_lots(total_lots: int, shares: Sequence[float] | Floats) -> list[int]:
    """Lots per part, from the cumulative shares (ascending, at most 1) after each part."""
    done = [floor(min(share, 1.0) * total_lots + 0.5) for share in shares]
    return [after - before for before, after in zip([0, *done[:-1]], done, strict=True)]


def merged(parts: Sequence[int], least: int) -> list[int]:
    """The same total with no part between 0 and `least` lots, unless the total is."""
    sent: list[int] = []
    carried, last = 0, -1
    for lots in parts:
        carried += lots
        if carried >= least and carried > 0:
            sent.append(carried)
            carried, last = 0, len(sent) - 1
        else:
            sent.append(0)
    if carried and last >= 0:
        sent[last] += carried
    elif carried and sent:
        sent[-1] = carried
    return sent


def children(order: Resolved, instrument: Instrument, shares: Sequence[float] | Floats) -> Floats:
    """(n,) base per part, whole lots, from the cumulative shares after each part."""
    total = round(order.size / instrument.lot_size)
    base_of_lot = order.quantity / total
    least = ceil(instrument.min_size / instrument.lot_size * (1 - 1e-12))
    if instrument.min_notional is not None:
        least = max(least, ceil(instrument.min_notional / (base_of_lot * order.curve.mid)))
    lots = merged(cumulative_lots(total, shares), least)
    return np.array(lots, dtype=np.float64) * base_of_lot
