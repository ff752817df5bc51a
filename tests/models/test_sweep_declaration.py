"""A declaration as JSON, its points counted, its chunks."""

import math

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.errors import OrderError
from models.sweep import (
    Embedded,
    Frozen,
    LatinHypercube,
    Linear,
    Listed,
    Log,
    Random,
    Recorded,
    Scenario,
    Sweep,
    Tier,
    digest,
    from_json,
    plan,
    to_json,
)
from models.sweep.plan import STATES_TOGETHER
from tests.builders import book, state


def declared(**changed):
    return Sweep(**{"name": "test", "states": Frozen(()), "size": Listed((1.0,)), **changed})


EVERYTHING = declared(
    states=Embedded((state(), state(book(bids=((0.1 + 0.2, 1 / 3),), asks=((1.0, 1e-9),))))),
    size=Log(1, 1000, 7),
    unit="quote",
    sides=("buy", "sell"),
    order_types=("market", "limit"),
    recipes=("exact", "seed1"),
    sigma_day=LatinHypercube(0.01, 0.1),
    tiers=(Tier("Lv1"), Tier(maker_bps=1.0, taker_bps=2.5)),
    parameters={"limit.ticks": Listed((0.0, 1.0)), "quadratic.c": Random(0.1, 1.0)},
    scenarios=(Scenario("calm"), Scenario("storm", 0.3, 3.0, 2.5)),
    volatility_times=Linear(1.0, 2.0, 2),
    samples=11,
    seed=5,
)


def test_a_declaration_reads_back_bit_for_bit():
    text = to_json(EVERYTHING)
    assert to_json(from_json(text)) == text


def test_one_declaration_has_one_hash_whatever_the_order_of_its_keys():
    shuffled = dict(reversed(msgspec.json.decode(to_json(EVERYTHING)).items()))
    assert digest(from_json(msgspec.json.encode(shuffled))) == digest(EVERYTHING)


def test_a_whole_number_for_a_float_changes_nothing():
    assert digest(declared(size=Listed((1,)))) == digest(declared(size=Listed((1.0,))))


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (b"nope", "sweep"),
        (b"[]", "sweep"),
        (b'{"name": "x"}', "sweep"),
        (b'{"name": "", "states": {"kind": "frozen", "markets": []}}', "name"),
        (b'{"name": "x", "surprise": 1}', "sweep"),
        (b'{"name": "x", "states": {"kind": "moon"}}', "states.kind"),
        (
            b'{"name": "x", "states": {"kind": "frozen", "markets": []}, '
            b'"size": {"kind": "list", "values": [NaN]}}',
            "sweep",
        ),
        (
            b'{"name": "x", "states": {"kind": "frozen", "markets": []}, '
            b'"size": {"kind": "log", "low": "1", "high": 2, "count": 3}}',
            "size.low",
        ),
    ],
)
def test_json_that_is_no_declaration_is_refused_with_the_place(text, field):
    with pytest.raises(OrderError) as refused:
        from_json(text)
    assert refused.value.field == field


def test_a_sweep_with_a_number_that_is_none_is_not_written():
    with pytest.raises(OrderError, match=r"size.values\[1\]"):
        to_json(declared(size=Listed((1.0, float("nan")))))


def test_points_are_counted_exactly_without_being_made():
    big = Linear(1.0, 2.0, 100_000)
    huge = declared(size=big, sigma_day=Linear(0.01, 0.1, 100_000), depth_times=Listed((1.0, 2.0)))
    assert plan(huge, 50).points == 10**12


def test_random_axes_are_one_dimension_of_joint_draws():
    # 2 states, 2 sides, 11 draws of (size, sigma): 44 points, not 2 * 2 * 11 * 11
    drawn = declared(
        sides=("buy", "sell"), size=Random(1.0, 2.0), sigma_day=Random(0.01, 0.1), samples=11
    )
    assert plan(drawn, 2).points == 44


@given(
    states=st.integers(1, 300),
    sizes=st.integers(1, 300),
    sigmas=st.integers(1, 50),
    style=st.sampled_from(["market", "limit"]),
)
@settings(max_examples=60)
def test_chunks_hold_every_point_once_and_never_need_two_groups_of_states(
    states, sizes, sigmas, style
):
    planned = plan(
        declared(
            size=Linear(1.0, 2.0, sizes),
            sigma_day=Linear(0.01, 0.1, sigmas),
            order_types=(style,),
        ),
        states,
    )
    chunks = list(planned.chunks())
    assert len(chunks) == planned.chunk_count
    assert [chunk.number for chunk in chunks] == list(range(len(chunks)))
    after = 0
    for chunk in chunks:
        assert chunk.first == after
        assert chunk.points == math.prod(stop - start for start, stop in chunk.ranges)
        first, last = chunk.states[0], chunk.states[1] - 1
        assert first // STATES_TOGETHER == last // STATES_TOGETHER
        after += chunk.points
    assert after == planned.points


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"recipes": ("moon",)}, "recipes"),
        ({"recipes": ()}, "recipes"),
        ({"order_types": ("teleport",)}, "order_types"),
        ({"depth_policies": ("pray",)}, "depth_policies"),
        ({"sides": ()}, "sides"),
        ({"sides": ("buy", "buy")}, "sides"),
        ({"sides": ("hold",)}, "sides[0]"),
        ({"unit": "apples"}, "unit"),
        ({"size": Listed(())}, "size"),
        ({"size": Listed((0.0,))}, "size"),
        ({"size": Listed((float("nan"),))}, "size.values[0]"),
        ({"sigma_day": Listed((11.0,))}, "sigma_day"),
        ({"depth_times": Listed((0.0,))}, "depth_times"),
        ({"scenarios": (Scenario("x", spread_times=-1.0),)}, "spread_times"),
        ({"tiers": (Tier(),)}, "tiers"),
        ({"tiers": (Tier("Lv1", 1.0, 2.0),)}, "tiers"),
        ({"tiers": (Tier(maker_bps=1.0),)}, "tiers"),
        ({"parameters": {"limit.ticks": Listed((0.0,))}}, "parameters"),
        ({"parameters": {"square_root.y": Listed((99.0,))}}, "square_root.y"),
        ({"samples": 5}, "samples"),
        ({"size": Random(1.0, 2.0)}, "samples"),
    ],
)
def test_a_sweep_that_cannot_be_names_the_field_and_what_is_allowed(changed, field):
    with pytest.raises(OrderError) as refused:
        plan(declared(**changed), 1)
    assert refused.value.field == field
    assert refused.value.allowed or "twice" in refused.value.problem


def test_a_recorded_sweep_says_which_books_it_wants():
    wanted = Recorded("tape.jsonl.gz", "BTC-USDT", 100, start="+5")
    assert from_json(to_json(declared(states=wanted))).states == wanted
