"""docs/earlier-systems.md names places and tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "earlier-systems.md").read_text("utf-8")
ROWS = [
    line.strip("| ").split(" | ") for line in TEXT.splitlines() if re.match(r"\| (?!It had)", line)
]
TESTS = {
    name
    for file in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"def (test_\w+)", file.read_text("utf-8"))
}


def test_every_line_has_a_place_and_a_test():
    assert len(ROWS) > 90
    assert [row for row in ROWS if len(row) != 3] == []


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_what_a_line_names_exists(row):
    _, place, test = row
    for path in re.findall(r"`([\w/]+(?:\.py|/)|Dockerfile)`", place):
        assert (ROOT / path).exists(), path
    assert test == "not yet" or test.strip("`") in TESTS


def test_a_line_without_a_test_has_no_place_either():
    assert [row for row in ROWS if row[2] == "not yet" and not row[1].startswith("not yet")] == []


def test_all_four_systems_are_there():
    assert re.findall(r"^## (S\w+)", TEXT, re.M) == ["S1", "S2a", "S2b", "S3"]
