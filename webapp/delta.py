"""What changed of a topic since a tab was last sent it, as the browser undoes it.

    object   {key: change} of what differs; the keys of an object never change
    list     a script: n copies n items of the old list, -n skips n, anything else is a new item;
             what is left of the old list is copied
    other    the new value

The items of a list are texts or tuples, never bare numbers, so that a script cannot be mistaken.
components/fathom_feed.js is the other half.
"""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any


def changes(old: Any, new: Any) -> Any:
    """From one value of a topic to the next."""
    if isinstance(old, dict) and isinstance(new, dict):
        assert old.keys() == new.keys(), "the keys of an object never change"
        return {key: changes(old[key], value) for key, value in new.items() if value != old[key]}
    if isinstance(old, list) and isinstance(new, list):
        return list(_script(old, new))
    return new


def _script(old: Sequence[Any], new: Sequence[Any]) -> Iterator[Any]:
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for step, start, end, first, last in steps:
        if step == "equal":
            if end < len(old) or last < len(new):
                yield end - start
            continue
        if end > start:
            yield start - end
        yield from new[first:last]
