"""A number as people type it into a field."""

import re

from market.errors import OrderError

NUMBER = re.compile(
    r"([+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:e[+-]?\d{1,3})?) ?([kmb]?)",
    re.IGNORECASE | re.ASCII,
)
SCALES = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9}
LONGEST = 40


def parse(text: str, field: str, allowed: str) -> float:
    """A number as people type it: 1,000.5 or 2.5k. A comma is never a decimal point."""
    typed = text.strip().replace("−", "-")
    match = NUMBER.fullmatch(typed) if len(typed) <= LONGEST else None
    try:
        digits, scale = match.groups() if match else ("", "")
        value = float(digits.replace(",", "")) * SCALES[scale.lower()]
    except ValueError:
        shown = text.strip()[:LONGEST]
        problem = f"“{shown}” is not a number" if shown else "is empty"
        if "," in shown:
            problem += " (a comma parts thousands; the decimal sign is a point)"
        raise OrderError(field, problem, allowed) from None
    return value
