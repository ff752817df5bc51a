"""A receipt of any order type reads back equal, and computes again to the same."""

import json
from dataclasses import replace

import pytest

from models.catalog import IMPACTS, STYLES
from models.estimate import estimate
from storage.history import row_of
from storage.receipt import FORMAT, Receipt, decode, digest, encode
from storage.receipt_verify import verify
from tests.builders import NOW_NS, book, request, state

DEEP = state(book([(99.9, 5), (99.8, 5)], [(100.1, 5), (100.2, 50)]), hour_volumes=(1 / 168,) * 168)


def saved(style):
    parameters = {"fok.ticks": 100.0}
    priced = estimate(request(6.0, style=style, recipe="schedule", parameters=parameters), DEEP)
    return Receipt(
        format=FORMAT, code_version="test", created_ns=NOW_NS, estimate=priced, state=DEEP
    )


@pytest.mark.parametrize("style", STYLES)
def test_what_goes_in_comes_out(style):
    body = encode(saved(style))
    found = decode(body, digest(body))
    assert found.estimate == saved(style).estimate
    assert estimate(found.request, found.state) == found.estimate


@pytest.mark.parametrize("style", STYLES)
def test_a_line_of_history_holds_only_finite_numbers(style):
    row = row_of(saved(style).estimate, created_ns=NOW_NS, code_version="t", receipt_sha256="s")
    assert row["style"] == style
    assert row["filled_base"] + row["unfilled_base"] == pytest.approx(row["quantity_base"])


@pytest.mark.parametrize("impact", IMPACTS)
def test_a_receipt_keeps_the_model_of_impact_and_computes_again_to_the_same(impact):
    priced = estimate(request(6.0, impact=impact), DEEP)
    kept = Receipt(
        format=FORMAT, code_version="test", created_ns=NOW_NS, estimate=priced, state=DEEP
    )
    body = encode(kept)
    found = decode(body, digest(body))
    assert found.request.impact == impact
    assert estimate(found.request, found.state) == found.estimate == priced


def test_a_receipt_from_before_models_of_impact_could_be_chosen_still_verifies():
    body = json.loads(encode(saved("market")))
    del body["estimate"]["request"]["impact"]
    text = json.dumps(body, sort_keys=True)
    found = decode(text, digest(text))
    assert found.request.impact == ""
    assert verify(found, "test").is_equal


def test_a_receipt_from_before_order_types_still_reads():
    body = json.loads(encode(saved("market")))
    for name in ("waiting", "trigger", "children", "risk_bps"):
        del body["estimate"][name]
    del body["state"]["hour_volumes"]
    text = json.dumps(body, sort_keys=True)
    found = decode(text, digest(text))
    assert found.estimate == saved("market").estimate
    assert found.state.book.seq == replace(DEEP, hour_volumes=None).book.seq
