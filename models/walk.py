"""What does this order take from the visible book at this instant?

    average = (C(f) + beyond) / filled        f = min(quantity, A_L)

C          money for f base along the levels, best first (quote; models/depth_curve.py)
A_L        base that the visible book holds
beyond     what the depth policy charges for more than that (quote; models/depth_policy.py)
quantity   base, already a whole number of lots (models/resolve.py)
Source: definition; exact for the book as it stands.
Wrong when: the book moves before the order arrives, or hides size.
Example: asks 100 x 1, 101 x 2; buying 2 costs 201: average 100.5, worst 101, two levels.
"""

from models.base import Fill
from models.depth_curve import DepthCurve
from models.depth_policy import DepthPolicy


def walk(curve: DepthCurve, quantity: float, policy: DepthPolicy) -> Fill:
    """Take `quantity` (base) from the curve; OrderError where the policy rejects."""
    if curve.holds(quantity):
        reached = min(quantity, curve.visible)
        level = int(curve.level_of(reached))
        worst = curve.prices.item(level)
        money = curve.money.item(level) + (reached - curve.base.item(level)) * worst
        average, filled, beyond = money / reached, quantity, 0.0
    else:
        level = len(curve.prices) - 1
        missing = quantity - curve.visible
        extra = policy.take(curve, missing)
        money, worst = curve.value + extra.money, extra.worst
        filled, beyond = curve.visible + extra.quantity, extra.quantity
        if extra.quantity >= missing:
            filled = quantity
        average = money / filled
    return Fill(
        side=curve.side,
        quantity=quantity,
        filled=filled,
        mid=curve.mid,
        best=curve.best,
        average=average,
        worst=worst,
        levels=level + 1,
        visible=curve.visible,
        beyond=beyond,
    )
