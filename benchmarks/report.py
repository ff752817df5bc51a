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
    for heading, method, rows in sections:
        parts += [f"## {heading}", method, _table(COLUMNS, [row.cells() for row in rows])]
    return "\n\n".join(parts) + "\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)
