"""What is typed, what it means, and what is said where it means nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.errors import OrderError
from models.fee_schedules import schedule
from tests.builders import instrument, swap
from webapp.ticket import (
    FIELDS,
    PARAMETERS,
    Ticket,
    field_of,
    from_link,
    model_parameters,
    parse,
    read,
    to_link,
)

FEES = schedule("okx", "swap")


def reading(**typed):
    return read(
        Ticket(source="demo", venue="okx", instrument="BTC-USDT-SWAP", **typed), swap(), FEES
    )


def test_a_plain_ticket_is_a_market_order_at_the_entry_tier():
    request = reading().request
    assert (request.order.amount, request.order.unit, request.tier) == (
        1,
        "base",
        FEES.tiers[0],
    )
    assert request.sigma_day is None


@pytest.mark.parametrize(
    ("text", "value"),
    [("10", 10), ("1,000.5", 1000.5), (" 2.5k ", 2500), ("1e3", 1000), ("3 M", 3e6), (".5", 0.5)],
)
def test_a_number_may_be_typed_as_people_do(text, value):
    assert parse(text, "quantity", "") == value


@pytest.mark.parametrize(
    "text",
    ["", " ", "abc", "nan", "inf", "0,5", "1,00", "1 2", "--1", "0x10", "1e9999", "٣", "." * 99],
)
def test_what_is_not_a_number_is_not_guessed_at(text):
    with pytest.raises(OrderError):
        parse(text, "quantity", "")


def test_a_model_of_impact_is_part_of_the_order_and_brings_its_parameters():
    ticket = Ticket(impact="i_star")
    assert reading(impact="i_star").request.impact == "i_star"
    assert "i_star.a1" in {parameter.key for parameter in model_parameters(ticket)}
    assert to_link(ticket) == {"impact": "i_star"}


def test_a_model_of_impact_without_a_place_is_refused_at_its_field():
    found = reading(style="twap", impact="i_star")
    assert found.request is None
    assert set(found.problems) == {"impact"}
    assert "schedule" in found.problems["impact"]


@pytest.mark.parametrize("text", ["0", "-1", "−3", "abc", "NaN", "", "1e16", "0.0"])
def test_a_bad_quantity_is_refused_at_its_field_with_what_is_allowed(text):
    found = reading(quantity=text)
    assert found.request is None
    assert list(found.problems) == ["quantity"]
    assert "allowed" in found.problems["quantity"]


@pytest.mark.parametrize("sigma", ["-1", "0", "1001", "x", ""])
def test_a_bad_volatility_is_refused_at_its_field(sigma):
    found = reading(volatility="manual", sigma=sigma)
    assert list(found.problems) == ["sigma"]
    assert "1000 % a day" in found.problems["sigma"]


def test_a_typed_volatility_is_per_cent_a_day():
    assert reading(volatility="manual", sigma="2.5").request.sigma_day == 0.025


def test_a_volatility_that_is_not_used_is_not_judged():
    assert reading(volatility="auto", sigma="nonsense").request is not None


@pytest.mark.parametrize(("field", "text"), [("maker", "1001"), ("taker", "x"), ("taker", "")])
def test_a_bad_custom_fee_is_refused_at_its_field(field, text):
    found = reading(**{"tier": "custom", "maker": "1", "taker": "2", field: text})
    assert list(found.problems) == [field]


def test_custom_fees_may_be_a_rebate():
    tier = reading(tier="custom", maker="-0.5", taker="3").request.tier
    assert (tier.maker_bps, tier.taker_bps) == (-0.5, 3)


def test_an_unknown_tier_and_contracts_of_a_coin_are_refused_at_their_fields():
    assert list(reading(tier="VIP 99").problems) == ["tier"]
    found = read(Ticket(unit="contracts"), instrument(), None)
    assert list(found.problems) == ["unit"]


def test_a_link_carries_a_ticket_there_and_back():
    ticket, refused = from_link(
        {"source": "demo", "side": "sell", "quantity": "2.5", "unit": "base"}
    )
    assert refused == []
    assert from_link(to_link(ticket)) == (ticket, [])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("side", "long"),
        ("source", "<script>alert(1)</script>"),
        ("instrument", "../../etc/passwd?x"),
        ("venue", "OKX';--"),
        ("quantity", "9" * 41),
        ("__class__", "x"),
        ("running", "maybe"),
        ("deadline", "1e9"),
        ("limit.ticks", "9" * 41),
        ("limit.__init__", "1"),
    ],
)
def test_nonsense_in_a_link_is_refused_by_name_and_changes_nothing(name, value):
    ticket, refused = from_link({name: value})
    assert ticket == Ticket()
    assert len(refused) == 1 and name[:40] in refused[0]


def test_parameters_of_the_order_type_reach_the_request_and_those_of_others_do_not():
    typed = {"limit.ticks": "2", "twap.slices": "7"}
    assert reading(style="limit", parameters=typed).request.parameters == {"limit.ticks": 2}


def test_parameters_of_the_recipes_models_reach_the_request():
    found = reading(recipe="exact", parameters={"square_root.y": "1.5"})
    assert found.request.parameters == {"square_root.y": 1.5}


@pytest.mark.parametrize("text", ["0", "501", "nan", "many", "1e99"])
def test_a_parameter_out_of_its_range_is_refused_at_its_field_with_the_range(text):
    found = reading(style="twap", parameters={"twap.slices": text})
    assert list(found.problems) == ["twap.slices"]
    assert "1 to 500" in found.problems["twap.slices"]


def test_every_parameter_of_every_order_type_and_model_travels_in_a_link():
    for key, parameter in PARAMETERS.items():
        ticket, refused = from_link({key: f"{parameter.low:g}"})
        assert refused == []
        assert to_link(ticket) == {key: f"{parameter.low:g}"}


def test_a_parameter_that_is_emptied_is_its_default_again():
    ticket = Ticket(style="limit", parameters={"limit.ticks": "2"})
    ticket.type_parameter("limit.ticks", " ")
    assert ticket == Ticket(style="limit")


def test_an_error_about_the_limit_price_belongs_to_the_price_of_the_order_type():
    assert field_of("limit price", style="ioc") == "ioc.price"
    assert field_of("iceberg.shown_frac") == "iceberg.shown_frac"


@given(st.dictionaries(st.sampled_from((*FIELDS, *PARAMETERS)), st.text(max_size=60)))
def test_no_link_breaks_the_ticket(values):
    ticket, _ = from_link(values)
    found = read(ticket, swap(), FEES)
    assert (found.request is None) == bool(found.problems)


@pytest.mark.parametrize("text", ["1." + "0" * 45 + "k", "1000000." + "0" * 40 + "e-3"])
def test_a_number_too_long_to_read_is_refused_rather_than_cut(text):
    with pytest.raises(OrderError):
        parse(text, "quantity", "more than 0")
