"""Every number beside the components explains itself, in any order type."""

import math

import pytest

from models.catalog import STYLES, recipe_for
from models.estimate import estimate
from models.explained.catalog import NUMBERS, explained
from tests.builders import book, request, state

DEEP = state(book([(99.9, 50), (99.8, 50)], [(100.1, 50), (100.2, 50)]))


def numbers(style, market=DEEP):
    asked = request(5.0, style=style, recipe=recipe_for(style))
    priced = estimate(asked, market)
    found = {key: explained(key, priced, market) for key in NUMBERS}
    return priced, {key: number for key, number in found.items() if number is not None}


@pytest.mark.parametrize("style", STYLES)
def test_each_has_a_formula_a_source_and_inputs_that_are_finite(style):
    for number in numbers(style)[1].values():
        why = number.explanation
        assert number.label
        assert math.isfinite(number.value)
        assert why.formula
        assert why.source
        assert all(item.symbol and math.isfinite(item.value) for item in why.inputs)


@pytest.mark.parametrize("style", STYLES)
def test_each_is_the_number_of_the_estimate(style):
    priced, found = numbers(style)
    assert found["total"].value == priced.total_bps
    assert found["average"].value == priced.fill.average
    assert found["filled"].value == priced.fill.filled
    assert found["notional"].value == priced.notional
    assert ("risk" in found) == (priced.risk_bps is not None)
    assert ("chance" in found) == (priced.waiting is not None)
    assert ("trigger" in found) == (priced.trigger is not None)


def test_the_parts_of_a_total_add_up_to_it():
    priced, found = numbers("market")
    named = {part.kind.replace("_", " ") for part in priced.components if part.is_in_total}
    parts = [item.value for item in found["total"].explanation.inputs if item.symbol in named]
    assert sum(parts) == pytest.approx(priced.total_bps)


def test_the_average_price_follows_from_its_inputs():
    why = numbers("market")[1]["average"].explanation
    inputs = {item.symbol: item.value for item in why.inputs}
    assert inputs["value"] / inputs["filled"] == pytest.approx(100.1)


def test_a_typed_volatility_says_so():
    priced = estimate(request(sigma_day=0.05), DEEP)
    assert explained("volatility", priced, DEEP).explanation.source == "typed"
