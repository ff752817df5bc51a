"""Rounding down to the lot for a whole array, equal to Instrument.floor_to_lot to the last bit.

    lots = size / lot        whole = floor(lots)  where it cannot be in doubt
    result = whole m / 10^e  with lot = m / 10^e

A quotient in float64 is off by 2^-52 of itself at most; where it comes nearer than that to a whole
number, or the numbers are too large for exact integers, the instrument's decimal rounding answers.
m, e and 10^e (e <= 22) are exact, so one division gives the float nearest to the decimal result.
"""

from decimal import Decimal

import numpy as np

from market.instrument import Floats, Instrument

EXACT_INTEGERS = 2.0**53
EXACT_POWERS = 22


def floor_to_lots(instrument: Instrument, sizes: Floats) -> Floats:
    """(...) sizes in the venue's unit, each rounded down as the instrument does it."""
    lot = Decimal(repr(instrument.lot_size)).normalize()
    exponent = int(lot.as_tuple().exponent)
    lots = sizes / instrument.lot_size
    whole = np.floor(lots)
    slack = np.minimum(lots * 1e-12, 0.01) + lots * 1e-15
    doubtful = np.abs(lots - np.rint(lots)) <= slack
    if -EXACT_POWERS <= exponent <= 0:
        mantissa = float(int(lot.scaleb(-exponent)))
        rounded = whole * mantissa / 10.0**-exponent
        doubtful |= ~(whole * mantissa < EXACT_INTEGERS)
    else:
        rounded, doubtful = np.empty_like(sizes), np.ones(sizes.shape, dtype=bool)
    for place in np.argwhere(doubtful & np.isfinite(sizes)):
        at = tuple(place)
        rounded[at] = instrument.floor_to_lot(float(sizes[at]))
    return rounded
