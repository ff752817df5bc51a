"""Does a saved estimate come out again? Recomputes it from its receipt and names what differs.

Numbers are compared bit for bit: 0.1 + 0.2 is not 0.3 here, and −0 is not 0.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from market.errors import BookNotReady, OrderError
from models.estimate import estimate
from storage import receipt as receipts
from storage.receipt import Receipt

MOST_SHOWN = 200
ABSENT = "absent"
NONSENSE = (ArithmeticError, ValueError, LookupError, AssertionError)
"""What a model may raise on a book that no venue sent: a file may come from anywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field that is not what it was."""

    field: str
    """As a path: components[0].bps."""
    saved: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of computing an estimate again."""

    is_equal: bool
    """Every field of the estimate is the same, bit for bit."""
    differences: tuple[Difference, ...]
    refusal: str
    """Why this program cannot compute it at all; empty where it can."""
    saved_version: str
    version: str
    """Of the program that computed it again."""

    @property
    def sentence(self) -> str:
        """The verdict for the user."""
        if self.refusal:
            return f"This Fathom ({self.version}) cannot compute it again: {self.refusal}."
        other = self.saved_version != self.version
        by = f"Saved by Fathom {self.saved_version}, computed again by {self.version}"
        if self.is_equal:
            return f"{by}: equal bit for bit." if other else "Computed again: equal bit for bit."
        count = len(self.differences)
        fields = "1 field differs" if count == 1 else f"{count:,} fields differ"
        return f"{by}: {fields}." if other else f"Computed again: {fields}."


def verify(receipt: Receipt, version: str) -> Verdict:
    """Compute the estimate of a receipt again with this program."""
    differences: tuple[Difference, ...] = ()
    refusal = ""
    try:
        again = estimate(receipt.request, receipt.state)
    except (OrderError, BookNotReady, *NONSENSE) as error:
        refusal = str(error) or type(error).__name__
    else:
        differences = tuple(_differences(_tree(receipt.estimate), _tree(again), ""))
        known = receipt.models and _tree(receipt.models)
        if known:
            differences += tuple(_differences(known, _tree(receipts.versions(again)), "models"))
    return Verdict(
        is_equal=not differences and not refusal,
        differences=differences[:MOST_SHOWN],
        refusal=refusal,
        saved_version=receipt.code_version,
        version=version,
    )


def _tree(value: Any) -> Any:
    return msgspec.to_builtins(value, enc_hook=receipts.plain)


def _differences(saved: Any, now: Any, path: str) -> Iterator[Difference]:
    """Leaves that are not the same, depth first."""
    if isinstance(saved, dict) and isinstance(now, dict):
        for key in dict.fromkeys((*saved, *now)):
            at = f"{path}.{key}" if path else str(key)
            yield from _differences(saved.get(key, ABSENT), now.get(key, ABSENT), at)
    elif isinstance(saved, list | tuple) and isinstance(now, list | tuple):
        for index in range(max(len(saved), len(now))):
            before, after = (side[index] if index < len(side) else ABSENT for side in (saved, now))
            yield from _differences(before, after, f"{path}[{index}]")
    elif not _is_same(saved, now):
        yield Difference(field=path, saved=_text(saved), now=_text(now))


def _is_same(saved: Any, now: Any) -> bool:
    if {type(saved), type(now)} <= {int, float}:  # a receipt reads 1 back as 1.0
        return struct.pack("d", saved) == struct.pack("d", now)
    return type(saved) is type(now) and saved == now


def _text(value: Any) -> str:
    if value == ABSENT:
        return ABSENT
    return msgspec.json.encode(value).decode()[:200]
