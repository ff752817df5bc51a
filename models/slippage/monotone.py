"""A larger order never slips less: put a curve over sizes in order.

    running maximum    m_i = max(m_{i-1}, y_i)            never lowers a prediction
    pooled             nearest rising curve in weighted least squares (pool adjacent violators)

y   predictions (bps) over ascending sizes, (n,)
Source: isotonic regression; the average of a walk can only rise with size.
Wrong when: sizes are not ascending.
Example: 1, 3, 2, 4: running maximum 1, 3, 3, 4; pooled 1, 2.5, 2.5, 4.
"""

import numpy as np

from market.instrument import Floats


def running_maximum(predicted: Floats) -> Floats:
    """(n,) or (m, n), never falling along the last axis, never below what it was."""
    raised: Floats = np.maximum.accumulate(predicted, axis=-1)
    return raised


def pooled(predicted: Floats, weights: Floats | None = None) -> Floats:
    """(n,) never falling, as close as possible."""
    from sklearn.isotonic import isotonic_regression

    fitted: Floats = isotonic_regression(predicted, sample_weight=weights)
    return fitted
