"""What the Trade page says beside the cost: what moves it, and what the models of impact say."""

import inspect

import pytest

from models.estimate import estimate
from models.explained.catalog import NUMBERS
from models.impact.range import opinions
from models.sensitivity import tornado
from tests.builders import book, request, state
from webapp import explaining
from webapp.frames import cost, execution, market, swings

DEEP = state(book([(99.9, 50), (99.8, 50)], [(100.1, 50), (100.2, 50)]))
ASKED = request(80.0)


def shown():
    return swings.rows(tornado(ASKED, DEEP), estimate(ASKED, DEEP).total_bps)


def test_every_bar_lies_on_the_scale_and_holds_the_line_of_now_or_an_end_of_it():
    found = shown()
    assert found["rows"]
    for *_, start, width in found["rows"]:
        assert 0 <= start <= start + width <= 1.001
        assert start - 0.001 <= found["now"] <= start + width + 0.001


def test_the_largest_swing_comes_first_with_its_sign():
    names = [(name, swing) for name, _, _, swing, _, _ in shown()["rows"]]
    assert names[0][0] == "Size on every level of the book"
    assert names[0][1].startswith("−")


@pytest.mark.parametrize(("total", "none"), [(None, swings.NO_COST), (1.0, swings.NOTHING)])
def test_without_a_swing_it_is_said_why(total, none):
    assert swings.rows((), total) == {"rows": [], "now": 0.0, "none": none}


def test_the_range_of_the_models_names_the_lowest_and_the_highest():
    found = opinions(ASKED, DEEP)
    kind, place, _, note = cost.priced(estimate(ASKED, DEEP), found)["parts"][-1]
    assert (kind, place) == (explaining.OPINIONS, "beside")
    for end in (found.low, found.high):
        assert cost.model_name(end.model) in note
    assert "of 6 models" in note


def test_before_the_models_were_asked_there_is_no_range():
    kinds = [kind for kind, *_ in cost.priced(estimate(ASKED, DEEP))["parts"]]
    assert explaining.OPINIONS not in kinds


def test_every_name_that_opens_an_explanation_leads_to_a_number():
    assert set(explaining.NUMBER_OF.values()) <= set(NUMBERS)


def test_every_fact_of_the_headline_and_the_order_explains_itself():
    assert set(cost.FACTS) <= set(explaining.NAMES)
    assert set(cost.ORDER_FACTS) <= set(explaining.NAMES)


def test_every_explained_name_stands_on_the_page():
    text = inspect.getsource(execution)
    listed = {"total", *cost.FACTS, *cost.ORDER_FACTS, *market.FACTS}
    spelled = {"Taken now", "Taken then"}
    assert [n for n in explaining.NAMES if n not in listed | spelled and f'"{n}"' not in text] == []
