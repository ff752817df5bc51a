"""What is written is on offer: a line forgotten in the catalogue is seen here."""

import importlib
import inspect
import pkgutil

import pytest

import models
from models import catalog
from models.base import CostKind, CostModel
from models.execution.base import ExecutionStyle
from models.volatility.base import VolatilityEstimator


def classes():
    """Every class that a module of models/ defines."""
    for info in pkgutil.walk_packages(models.__path__, "models."):
        module = importlib.import_module(info.name)
        for _, owned in inspect.getmembers(module, inspect.isclass):
            if owned.__module__ == info.name:
                yield owned


def is_a(owned, protocol):
    members = {name for name in dir(protocol) if not name.startswith("_")}
    members |= set(protocol.__annotations__)
    return owned is not protocol and all(hasattr(owned, name) for name in members)


@pytest.mark.parametrize(
    ("protocol", "table"),
    [
        (CostModel, catalog.MODELS),
        (ExecutionStyle, catalog.STYLES),
        (VolatilityEstimator, catalog.VOLATILITIES),
    ],
    ids=["cost models", "order types", "volatility estimators"],
)
def test_everything_in_the_folder_is_in_the_catalogue(protocol, table):
    found = {owned for owned in classes() if is_a(owned, protocol)}
    assert found == set(table.values())


@pytest.mark.parametrize(
    "table", [catalog.MODELS, catalog.STYLES, catalog.VOLATILITIES, catalog.RECIPES]
)
def test_everything_is_listed_under_its_own_name(table):
    assert [entry.name for entry in table.values()] == list(table)


@pytest.mark.parametrize("recipe", catalog.RECIPES.values(), ids=catalog.RECIPES)
def test_a_recipe_charges_no_kind_twice(recipe):
    kinds = [model.kind for model in recipe.adds + recipe.beside]
    assert len(set(kinds)) == len(kinds)


@pytest.mark.parametrize("recipe", catalog.RECIPES.values(), ids=catalog.RECIPES)
def test_a_recipe_that_adds_impact_to_a_walk_carries_a_warning(recipe):
    kinds = {model.kind for model in recipe.adds}
    walks = kinds & {CostKind.DEPTH, CostKind.SLIPPAGE}
    impacts = kinds & {CostKind.TEMPORARY_IMPACT, CostKind.IMPACT}
    assert bool(recipe.warning) >= bool(walks and impacts)


def test_every_model_is_used_by_a_recipe():
    used = {m for recipe in catalog.RECIPES.values() for m in recipe.adds + recipe.beside}
    assert used == set(catalog.MODELS.values())


def test_an_order_worked_over_time_is_priced_by_its_parts_and_all_others_by_the_walk():
    over_time = {"twap", "vwap", "pov", "ac_schedule"}
    assert {name for name in catalog.STYLES if catalog.recipe_for(name) == "schedule"} == over_time
    assert {catalog.recipe_for(name) for name in set(catalog.STYLES) - over_time} == {"exact"}
    assert {"schedule", "exact"} <= set(catalog.RECIPES)
