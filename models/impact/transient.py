"""Trades that push the price by a kernel: what they pay, the path they leave, the best ones.

    cost = 1/2 sum_i sum_j n_i n_j G(|t_i - t_j|)        path_k = sum_{i <= k} n_i G(t_k - t_i)
    best for a total X:  G z = 1,  n = X z / sum(z),  cost = X^2 / (2 sum(z))

n_i    base traded at t_i (day), signed     G   kernel (models/impact/kernels.py)
Each trade pays half of its own push and all that is left of the earlier ones. The best trades are
symmetric in time, more at both ends. G needs to be positive definite; a jitter of 1e-12 keeps the
Cholesky factor of nearly equal rows.
Source: Bouchaud et al. 2004; Gatheral 2010; Alfonsi, Schied & Slynko 2012.
Example: G = 1 for ever: any schedule of X costs X^2 / 2.
"""

import numpy as np

from market.instrument import Floats
from models.impact.kernels import Kernel

JITTER = 1e-12


def gram(kernel: Kernel, times: Floats) -> Floats:
    """(n, n) G between all pairs of times (day)."""
    return kernel.at(np.abs(times[:, None] - times[None, :]))


def transient_cost(trades: Floats, pushes: Floats) -> float:
    """Cost (quote) of (n,) trades (base) under (n, n) pushes."""
    return float(trades @ pushes @ trades) / 2


def price_path(trades: Floats, pushes: Floats) -> Floats:
    """(n,) displacement of the price (quote/base) right after each trade."""
    path: Floats = np.tril(pushes) @ trades
    return path


def best_trades(total: float, pushes: Floats) -> Floats:
    """(n,) trades of the least cost that add up to `total` (base)."""
    steady = pushes + JITTER * pushes[0, 0] * np.eye(len(pushes))
    lower = np.linalg.cholesky(steady)
    z = np.linalg.solve(lower.T, np.linalg.solve(lower, np.ones(len(pushes))))
    best: Floats = total * z / z.sum()
    return best
