"""Number -> text. The only place where digits are chosen.

A missing, infinite or undefined number is always "–"; a negative one has a true minus sign.
"""

import math
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache

from market.fee_schedule import FeeTier
from market.instrument import Instrument, Kind
from market.units import BPS, NS_PER_S, annual_from_day

MISSING = "–"
MINUS = "−"


def number(value: float | None, decimals: int = 2, *, signed: bool = False) -> str:
    """Thousands separated by commas, a fixed number of decimals."""
    if value is None or not math.isfinite(value):
        return MISSING
    text = f"{value:+,.{decimals}f}" if signed else f"{value:,.{decimals}f}"
    if not text.strip("+-0.,"):
        return text.lstrip("+-")
    return text.replace("-", MINUS)


@lru_cache
def decimals_of(step: float) -> int:
    """Decimals needed to write multiples of a step: 0.05 -> 2, 10 -> 0."""
    exponent = Decimal(repr(step)).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def price(value: float | None, instrument: Instrument, *, finer: int = 0) -> str:
    """A price with the decimals of the tick; an average may take `finer` more."""
    return number(value, decimals_of(instrument.tick_size) + finer)


@lru_cache
def base_decimals(instrument: Instrument) -> int:
    """Decimals of a size in base: those of one lot, or enough for an inverse contract."""
    if instrument.kind is Kind.INVERSE:
        return 6
    lot = Decimal(repr(instrument.lot_size)) * Decimal(repr(instrument.contract_size))
    return min(8, decimals_of(float(lot)))


def size(value: float | None, instrument: Instrument, price_: float) -> str:
    """A size resting in a book, in base without its unit: to about one unit of quote."""
    coarse = max(2, math.ceil(math.log10(price_))) if price_ > 0 else 2
    return number(value, min(coarse, base_decimals(instrument)))


def exact_size(value: float | None, instrument: Instrument) -> str:
    """A size of ours, to the lot; zeros after the fourth decimal say nothing."""
    text = number(value, base_decimals(instrument))
    whole, point, decimals = text.partition(".")
    return whole + point + decimals[:4] + decimals[4:].rstrip("0")


def quantity(value: float | None, instrument: Instrument) -> str:
    """A size of ours in base, with its unit."""
    return f"{exact_size(value, instrument)} {instrument.base}"


def venue_size(base: float, mid: float, instrument: Instrument) -> str:
    """A size in base as the venue counts it."""
    decimals = decimals_of(instrument.lot_size)
    unit = "contracts" if instrument.has_contracts else instrument.base
    return f"{number(instrument.contracts_of(base, mid), decimals)} {unit}"


def bps(value: float | None, *, signed: bool = False) -> str:
    """Basis points, without the unit: two decimals, none from a thousand on."""
    wide = value is not None and math.isfinite(value) and abs(value) >= 1000
    return number(value, 0 if wide else 2, signed=signed)


def band(low: float | None, high: float | None) -> str:
    """A range of basis points."""
    if low is None or high is None:
        return MISSING
    return f"{bps(low)} … {bps(high)}"


RESIDUE = 1e-10
"""Money below this is what float64 leaves of nothing."""


def amount(value: float | None) -> str:
    """Money without its currency: two decimals, none from a million on.

    Below ten cents as many as two significant digits need: 0.000040, never 0.00 for something.
    """
    large = abs(value) if value is not None and math.isfinite(value) else 0.0
    if large >= 1e6:
        return number(value, 0)
    if large >= 0.1 or large < RESIDUE:
        return number(value, 2)
    return number(value, 4 if large >= 0.01 else 1 - math.floor(math.log10(large)))


def money(value: float | None, currency: str) -> str:
    """Money with its currency."""
    return f"{amount(value)} {currency}"


def compact(value: float | None) -> str:
    """Three significant digits and a letter: 1.23 k, 45.6 M."""
    if value is None or not math.isfinite(value):
        return MISSING
    for floor, letter in ((1e12, " T"), (1e9, " B"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= floor:
            return _three_digits(value / floor) + letter
    return _three_digits(value)


def _three_digits(value: float) -> str:
    large = abs(value)
    return number(value, 2 if large < 10 else 1 if large < 100 else 0)


def significant(value: float | None) -> str:
    """Up to six significant digits, for the inputs of a formula."""
    if value is None or not math.isfinite(value):
        return MISSING
    return f"{value:,.6g}".replace("-", MINUS)


def typed(value: float) -> str:
    """A number as a user would type it into a field."""
    return f"{Decimal(repr(value)).normalize():f}"


def percent(fraction: float | None, decimals: int = 0, *, signed: bool = False) -> str:
    """A fraction as per cent."""
    if fraction is None:
        return MISSING
    return f"{number(100 * fraction, decimals, signed=signed)} %"


def share(part: float, whole: float) -> str:
    """A part of a whole as per cent."""
    return percent(part / whole) if whole > 0 else MISSING


def volatility(sigma_day: float | None) -> str:
    """Per day and, for those who think in years, per year."""
    if sigma_day is None:
        return MISSING
    return f"{percent(sigma_day, 2)} /day · {percent(annual_from_day(sigma_day))} /year"


def age(seconds: float | None) -> str:
    """How long ago, in the largest unit that still tells something."""
    if seconds is None or not math.isfinite(seconds):
        return MISSING
    if seconds < 10:
        return f"{number(seconds, 1)} s"
    for limit, unit, length in ((100, "s", 1), (6000, "min", 60), (172_800, "h", 3600)):
        if seconds < limit:
            return f"{number(seconds / length, 0)} {unit}"
    return f"{number(seconds / 86_400, 0)} days"


def brief(seconds: float | None) -> str:
    """A short time: in ms below a second."""
    if seconds is not None and 0 <= seconds < 1:
        return f"{number(1000 * seconds, 0)} ms"
    return age(seconds)


def between(start_ns: int, end_ns: int) -> str:
    """The time from one moment to another."""
    return age((end_ns - start_ns) / NS_PER_S)


def milliseconds(value: float | None) -> str:
    """A latency, without its unit."""
    large = value is not None and math.isfinite(value) and value >= 10
    return number(value, 0 if large else 2)


def rate(per_s: float | None) -> str:
    """Events per second."""
    large = per_s is not None and per_s >= 100
    return f"{number(per_s, 0 if large else 1)} /s"


def count(value: int | None) -> str:
    """A whole number."""
    return number(value, 0)


def memory(n_bytes: float | None) -> str:
    """Bytes as MB (1e6)."""
    return f"{number(None if n_bytes is None else n_bytes / 1e6, 0)} MB"


def file_size(n_bytes: float | None) -> str:
    """Bytes in the unit that keeps three digits or fewer: 24 kB, 1.2 MB, 310 MB."""
    if n_bytes is None:
        return MISSING
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if n_bytes >= unit:
            digits = ".3g" if n_bytes < 999.5 * unit else ",.0f"
            return f"{n_bytes / unit:{digits}} {name}"
    return f"{n_bytes:.0f} B"


def plotted(value: float | None) -> float | None:
    """A number for a chart: finite and short, or a gap."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.7g}")


def sketched(value: float | None) -> float | None:
    """The same where a thousandth of it cannot be seen."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.4g}")


def utc(ns: int) -> str:
    """Date and time of day."""
    return datetime.fromtimestamp(ns / NS_PER_S, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def moment(ns: int) -> str:
    """For tables: the browser shows it in its user's zone, and in UTC on hover."""
    return f"@{ns // 1_000_000}"


def time_of_day(ns: int) -> str:
    """Time of day to the millisecond, UTC."""
    return datetime.fromtimestamp(ns / NS_PER_S, UTC).strftime("%H:%M:%S.%f")[:-3]


def day(ns: int) -> str:
    """Date."""
    return datetime.fromtimestamp(ns / NS_PER_S, UTC).strftime("%Y-%m-%d")


def milliseconds_since_1970(ns: int) -> int:
    """How charts in a browser count time."""
    return ns // 1_000_000


def fee(rate_bps: float) -> str:
    """A fee rate: bps, and per cent as venues print it."""
    return f"{number(rate_bps, decimals_of(rate_bps))} bps ({percent(rate_bps / BPS, 3)})"


def waterfall(parts: list[float], beside: list[float]) -> list[tuple[float, float]]:
    """(start, width) of a bar for each part, for the total, and for each number beside it.

    Parts begin where the one before ended; all bars share one scale from the lowest point to
    the highest, 0..1.
    """
    spans, reached = [], 0.0
    for part in parts:
        spans.append((min(reached, reached + part), max(reached, reached + part)))
        reached += part
    spans += [(min(0.0, end), max(0.0, end)) for end in (reached, *beside)]
    low = min(start for start, _ in spans)
    length = max(end for _, end in spans) - low
    if length <= 0:
        return [(0.0, 0.0)] * len(spans)
    return [
        (round((start - low) / length, 3), round((end - start) / length, 3)) for start, end in spans
    ]


def sentence(text: str) -> str:
    """With a capital letter, unless it begins with a symbol."""
    return text[:1].upper() + text[1:] if text[:1].isascii() else text


def rates(tier: FeeTier) -> str:
    """Maker and taker of a fee tier."""
    maker, taker = (number(rate, decimals_of(rate)) for rate in (tier.maker_bps, tier.taker_bps))
    return f"{maker} / {taker} bps"
