"""An import goes down the house, never up, never sideways; a slip shows the same day."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

MAY_IMPORT = {
    "market": set(),
    "settings": set(),
    "models": {"market"},
    "feeds": {"market"},
    "engine": {"market", "models", "feeds"},
    "storage": {"market", "models"},
    "webapp": {"market", "models", "engine", "storage"},
    "main": {"market", "models", "feeds", "engine", "storage", "webapp", "settings"},
}
FREE = {"benchmarks", "docs", "tests"}
ONLY_IN = {
    "sqlmodel": {"storage"},
    "sqlalchemy": {"storage"},
    "alembic": {"storage"},
    "nicegui": {"webapp", "main"},
    "websockets": {"feeds"},
    "httpx": {"feeds"},
    "ccxt": {"feeds"},
    "socket": {"feeds", "main"},
    "pydantic_settings": {"settings"},
}


def rooms() -> set[str]:
    """Every package folder and module at the top, whether or not it is on the plan."""
    folders = {f.parent.name for f in ROOT.glob("*/*.py") if not f.parent.name.startswith(".")}
    return (folders | {file.stem for file in ROOT.glob("*.py")}) - FREE


def imported(source: str) -> Iterator[str]:
    """First name of every module that the source imports, inside functions too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def slips(room: str, source: str) -> list[str]:
    """What the source of a room imports though the plan does not let it."""
    ours = MAY_IMPORT.keys() | FREE
    forbidden = (ours - MAY_IMPORT[room] - {room}) | {
        package for package, places in ONLY_IN.items() if room not in places
    }
    return sorted(forbidden.intersection(imported(source)))


@pytest.mark.parametrize("room", sorted(rooms()))
def test_imports_only_go_down(room: str) -> None:
    assert room in MAY_IMPORT, f"{room} has no floor: put it on the plan above"
    single = ROOT / f"{room}.py"
    files = [single] if single.exists() else sorted((ROOT / room).rglob("*.py"))
    found = {
        str(file.relative_to(ROOT)): wrong
        for file in files
        if (wrong := slips(room, file.read_text("utf-8")))
    }
    assert not found


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("market", "import models"),
        ("models", "from feeds.base import Venue"),
        ("feeds", "from models import fees"),
        ("engine", "from storage.database import Database"),
        ("storage", "import engine.hub"),
        ("webapp", "import feeds"),
        ("webapp", "from settings import Settings"),
        ("engine", "import nicegui"),
        ("engine", "import httpx"),
        ("webapp", "from sqlalchemy import select"),
        ("models", "def late():\n    from tests import builders"),
    ],
)
def test_a_slip_is_seen(room: str, line: str) -> None:
    assert slips(room, line)


def test_an_import_from_the_floor_below_is_no_slip() -> None:
    assert not slips(
        "engine", "import numpy\nfrom models.base import MarketState\nfrom . import hub"
    )
