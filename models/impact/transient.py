"""Trades that push the price by a kernel: what they pay, the path they leave, the best ones.

    cost = 1/2 sum_i sum_j n_i n_j G(|t_i - t_j|)        path_k = sum_{i <= k} n_i G(t_k - t_i)
    best for a total X:  G z = 1,  n = X z / sum(z),  cost = X^2 / (2 sum(z))

n_i    base traded at t_i (day), signed     G   kernel (models/impact/kernels.py)
Each trade pays half of its own push and all that is left of the earlier ones. Times are equally
spaced, so a pair's push depends on how many steps lie between the two: n values make all n^2. The
best trades are then symmetric in time, more at both ends, and one half of them is solved for. G
needs to be positive definite; a jitter of 1e-12 keeps nearly equal rows apart.
Source: Bouchaud et al. 2004; Gatheral 2010; Alfonsi, Schied & Slynko 2012.
Example: G = 1 for ever: any schedule of X costs X^2 / 2.
"""

import numpy as np

from market.instrument import Floats
from models.impact.kernels import Kernel

JITTER = 1e-12


def gram(kernel: Kernel, span: float, number: int) -> Floats:
    """(n, n) G between all pairs of n equally spaced times from 0 to `span` (day); read-only."""
    later = kernel.at(np.linspace(0.0, span, number))
    around = np.concatenate([later[:0:-1], later])
    pushes: Floats = np.lib.stride_tricks.sliding_window_view(around, number)[::-1]
    return pushes


def transient_cost(trades: Floats, pushes: Floats) -> float:
    """Cost (quote) of (n,) trades (base) under (n, n) pushes."""
    return float(trades @ pushes @ trades) / 2


def price_path(trades: Floats, pushes: Floats) -> Floats:
    """(n,) displacement of the price (quote/base) right after each trade."""
    path: Floats = np.tril(pushes) @ trades
    return path


def best_trades(total: float, pushes: Floats) -> Floats:
    """(n,) trades of the least cost that add up to `total` (base)."""
    n = len(pushes)
    half = (n + 1) // 2
    folded = pushes[:half, :half].copy()
    folded[:, : n // 2] += pushes[:half, half:][:, ::-1]
    folded[np.diag_indices(half)] += JITTER * pushes[0, 0]
    z = np.linalg.solve(folded, np.ones(half))
    z = np.concatenate([z, z[: n // 2][::-1]])
    best: Floats = total * z / z.sum()
    return best
