"""The average price of a walk that ends in a made-up price, as two earlier systems have it.

    average = (C(A_L) + (q - A_L) * p_L * (1 + penalty * side)) / q      for q > A_L

q    quantity (base)     A_L, p_L, C   visible base, last price, cost (models/depth_curve.py)
Source: S2a (penalty 5 %), S3 "Aegis" (0.5 %). Wrong when: q > A_L, always a guess.
Example: asks 100 x 1, q = 2, penalty 5 %: (100 + 105) / 2 = 102.5.
"""

from models.base import Execution
from models.depth_curve import DepthCurve


def penalised_average(execution: Execution, penalty_frac: float) -> float:
    """quote/base; the fill's own average while the visible book is enough."""
    fill, book = execution.fill, execution.state.book
    if book is None or fill.quantity <= fill.visible:
        return fill.average
    curve = DepthCurve.of(book, fill.side)
    beyond = curve.last * (1 + penalty_frac * fill.side.sign)
    return (curve.value + (fill.quantity - curve.visible) * beyond) / fill.quantity
