"""The files around the code: commands, locks, and what a stranger's machine would trip over."""

import re
import stat
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ["requirements", "requirements-dev", "requirements-bench"]
PROMISED = {"run", "test", "bench", "lint", "types", "docs", "demo", "docker", "help"}

PIN = re.compile(r"^([a-zA-Z0-9][\w.-]*)==[^\n]*(?:\n[ \t]+[^\n]*)*", re.MULTILINE)
FOLDER_OF_SOMEONE = re.compile(r"(?<![\w.$}])/(?:home|Users|root|work|private/tmp)/\w")
NOT_OURS = re.compile(r"(^|/)(\.(?!ci/)[^/]*|__pycache__|data|node_modules)/")
TEXT = {"", ".py", ".md", ".toml", ".txt", ".in", ".yaml", ".yml", ".ini", ".mako", ".example"}


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def pins(name: str) -> dict[str, str]:
    """Package -> its entry in the lock."""
    lock = (ROOT / f"{name}.txt").read_text("utf-8")
    return {normal(entry[1]): entry[0] for entry in PIN.finditer(lock)}


def versions(name: str) -> set[tuple[str, str]]:
    """Package and version; a package may have one version for each range of Pythons."""
    lock = (ROOT / f"{name}.txt").read_text("utf-8")
    return set(re.findall(r"^([a-z0-9][^\s\[=]*)==(\S+)", lock, re.MULTILINE))


def wishes(name: str) -> dict[str, str]:
    """Package -> its line in the list a person wrote."""
    lines = (ROOT / f"{name}.in").read_text("utf-8").splitlines()
    written = [line for line in lines if line and not line.startswith(("#", "-c"))]
    return {normal(re.split(r"[\[<>=! ]", line)[0]): line for line in written}


def normal(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()


def our_text_files() -> list[Path]:
    """All text but that of tools, of runs, and the user's own .env."""
    return [
        file
        for file in ROOT.rglob("*")
        if file.suffix in TEXT
        and file.name != ".env"
        and not NOT_OURS.search(file.relative_to(ROOT).as_posix())
        and file.is_file()
    ]


def test_the_makefile_has_the_promised_targets() -> None:
    assert make_targets() >= PROMISED


def test_help_lists_every_target() -> None:
    answer = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(re.findall(r"make ([a-z]+) ", answer.stdout)) == make_targets()


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_we_ask_for_has_a_reason(name: str) -> None:
    assert [line for line in wishes(name).values() if "  # " not in line] == []


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_we_ask_for_is_locked(name: str) -> None:
    assert wishes(name).keys() <= pins(name).keys() | pins("requirements").keys()


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_a_hash(name: str) -> None:
    assert [package for package, entry in pins(name).items() if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_place_to_download_from(name: str) -> None:
    lock = (ROOT / f"{name}.txt").read_text("utf-8")
    assert not re.search(r"://|index-url|find-links|^[\w.-]+ @ ", lock, re.MULTILINE)


@pytest.mark.parametrize("name", ["requirements-dev", "requirements-bench"])
def test_the_locks_agree_on_what_they_share(name: str) -> None:
    app, others = versions("requirements"), versions(name)
    shared = {(package, version) for package, version in others if package in dict(app)}
    assert shared <= app


def test_ci_runs_what_anyone_can_run() -> None:
    script = ROOT / ".ci" / "run"
    assert script.read_text("utf-8").rstrip().endswith("exec make test")
    assert script.stat().st_mode & stat.S_IXUSR


def test_no_file_names_a_folder_of_someones_machine() -> None:
    found = {
        str(file.relative_to(ROOT)): hit[0]
        for file in our_text_files()
        if (hit := FOLDER_OF_SOMEONE.search(file.read_text("utf-8", errors="ignore")))
    }
    assert not found


def test_a_container_without_a_password_is_not_started() -> None:
    service = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]["fathom"]
    assert service["environment"]["FATHOM_PASSWORD"].startswith("${FATHOM_PASSWORD:?")
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_the_image_runs_without_root_and_hands_signals_to_the_app() -> None:
    image = (ROOT / "Dockerfile").read_text("utf-8")
    assert "\nUSER fathom\n" in image
    assert '\nENTRYPOINT ["python", "main.py"]' in image
    assert "/health/live" in image


def test_the_image_has_every_folder_the_app_imports() -> None:
    kept = {
        line[1:]
        for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        if line.startswith("!")
    }
    assert kept >= {"main.py", "settings.py", "requirements.txt"}
    assert kept >= {"market", "models", "feeds", "engine", "storage", "webapp"}
