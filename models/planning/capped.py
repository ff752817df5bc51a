"""What is the best schedule when no part may be more than a share of the volume?

    minimise  (eta_tilde / tau) sum(n_k^2) + lambda Sigma^2 tau sum(x_k^2)
    over      sum(n_k) = X,   0 <= n_k <= cap_k                     x_k = what is left after part k

cap_k   rate / (1 - rate) * volume others trade in part k (base)
Source: Almgren & Chriss 2000 with bounds; convex, solved by accelerated projected gradients (Beck &
Teboulle 2009) with restarts. Caps that bind raise the objective: the front is pushed back, so less
cost and more risk than without them.
Wrong when: the volume to come is not what was expected.
Example: X = 3 in 3 parts, none above 1: 1, 1, 1 at any urgency.
"""

from math import sqrt

import numpy as np

from market.errors import OrderError
from market.instrument import Floats
from models.impact.linear import LinearImpact, Slices

ITERATIONS = 50_000
CONVERGED = 1e-13
HALVINGS = 200


def capped_trades(
    quantity: float, impact: LinearImpact, slices: Slices, risk_aversion: float, caps: Floats
) -> Floats:
    """(N,) base; OrderError where the caps leave too little room."""
    room = float(np.sum(caps))
    if quantity > room * (1 + 1e-12):
        raise OrderError("participation cap", f"allows {room:.8g} base", f"{quantity:.8g} or more")
    n = slices.number
    own = impact.effective(slices) / slices.tau
    risk = risk_aversion * impact.sigma**2 * slices.tau
    left = np.triu(np.ones((n, n)), 1)[: n - 1]
    hessian = 2 * (own * np.eye(n) + risk * left.T @ left)
    step = 1 / float(np.linalg.eigvalsh(hessian)[-1])
    point = previous = _onto_caps(np.full(n, quantity / n), quantity, caps)
    momentum = 1.0
    ahead = point
    for _ in range(ITERATIONS):
        point = _onto_caps(ahead - step * (hessian @ ahead), quantity, caps)
        moved = point - previous
        if float((ahead - point) @ moved) > 0:
            momentum = 1.0
        after = (1 + sqrt(1 + 4 * momentum * momentum)) / 2
        ahead = point + (momentum - 1) / after * moved
        previous, momentum = point, after
        if float(np.abs(moved).max()) <= CONVERGED * quantity:
            break
    return point


def volume_caps(others: Floats, rate_frac: float) -> Floats:
    """(N,) base: our most, where our share of all volume may be `rate_frac`."""
    if not 0 < rate_frac < 1:
        raise OrderError("participation rate", f"is {rate_frac:g}", "above 0, below 1")
    caps: Floats = others * (rate_frac / (1 - rate_frac))
    return caps


def _onto_caps(wanted: Floats, total: float, caps: Floats) -> Floats:
    """The nearest point with 0 <= n <= cap and the right sum, by bisection on the shift."""
    low, high = float((wanted - caps).min()), float(wanted.max())
    for _ in range(HALVINGS):
        shift = (low + high) / 2
        if shift in (low, high):
            break
        if float(np.clip(wanted - shift, 0.0, caps).sum()) > total:
            low = shift
        else:
            high = shift
    nearest: Floats = np.clip(wanted - (low + high) / 2, 0.0, caps)
    return nearest
