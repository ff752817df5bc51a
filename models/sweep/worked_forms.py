"""Impact models of worked orders in their form for arrays (see forms.py)."""

from collections.abc import Mapping

import numpy as np

from market.instrument import Floats
from market.units import BPS, SECONDS_PER_DAY, annual_from_day
from models.base import CostModel
from models.impact.almgren_2005 import Almgren2005Impact
from models.impact.facts import MINUTES_PER_DAY, STILL
from models.impact.i_star import IStarImpact
from models.sweep.pricing import Bools, Cells, Form, Priced, banded


def horizon_day(cells: Cells) -> Floats:
    """That of the order type where it trades over time, else the model's own (day)."""
    worked, own = cells.executed.worked_s, cells.parameter("horizon_min")
    return np.where(worked != 0, worked / SECONDS_PER_DAY, own / MINUTES_PER_DAY)


def is_known(cells: Cells) -> Bools:
    """Where volatility and day volume are known (models/impact/facts.py)."""
    known: Bools = (cells.executed.sigma >= STILL) & (cells.block.adv > 0)
    return known


def timing_bps(cells: Cells) -> Floats:
    """One standard deviation of the price paid at a constant rate."""
    risk: Floats = BPS * cells.executed.sigma * np.sqrt(horizon_day(cells) / 3)
    return risk


def _almgren_2005(cells: Cells) -> Priced:
    sigma, share = cells.executed.sigma, cells.executed.filled / cells.block.adv
    turnover = cells.parameter("turnover_days") ** cells.parameter("delta")
    permanent = cells.parameter("gamma") * sigma * share * turnover
    rate = share / horizon_day(cells)
    temporary = cells.parameter("eta") * sigma * rate ** cells.parameter("beta")
    bps = BPS * permanent / 2 + BPS * temporary
    risk = timing_bps(cells)
    return banded(bps, bps - risk, bps + risk, is_known(cells))


def _i_star(cells: Cells) -> Priced:
    share = cells.executed.filled / cells.block.adv
    pov = share / (share + horizon_day(cells))
    yearly = annual_from_day(1.0) * cells.executed.sigma
    size = share ** cells.parameter("a2")
    whole = cells.parameter("a1") * size * yearly ** cells.parameter("a3")
    b1 = cells.parameter("b1")
    bps = b1 * whole * pov ** cells.parameter("a4") + (1 - b1) * whole
    risk = timing_bps(cells)
    return banded(bps, bps - risk, bps + risk, is_known(cells))


WORKED_FORMS: Mapping[type[CostModel], Form] = {
    Almgren2005Impact: _almgren_2005,
    IStarImpact: _i_star,
}
