"""Bodies of rows that others define: any JSON object, kept as text that reads back equal."""

import math
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from storage.errors import NotStorable

LIMIT_BYTES = 1 << 20
DEPTH_LIMIT = 32


class HasBody(Protocol):
    """A value with a body."""

    @property
    def body(self) -> Mapping[str, Any]:
        """A JSON object."""


def text_of(body: Mapping[str, Any]) -> str:
    """Canonical JSON (keys sorted), or NotStorable where it would not come back equal."""
    _check(body, "body", 0)
    try:
        encoded = msgspec.json.encode(dict(body), order="sorted")
        text = encoded.decode()
    except (TypeError, OverflowError, UnicodeEncodeError, NotImplementedError) as error:
        raise NotStorable(f"This cannot be kept as JSON: {error}.") from error
    if len(encoded) > LIMIT_BYTES:
        raise NotStorable(
            f"This is too large to keep: {len(encoded):,} bytes, allowed: 1 to {LIMIT_BYTES:,}."
        )
    return text


def body_of(value: HasBody) -> str:
    """The text of a value's body."""
    return text_of(value.body)


def read_object(text: str) -> dict[str, Any]:
    """What `text_of` was given."""
    decoded: dict[str, Any] = msgspec.json.decode(text, type=dict[str, Any])
    return decoded


def _check(value: Any, where: str, depth: int) -> None:
    """Only what JSON has: text, whole numbers of 64 bits, finite numbers, lists, objects."""
    if depth > DEPTH_LIMIT:
        raise NotStorable(f"{where}: nested more than {DEPTH_LIMIT} deep.")
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise NotStorable(f"{where}: the key {key!r} is not a text.")
            _check(item, f"{where}.{key}", depth + 1)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check(item, f"{where}[{index}]", depth + 1)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise NotStorable(f"{where} is {value}; allowed: finite numbers.")
    elif isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise NotStorable(f"{where} is {value}; allowed: whole numbers of 64 bits.")
    elif value is not None and not isinstance(value, str):
        raise NotStorable(f"{where}: a {type(value).__name__} cannot be kept as JSON.")
