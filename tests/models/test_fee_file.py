"""A user's own fee file: read, or refused with the place of the fault."""

import json

import pytest

from market.errors import OrderError
from market.fee_schedule import ChargedIn
from models.fee_schedules import published, read_schedules, schedule

GOOD = {
    "as_of": "2026-11-01",
    "source": "my account",
    "confidence": "high",
    "charged_in": "received",
    "tiers": [{"name": "mine", "maker_bps": -0.1, "taker_bps": 2.5, "min_volume_usd": 0}],
}


def file(**changed):
    return json.dumps({"okx": {"spot": {**GOOD, **changed}}}).encode()


def without(key):
    return json.dumps({"okx": {"spot": {k: v for k, v in GOOD.items() if k != key}}}).encode()


def tier(**changed):
    return file(tiers=[{**GOOD["tiers"][0], **changed}])


def test_a_file_is_read():
    read = read_schedules(file())[("okx", "spot")]
    assert read.tiers[0].taker_bps == 2.5
    assert read.as_of.isoformat() == "2026-11-01"
    assert read.charged_in is ChargedIn.RECEIVED


def test_an_own_schedule_goes_before_the_published_one():
    own = read_schedules(file())
    assert schedule("okx", "spot", own).source == "my account"
    assert schedule("okx", "swap", own) is published()[("okx", "swap")]


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        (b"{", "fee file", "not JSON"),
        (b"[]", "fee file", "must be an object"),
        (b"{}", "fee file", "must be an object"),
        (b'{"okx": 5}', "okx", "must be an object"),
        (b'{"okx": {"spot": 5}}', "okx.spot", "Expected `object`"),
        (without("as_of"), "okx.spot", "missing required field `as_of`"),
        (without("source"), "okx.spot", "missing required field `source`"),
        (file(as_of="yesterday"), "okx.spot.as_of", "Invalid"),
        (file(charged_in="shells"), "okx.spot.charged_in", "Invalid enum"),
        (file(tiers=[]), "okx.spot.tiers", "length >= 1"),
        (file(taker=5), "okx.spot", "unknown field `taker`"),
        (tier(taker_bps="5"), "okx.spot.tiers[0].taker_bps", "Expected `float`"),
        (tier(taker_bps=5000), "okx.spot.tiers[0]", "taker_bps: is 5000"),
        (tier(discount=1), "okx.spot.tiers[0]", "unknown field `discount`"),
        (tier(name=""), "okx.spot.tiers[0].name", "length >= 1"),
        (tier(min_volume_usd=-1), "okx.spot.tiers[0].min_volume_usd", ">= 0"),
        (file(tiers=GOOD["tiers"] * 2), "okx.spot.tiers", "same name"),
        (tier(name="custom"), "okx.spot.tiers", "rates that are typed"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place_of_the_fault(text, field, words):
    with pytest.raises(OrderError) as refused:
        read_schedules(text)
    assert refused.value.field == field
    assert words in refused.value.problem


def test_an_unknown_schedule_is_refused_with_those_there_are():
    with pytest.raises(OrderError) as refused:
        schedule("nowhere", "spot")
    assert "okx spot" in refused.value.allowed
