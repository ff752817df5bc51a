"""What the documents say about the tree is true."""

import re
from pathlib import Path

import pytest

from docs import configuration, links
from settings import Settings

ROOT = Path(__file__).resolve().parent.parent


def test_the_table_in_the_readme_is_the_settings_in_order() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert readme == configuration.with_table(readme), "make docs"
    assert configuration.table() in readme


def test_the_example_of_settings_is_complete_and_in_order() -> None:
    assert (ROOT / ".env.example").read_text("utf-8") == configuration.env_example(), "make docs"


def test_the_example_of_settings_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for row in Settings.table():
        monkeypatch.delenv(row.name, raising=False)
    assert Settings.load(ROOT / ".env.example") == Settings.load(ROOT / "absent")


def test_every_link_leads_somewhere() -> None:
    assert list(links.broken_links(ROOT)) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[a](absent.md)", "no such file"),
        ("![a](absent.png)", "no such file"),
        ("[a](#absent)", "no such heading"),
        ("[a](there.md#absent)", "no such heading"),
    ],
)
def test_a_broken_link_is_seen(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "there.md").write_text("# There\n")
    (tmp_path / "here.md").write_text(text)
    assert [line.rsplit(": ", 1)[1] for line in links.broken_links(tmp_path)] == [fault]


@pytest.mark.parametrize(
    "text",
    [
        "[a](there.md)",
        "[a](there.md#two-words--more)",
        "[a](there.md#twice-1)",
        "[a](https://example.org/absent)",
        "`[a](absent.md)`",
        "```\n[a](absent.md)\n```",
    ],
)
def test_a_sound_link_is_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / "there.md").write_text("# Two `words` & more\n## Twice\n## Twice\n")
    (tmp_path / "here.md").write_text(text)
    assert list(links.broken_links(tmp_path)) == []


def test_files_named_for_contributors_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    named = set(re.findall(r"`([a-z_]+(?:/[a-z_]+)*\.py)`", text))
    assert sorted(name for name in named if not (ROOT / name).exists()) == []
