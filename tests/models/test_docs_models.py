"""docs/models.md documents everything on offer, and its examples are true."""

import doctest
import re
from pathlib import Path

import pytest

from models import catalog
from models.parameters import parameters_of

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "models.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^#{2,3} [^\n]*`(\w+)`\n(.*?)(?=^#{2,3} |\Z)", TEXT, re.M | re.S))
ON_OFFER = [
    *catalog.MODELS,
    *catalog.RECIPES,
    *catalog.STYLES,
    *catalog.POLICIES,
    *catalog.VOLATILITIES,
    *catalog.SLIPPAGES,
]


@pytest.mark.parametrize("name", ON_OFFER)
def test_everything_on_offer_has_its_section_with_an_example(name):
    assert name in SECTIONS
    assert ">>> " in SECTIONS[name]


@pytest.mark.parametrize("name", [*catalog.MODELS, *catalog.VOLATILITIES, *catalog.SLIPPAGES])
def test_every_model_gives_formula_symbols_source_and_limits(name):
    for part in ("**Answers**", "**Formula**", "**Symbols**", "**Source**", "**Wrong when**"):
        assert part in SECTIONS[name], part


def test_nothing_is_documented_that_is_not_on_offer():
    assert set(SECTIONS) <= {*ON_OFFER, "ladder", "walk"}


@pytest.mark.parametrize("name", catalog.MODELS)
def test_every_parameter_is_documented(name):
    for parameter in parameters_of(catalog.MODELS[name]):
        assert f"`{parameter.key}`" in SECTIONS[name]


def test_every_worked_example_is_true():
    examples = "\n".join(re.findall(r"^```python\n(.*?)^```", TEXT, re.M | re.S))
    test = doctest.DocTestParser().get_doctest(examples, {}, "docs/models.md", None, 0)
    assert len(test.examples) > 20
    failures: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=failures.append)
    assert "".join(failures) == ""
