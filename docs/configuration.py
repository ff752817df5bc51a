"""Writes the settings into README.md and .env.example, so that both say what settings.py does."""

import re
from itertools import chain
from pathlib import Path

from settings import TESTS_ONLY, Settings

ROOT = Path(__file__).resolve().parent.parent
BEGIN = "<!-- configuration: written by make docs -->"
END = "<!-- end of configuration -->"


def table() -> str:
    """The configuration as a Markdown table."""
    rows = [
        (f"`{row.name}`", f"`{row.default}`" if row.default else "", row.allowed, row.meaning)
        for row in Settings.table()
    ]
    lines = [("variable", "default", "allowed", "meaning"), ("---",) * 4, *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def env_example() -> str:
    """The configuration as a file to copy to .env; as it stands it changes nothing."""
    head = [
        "# Copy to .env and change what you need; the environment wins over this file.",
        "# An empty value means the default. A name that is not listed here is refused.",
        f"# ({TESTS_ONLY} is for the tests alone: set it in the environment.)",
    ]
    lines = chain.from_iterable(
        ["", f"# {row.meaning}", f"# Allowed: {row.allowed}.", f"{row.name}={row.default}"]
        for row in Settings.table()
    )
    return "\n".join([*head, *lines]) + "\n"


def with_table(readme: str) -> str:
    """The README with its table written anew between the two marks."""
    between = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)
    return between.sub(lambda _: f"{BEGIN}\n{table()}\n{END}", readme, count=1)


def main() -> None:
    readme = ROOT / "README.md"
    readme.write_text(with_table(readme.read_text("utf-8")), "utf-8")
    (ROOT / ".env.example").write_text(env_example(), "utf-8")
    print(f"README.md and .env.example: {len(Settings.table())} settings")


if __name__ == "__main__":
    main()
