"""Sums for an order that is worked over a horizon instead of being sent at once.

`schedule` prices the very parts into which the order type cuts the order, each walked on the book;
all others, `worked_...`, ask a model of impact for the whole order. There the impact replaces the
walk: nothing is charged twice. Where a fit measured the cost against the arrival price, the
half-spread is in it; otherwise it is added.
"""

from models.depth import DepthCost
from models.fees import FeeModel
from models.impact.almgren_2005 import Almgren2005Impact
from models.impact.almgren_chriss import AlmgrenChrissImpact
from models.impact.i_star import IStarImpact
from models.impact.obizhaeva_wang import ObizhaevaWangImpact
from models.impact.propagator import PropagatorImpact
from models.opportunity import OpportunityCost
from models.permanent import PermanentImpact
from models.recipe import Recipe
from models.spread import SpreadCost

WORKING = (
    "This prices an order that is worked over the model's horizon, not one that is sent at once; "
    "the coefficients are published for shares or assumed until they are calibrated."
)

BESIDE_A_SPREAD = (AlmgrenChrissImpact, PropagatorImpact, ObizhaevaWangImpact)
"""Models that leave the half-spread to the spread of the recipe."""
HOLDING_THE_SPREAD = (Almgren2005Impact, IStarImpact)
"""Models fitted against the arrival price."""

WORKED_ORDERS = (
    Recipe(
        name="schedule",
        label="Schedule, part by part on the book",
        adds=(SpreadCost, DepthCost, FeeModel, PermanentImpact, OpportunityCost),
    ),
    Recipe(
        name="worked_almgren_chriss",
        label="Worked order, Almgren-Chriss",
        adds=(SpreadCost, FeeModel, AlmgrenChrissImpact),
        impacts=BESIDE_A_SPREAD,
        warning=WORKING,
    ),
    Recipe(
        name="worked_2005",
        label="Worked order, Almgren et al. 2005",
        adds=(FeeModel, Almgren2005Impact),
        impacts=HOLDING_THE_SPREAD,
        warning=WORKING,
    ),
    Recipe(
        name="worked_i_star",
        label="Worked order, I-Star",
        adds=(FeeModel, IStarImpact),
        impacts=HOLDING_THE_SPREAD,
        warning=WORKING,
    ),
    Recipe(
        name="worked_transient",
        label="Worked order, transient impact",
        adds=(SpreadCost, FeeModel, PropagatorImpact),
        impacts=BESIDE_A_SPREAD,
        warning=WORKING,
    ),
    Recipe(
        name="worked_block_book",
        label="Worked order, Obizhaeva-Wang",
        adds=(SpreadCost, FeeModel, ObizhaevaWangImpact),
        impacts=BESIDE_A_SPREAD,
        warning=WORKING,
    ),
)
