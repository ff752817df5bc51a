"""`python main.py backup FILE` and `restore FILE`."""

import argparse
import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from storage.command_line import add_commands
from storage.store import Store
from tests.conftest import PROJECT
from tests.storage.samples import sample


def command(url: str, folder: Path, *arguments: object) -> int:
    """What main.py does with these arguments, without the floors it needs for other commands."""
    parser = argparse.ArgumentParser()
    add_commands(url, folder)(parser.add_subparsers(required=True))
    options = parser.parse_args([str(argument) for argument in arguments])
    code: int = options.command(options)
    return code


async def save(store: Store) -> int:
    await store.estimates.save(*sample())
    return await store.estimates.count()


def test_a_backup_while_the_app_runs_and_the_way_back(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monday = tmp_path / "monday.db"

    async def back_up_meanwhile() -> int:
        async with await Store.open(url) as store:
            await save(store)
            code = await asyncio.to_thread(command, url, tmp_path, "backup", monday)
            await save(store)
            return code

    async def count() -> int:
        async with await Store.open(url) as store:
            return await store.estimates.count()

    assert asyncio.run(back_up_meanwhile()) == 0
    assert asyncio.run(count()) == 2
    assert command(url, tmp_path, "restore", monday) == 0
    made, done = capsys.readouterr().out.splitlines()
    assert made.startswith(f"{monday}: ") and made.endswith("read back and whole")
    assert "restored" in done and "kept as" in done
    assert asyncio.run(count()) == 1


def test_what_cannot_be_done_is_one_line_and_a_code(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "main.py", "restore", str(tmp_path / "absent.db")],
        cwd=PROJECT,
        env={"FATHOM_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"fathom: There is no file {tmp_path / 'absent.db'}.\n"
