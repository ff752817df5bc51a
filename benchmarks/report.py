"""The results as a table on the terminal and as a page: what was seen, good or bad."""

from collections.abc import Sequence

from benchmarks.row import COLUMNS, Row

Section = tuple[str, str, Sequence[Row]]
"""Heading, how it was measured, rows."""

INTRODUCTION = """\
Written by `make bench`; not edited by hand. Ratios were measured side by side within one run: the
median over its rounds, and the range of the middle 80 % of rounds. "≤" rows say how many times the
reference's time ours takes, "≥" rows how many times ours the reference takes."""


def terminal(section: Section) -> str:
    """Columns in line; the notes below their row."""
    heading, method, rows = section
    cells = [row.cells()[:-1] for row in rows]
    widths = [max(map(len, column)) for column in zip(COLUMNS[:-1], *cells, strict=True)]
    lines = [heading, method, _line(COLUMNS[:-1], widths)]
    for row, texts in zip(rows, cells, strict=True):
        lines.append(_line(texts, widths))
        if row.note:
            lines.append(f"    {row.note}")
    return "\n".join(lines) + "\n"


def _line(texts: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(text.ljust(width) for text, width in zip(texts, widths, strict=True)).rstrip()


def page(machine: Sequence[tuple[str, str]], sections: Sequence[Section]) -> str:
    """The whole of RESULTS.md."""
    parts = ["# Results", INTRODUCTION, _table(("", ""), machine)]
    return "\n\n".join([*parts, *(_written(section, "") for section in sections)]) + "\n"


def with_sections(old: str, machine: Sequence[tuple[str, str]], sections: Sequence[Section]) -> str:
    """RESULTS.md with some sections measured again; each says when, and under what load."""
    known = dict(machine)
    load = next(value for what, value in machine if what.startswith("load"))
    stamp = f"Measured apart from the rest: {known['date']}, commit {known['commit']}, load {load}."
    head, *parts = old.rstrip("\n").split("\n\n## ")
    kept = {part.partition("\n")[0]: f"## {part}" for part in parts}
    kept |= {section[0]: _written(section, stamp) for section in sections}
    return "\n\n".join([head, *kept.values()]) + "\n"


def _written(section: Section, stamp: str) -> str:
    heading, method, rows = section
    table = _table(COLUMNS, [row.cells() for row in rows])
    return "\n\n".join(part for part in (f"## {heading}", stamp, method, table) if part)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)
