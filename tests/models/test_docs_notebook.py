"""docs/notebook.md is true, and needs no server."""

import doctest
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "notebook.md").read_text("utf-8")


def test_the_notebook_page_is_true():
    examples = "\n".join(re.findall(r"^```python\n(.*?)^```", TEXT, re.M | re.S))
    test = doctest.DocTestParser().get_doctest(examples, {}, "docs/notebook.md", None, 0)
    failures: list[str] = []
    doctest.DocTestRunner().run(test, out=failures.append)
    assert "".join(failures) == ""


def test_models_load_without_the_server_the_feeds_and_the_database():
    code = (
        "import sys, models.comparison, models.quote_json, models.estimate_text\n"
        "print(*{'nicegui', 'websockets', 'httpx', 'sqlmodel', 'feeds', 'engine', 'webapp'}"
        " & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
