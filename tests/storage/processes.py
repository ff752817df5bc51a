"""Other processes at the same database: one that saves until it is killed, one that opens."""

import asyncio
import itertools
import multiprocessing
import os
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from storage.errors import StorageError
from storage.store import Store
from tests.storage.samples import sample

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.storage.processes"])
AT_ONCE = 4


def start_saving(url: str) -> tuple[BaseProcess, "Connection[int, int]"]:
    """A process that saves for ever; each id arrives once the store has confirmed it."""
    ours, theirs = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=save_for_ever, args=(url, theirs), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def save_for_ever(url: str, confirmed: "Connection[int, int]") -> None:
    """Saves from several tasks at once, so that a kill also meets shared commits."""

    async def save(store: Store) -> None:
        for amount in itertools.cycle((0.5, 1.0, 1.5)):
            confirmed.send(await store.estimates.save(*sample(amount)))

    async def run() -> None:
        store = await Store.open(url)
        await asyncio.gather(*(save(store) for _ in range(AT_ONCE)))

    asyncio.run(run())


def drain(confirmed: "Connection[int, int]") -> list[int]:
    """Everything a process said before it died."""
    said = []
    try:
        while True:
            said.append(confirmed.recv())
    except (EOFError, OSError):
        return said


def opening_elsewhere(url: str) -> tuple[str, str]:
    """(class, text) of what another process meets when it opens the database."""
    ours, theirs = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=_open, args=(url, theirs), daemon=True)
    process.start()
    theirs.close()
    answer: tuple[str, str] = ours.recv()
    process.join()
    ours.close()
    return answer


def _open(url: str, answer: "Connection[tuple[str, str], None]") -> None:
    async def run() -> None:
        async with await Store.open(url):
            answer.send(("opened", str(os.getpid())))

    try:
        asyncio.run(run())
    except StorageError as error:
        answer.send((type(error).__name__, str(error)))
