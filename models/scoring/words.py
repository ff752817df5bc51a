"""Scores in words, for the line beside a quote and for tables."""

from typing import Final

from models.scoring.quotes import QuoteScore

FEW: Final = 30
"""Fewer quotes than that are told as few."""
STEPS: Final = ((9, "bn"), (6, "M"), (3, "k"), (0, ""))


def sentence(score: QuoteScore | None) -> str:
    """ "Quotes like this one, 5 s later: off by +0.3 bps on average, band held 91 % of 812"."""
    if score is None:
        return "Quotes like this one: not scored yet"
    off = (
        f"off by {score.bias_bps:+.2g} bps on average, {score.mean_absolute_bps:.2g} bps either way"
    )
    if score.coverage is None:
        held = f"no band, {score.count:,} scored"
    else:
        held = f"band held {score.coverage:.0%} of {score.banded:,}"
    few = "; few so far" if score.count < FEW else ""
    return f"Quotes like this one, {score.key.delay_s:g} s later: {off}, {held}{few}"


def bucket_label(bucket: int, quote: str) -> str:
    """ "1k to 10k USDT" for 3."""
    return f"{_power(bucket)} to {_power(bucket + 1)} {quote}"


def _power(exponent: int) -> str:
    for step, suffix in STEPS:
        if exponent >= step:
            return f"{10 ** (exponent - step)}{suffix}"
    return f"{10.0**exponent:g}"
