"""What can be chosen about a fault, and the strict reading of what was chosen."""

from collections.abc import Mapping
from math import isfinite
from types import MappingProxyType

import msgspec

Value = float | int | str


class Option(msgspec.Struct, frozen=True):
    """One thing about a fault that can be chosen: one of `choices`, or a number in a range."""

    name: str
    default: Value
    meaning: str
    choices: tuple[Value, ...] = ()
    least: float = 0.0
    most: float = 0.0

    @property
    def allowed(self) -> str:
        """For the user."""
        if self.choices:
            return ", ".join(str(choice) for choice in self.choices)
        kind = "a whole number, " if isinstance(self.default, int) else ""
        return f"{kind}{self.least:,g} to {self.most:,g}"

    def read(self, value: Value) -> Value:
        """The value as the fault takes it. ValueError for one that is not allowed."""
        if self.choices:
            found = next((c for c in self.choices if str(c) == str(value).strip()), None)
            if found is None:
                raise ValueError(f"{str(value)[:40]!r} cannot be chosen")
            return found
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not isfinite(number) or not self.least <= number <= self.most:
            raise ValueError(f"{str(value)[:40]!r} is out of range")
        if isinstance(self.default, int):
            if number != int(number):
                raise ValueError(f"{str(value)[:40]!r} is no whole number")
            return int(number)
        return number


class Fault(msgspec.Struct, frozen=True):
    """One fault as a drill offers it."""

    name: str
    label: str
    description: str
    """What it does; what should be seen."""
    options: tuple[Option, ...] = ()
    is_of_instrument: bool = True
    """False: it concerns the whole connection, whatever instrument is named."""
    is_ours: bool = False
    """True: made at our end of the line, not by the exchange."""

    @property
    def defaults(self) -> Mapping[str, Value]:
        """Options as they are unless chosen otherwise."""
        return MappingProxyType({option.name: option.default for option in self.options})
