"""One thread writes, fed by a bounded queue; a job counts only when it is committed.

Jobs that wait together share one transaction, so that they also share its one wait for the disk.
A job is handed a connection and does nothing but database work with it: when one of a batch
fails, the batch is rolled back and every job runs again on its own.
"""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, Full, Queue
from threading import Thread
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from storage.errors import StorageBusy, in_our_words

T = TypeVar("T")
Outcome = Callable[[Exception | None], None]
"""Hears of every commit: None, or what went wrong."""
QUEUE_LIMIT = 1_000
BATCH_LIMIT = 256


@dataclass(frozen=True, slots=True)
class Job:
    """Work that waits for the writer, and where its answer goes."""

    work: Callable[[Connection], Any]
    answer: Future[Any]


class Writer:
    """Runs jobs in the order they came, each answered after its commit."""

    def __init__(
        self, engine: Engine, limit: int = QUEUE_LIMIT, tell: Outcome = lambda _: None
    ) -> None:
        self._engine = engine
        self._limit = limit
        self._tell = tell
        self._queue: Queue[Job | None] = Queue(limit)
        self._thread = Thread(target=self._run, name="storage-writer", daemon=True)

    @property
    def waiting(self) -> int:
        """How many jobs are queued, about."""
        return self._queue.qsize()

    def start(self) -> None:
        """Begin to work; jobs may have been queued before."""
        self._thread.start()

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """Queue `work`, or raise StorageBusy at once rather than wait without bound."""
        job = Job(work, Future())
        try:
            self._queue.put_nowait(job)
        except Full:
            raise StorageBusy(
                f"{self._limit:,} writes are waiting for the disk; this one was not saved."
            ) from None
        return job.answer

    def close(self) -> None:
        """Finish everything that was queued, then end the thread."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        is_open = True
        while is_open:
            jobs, is_open = self._next_batch()
            wanted = [job for job in jobs if job.answer.set_running_or_notify_cancel()]
            if wanted:
                _commit(wanted, self._engine, self._tell)

    def _next_batch(self) -> tuple[list[Job], bool]:
        """(the jobs that are there; False once the last has been seen)."""
        job = self._queue.get()
        jobs: list[Job] = []
        while job is not None:
            jobs.append(job)
            if len(jobs) == BATCH_LIMIT:
                return jobs, True
            try:
                job = self._queue.get_nowait()
            except Empty:
                return jobs, True
        return jobs, False


def _commit(jobs: list[Job], engine: Engine, tell: Outcome) -> None:
    """Answer every job. Whatever a job raises is its caller's to see, so all of it is caught."""
    results: list[Any] = []
    job = None
    try:
        with in_our_words(), engine.begin() as connection:
            for job in jobs:
                results.append(job.work(connection))
    except Exception as error:
        is_one_jobs_fault = job is not None and len(results) < len(jobs)
        if is_one_jobs_fault and len(jobs) > 1:
            for job in jobs:
                _commit([job], engine, tell)
        else:
            tell(error)
            for job in jobs:
                job.answer.set_exception(error)
    else:
        tell(None)
        for job, result in zip(jobs, results, strict=True):
            job.answer.set_result(result)
