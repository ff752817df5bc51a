"""One line of the results, and what it is held against."""

from dataclasses import dataclass

from benchmarks.stopwatch import Spread


@dataclass(frozen=True, slots=True)
class Bound:
    """A promise about a ratio."""

    limit: float
    is_most: bool = True
    """False: the ratio has to be at least the limit."""

    def holds(self, value: float) -> bool:
        """Whether a measured ratio keeps the promise."""
        return value <= self.limit if self.is_most else value >= self.limit

    def __str__(self) -> str:
        return f"{'≤' if self.is_most else '≥'} {self.limit:g}"


def at_most(limit: float) -> Bound:
    """Ours over the reference: smaller is better."""
    return Bound(limit)


def at_least(limit: float) -> Bound:
    """The reference over ours: larger is better."""
    return Bound(limit, is_most=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One comparison. Without a target it is information."""

    work: str
    reference: str
    ratio: Spread | None = None
    """None: it could not be measured; the note says why."""
    unit: str = "×"
    target: Bound | None = None
    moonshot: Bound | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """In words, for the table."""
        if self.ratio is None:
            return "not measured"
        if self.moonshot and self.moonshot.holds(self.ratio.median):
            return "moonshot met"
        if self.target is None:
            return ""
        return "met" if self.target.holds(self.ratio.median) else "NOT MET"

    def cells(self) -> tuple[str, ...]:
        """Texts of the table's columns."""
        return (
            self.work,
            self.reference,
            "" if self.ratio is None else f"{significant(self.ratio.median)} {self.unit}",
            ""
            if self.ratio is None
            else f"{significant(self.ratio.p10)}–{significant(self.ratio.p90)}",
            str(self.target or ""),
            str(self.moonshot or ""),
            self.verdict,
            self.note,
        )


COLUMNS = ("work", "reference", "median", "p10–p90", "target", "moonshot", "result", "as seen")


def significant(value: float) -> str:
    """Three figures, no exponent."""
    digits = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    return f"{value:,.{digits}f}"


def microseconds(nanoseconds: float) -> str:
    """A duration for a note."""
    return f"{significant(nanoseconds / 1e3)} µs"
