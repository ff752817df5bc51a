"""What a browser is told of a change leads to the same value as being told everything."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.delta import changes


def patched(old, change):
    """What fathom_feed.js makes of a change."""
    if isinstance(old, list) and isinstance(change, list):
        fresh, at = [], 0
        for step in change:
            if type(step) is not int:
                fresh.append(step)
            elif step < 0:
                at -= step
            else:
                fresh += old[at : at + step]
                at += step
        return fresh + old[at:]
    if isinstance(old, dict) and isinstance(change, dict):
        return old | {key: patched(old[key], part) for key, part in change.items()}
    return change


texts = st.lists(st.sampled_from(["59,991.6 7.3", "59,991.8 2.2", "–", "", "x"]), max_size=12)
topics = st.fixed_dictionaries(
    {
        "levels": texts,
        "seq": st.integers(),
        "stale": st.text(max_size=5),
        "mark": st.none() | st.fixed_dictionaries({"size": st.floats(allow_nan=False)}),
    }
)


@given(topics, topics)
def test_a_change_applied_to_the_old_value_is_the_new_one(old, new):
    sent = json.loads(json.dumps(changes(old, new)))
    assert patched(old, sent) == new


@given(topics)
def test_no_change_is_nothing(value):
    assert changes(value, value) == {}


def test_a_level_that_changes_leaves_the_others_unsaid():
    old = [f"{price} 1" for price in range(20)]
    new = [*old[:7], "7 2", *old[8:]]
    assert changes(old, new) == [7, -1, "7 2"]


def test_an_object_that_changed_its_keys_is_a_mistake_of_ours():
    with pytest.raises(AssertionError):
        changes({"a": 1}, {"b": 1})
