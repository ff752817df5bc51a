"""Figures that papers print, beside those that stand in the tests of each model."""

import math
from pathlib import Path

import pytest

from models.impact.almgren_2005 import Almgren2005Impact
from models.impact.i_star import IStarImpact
from tests.models.test_almgren_chriss import EQUAL, FRONTIER, PAPER, ROUNDED, SHARE, best
from tests.models.test_impact_models import DRI, IBM, impact_2005

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "models.md").read_text("utf-8")
TABLE = DOCS.partition("## Published figures we reproduce")[2].partition("\n## ")[0]


def test_the_constants_of_almgren_2005_are_the_defaults():
    # Almgren, Thum, Hauptmann & Li 2005: gamma 0.314, eta 0.142, delta 1/4, beta 3/5
    fit = Almgren2005Impact()
    assert (fit.gamma, fit.eta, fit.delta, fit.beta) == (0.314, 0.142, 0.25, 0.6)


def test_the_constants_of_i_star_are_the_defaults():
    # Kissell, all US shares: a1 708, a2 0.55, a3 0.71, a4 0.50, b1 0.98
    fit = IStarImpact()
    assert (fit.a1, fit.a2, fit.a3, fit.a4, fit.b1) == (708.0, 0.55, 0.71, 0.50, 0.98)


def test_the_half_life_of_riskmetrics_is_eleven_returns():
    assert math.log(0.5) / math.log(0.94) == pytest.approx(11.2, abs=0.05)


def test_the_documented_figures_of_almgren_and_chriss_are_ours():
    schedule = best(SHARE, 1e-6)
    for value in (
        f"{SHARE.kappa(1e-6, PAPER):.5f}",
        f"{SHARE.expected_cost(schedule, PAPER):,.2f}",
        f"{SHARE.variance(schedule, PAPER) / 1e6:,.2f}",
        f"{schedule[0]:,.1f}",
        f"{SHARE.variance(EQUAL, PAPER) ** 0.5:,.0f}",
    ):
        assert value in TABLE


@pytest.mark.parametrize("row", [row for row in FRONTIER if row[0] in (0.001, 0.25, 1.0, 4.0)])
def test_the_documented_frontier_is_ours(row):
    schedule = best(ROUNDED, row[0] * 1e-6)
    assert f"{ROUNDED.expected_cost(schedule, PAPER) / 1e6:.5f}" in TABLE
    assert f"{ROUNDED.variance(schedule, PAPER) / 1e12:.5f}e6" in TABLE


@pytest.mark.parametrize("row", [IBM, DRI], ids=["IBM", "DRI"])
@pytest.mark.parametrize("horizon", [0.1, 0.2, 0.5])
def test_the_documented_rows_of_almgren_2005_are_ours(row, horizon):
    volume, outstanding, sigma, _, _ = row
    impact = impact_2005(0.1, horizon, sigma, outstanding / volume)
    assert f"{impact.temporary:.2f}, {impact.paid:.2f}" in TABLE
