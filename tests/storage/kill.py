"""`python -m tests.storage.kill [--kills 200] [--postgresql]`: kill -9 an app that saves, often.

Each life opens the same database, saves from several tasks at once and is killed at a random
moment, now and then while it still opens. What a life was told is saved must be there at the end,
each with a receipt that matches its hash.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from storage.store import Store
from tests.storage.postgres import serving
from tests.storage.processes import drain, start_saving

LONGEST_S = 0.25
WHILE_OPENING = 0.15
"""Share of the lives that end without waiting for a first save."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Toll:
    """What the kills left."""

    kills: int
    silent: int
    """Lives that ended before their first confirmed save."""
    confirmed: int
    kept: int
    missing: int
    integrity: str


def kill_often(url: str, kills: int, seed: int = 5) -> Toll:
    """Let that many lives end; blocking."""
    moments = random.Random(seed)
    confirmed: set[int] = set()
    silent = 0
    for _ in range(kills):
        said = one_life(url, moments)
        silent += not said
        confirmed.update(said)
    kept, integrity = asyncio.run(_look(url))
    return Toll(
        kills=kills,
        silent=silent,
        confirmed=len(confirmed),
        kept=len(kept),
        missing=len(confirmed - kept),
        integrity=integrity,
    )


def one_life(url: str, moments: random.Random) -> list[int]:
    """The ids that were confirmed before the kill."""
    process, answers = start_saving(url)
    said = [] if moments.random() < WHILE_OPENING else _first(answers)
    time.sleep(moments.uniform(0, LONGEST_S))
    process.kill()
    process.join()
    said += drain(answers)
    answers.close()
    process.close()
    return said


def _first(answers: "Connection[int, int]") -> list[int]:
    return [answers.recv()]


async def _look(url: str) -> tuple[set[int], str]:
    """(ids of the lines whose receipt is whole, what the database says of itself)."""
    async with await Store.open(url) as store:
        kept = {line.id async for page in store.estimates.pages() for line in page}
        for number in kept:
            await store.estimates.receipt(number)
        if url.startswith("postgresql"):
            return kept, "ok"
        said = await store._database.read(
            lambda c: c.exec_driver_sql("PRAGMA integrity_check").scalar()
        )
    return kept, str(said)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.storage.kill", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--postgresql", action="store_true", help="instead of SQLite")
    options = parser.parse_args()
    begin = time.monotonic()
    if options.postgresql:
        with serving() as server:
            toll = kill_often(server.fresh(), options.kills, options.seed)
    else:
        with tempfile.TemporaryDirectory(prefix="fathom-kill-") as folder:
            url = f"sqlite:///{Path(folder) / 'fathom.db'}"
            toll = kill_often(url, options.kills, options.seed)
    sys.stdout.write(f"{toll}\n{time.monotonic() - begin:.0f} s\n")
    sys.exit(bool(toll.missing or toll.integrity != "ok"))


if __name__ == "__main__":
    main()
