"""Checks that every link in the Markdown files leads somewhere: to a file here, or a heading in it.

Links to other sites are left alone: a check that needs the network fails for reasons of its own.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parent.parent
NOT_OURS = {"data", "node_modules"}

CODE = re.compile(r"^(```|~~~).*?^\1[^\n]*$|`[^`\n]*`", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
ELSEWHERE = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def markdown_files(root: Path = ROOT) -> list[Path]:
    """Our Markdown files; folders of tools (.venv and the like) and of data are not ours."""

    def is_ours(path: Path) -> bool:
        folders = path.relative_to(root).parts[:-1]
        return not any(name.startswith(".") or name in NOT_OURS for name in folders)

    return sorted(filter(is_ours, root.rglob("*.md")))


def links(file: Path) -> list[str]:
    """Targets of the file's links, those to other sites left out."""
    targets = LINK.findall(CODE.sub("", file.read_text("utf-8")))
    return [target for target in targets if not ELSEWHERE.match(target)]


def anchors(file: Path) -> set[str]:
    """The names under which the headings of a file can be reached."""
    fenced = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.DOTALL | re.MULTILINE)
    names: set[str] = set()
    for heading in HEADING.findall(fenced.sub("", file.read_text("utf-8"))):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        name = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        again = sum(1 for known in names if re.fullmatch(rf"{re.escape(name)}(-\d+)?", known))
        names.add(f"{name}-{again}" if again else name)
    return names


def broken_links(root: Path = ROOT) -> Iterator[str]:
    """One line for each link that leads nowhere."""
    for file in markdown_files(root):
        for target in links(file):
            path, _, anchor = unquote(target).partition("#")
            goal = (file.parent / path).resolve() if path else file
            if not goal.exists():
                yield f"{file.relative_to(root)}: {target}: no such file"
            elif anchor and goal.suffix == ".md" and anchor not in anchors(goal):
                yield f"{file.relative_to(root)}: {target}: no such heading"


def main() -> None:
    broken = list(broken_links())
    if broken:
        sys.exit("\n".join(broken))
    files = markdown_files()
    print(f"{sum(len(links(file)) for file in files)} links in {len(files)} files, none broken")


if __name__ == "__main__":
    main()
