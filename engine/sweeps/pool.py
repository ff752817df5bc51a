"""Who prices chunks: worker processes of this machine (joblib's loky), or a Dask cluster.

Both take a job and give a future. A local pool starts when the first job comes and lets its
processes go when there has been none for a while; closing it ends them at once.
"""

import os
import warnings
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any, Protocol

from engine.sweeps.job import Job, begin_work, price
from market.errors import OrderError
from models.sweep.table import Parquet

IDLE_S = 60
RETRIES = 3
"""Of a chunk whose worker was lost."""
CONNECT_S = 10


class Pool(Protocol):
    """Something that prices chunks."""

    generation: int
    """grows when lost workers are replaced"""

    @property
    def size(self) -> int:
        """Chunks at a time."""
        ...

    def submit(self, job: Job) -> "Future[Parquet]":
        """Price one chunk."""
        ...

    def renew(self) -> None:
        """After a worker was lost: the next job finds new ones."""
        ...

    def close(self) -> None:
        """End every worker that this pool started."""
        ...


class LocalPool:
    """Processes beside this one, which always have to give way to it."""

    def __init__(self, workers: int) -> None:
        self.size = workers
        self.generation = 0
        self._executor: Any = None

    def submit(self, job: Job) -> "Future[Parquet]":
        """Price one chunk; starts the processes with the first."""
        if self._executor is None:
            from joblib.externals.loky import ProcessPoolExecutor

            self._executor = ProcessPoolExecutor(
                max_workers=self.size,
                timeout=IDLE_S,
                initializer=begin_work,
                initargs=(os.getpid(),),
            )
        future: Future[Parquet] = self._executor.submit(price, job)
        return future

    def renew(self) -> None:
        """Forget a broken executor."""
        self.generation += 1
        self.close()

    def close(self) -> None:
        """Kill the processes; what they were at is priced again another time."""
        executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=True, kill_workers=True)


class HerePool:
    """One thread of this process: for the command line, where there is no page to slow down."""

    size = 1

    def __init__(self) -> None:
        self.generation = 0
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="sweep")

    def submit(self, job: Job) -> "Future[Parquet]":
        """Price one chunk."""
        return self._executor.submit(price, job)

    def renew(self) -> None:
        """A thread is not lost."""

    def close(self) -> None:
        """After the chunk in work; what waits is dropped."""
        self._executor.shutdown(wait=True, cancel_futures=True)


class DaskPool:
    """The workers of a Dask scheduler, which must have this very program installed."""

    def __init__(self, scheduler: str) -> None:
        self.generation = 0
        try:
            from distributed import Client
        except ImportError:
            raise OrderError(
                "FATHOM_DASK_SCHEDULER", "is set, but dask is not installed", "make dask"
            ) from None
        with warnings.catch_warnings():
            # A worker whose Python differs in its last digit is named in a warning of many lines.
            warnings.simplefilter("ignore")
            try:
                connect: Any = Client
                self._client = connect(scheduler, timeout=CONNECT_S, set_as_default=False)
            except (OSError, ValueError) as error:
                raise OrderError(
                    "FATHOM_DASK_SCHEDULER", f"{scheduler} does not answer ({error})"
                ) from None
        self._executor: Executor = self._client.get_executor(pure=False, retries=RETRIES)

    @property
    def size(self) -> int:
        """Threads of all workers; one where none has come yet."""
        return max(1, int(sum(self._client.nthreads().values())))

    def submit(self, job: Job) -> "Future[Parquet]":
        """Price one chunk somewhere."""
        return self._executor.submit(price, job)

    def renew(self) -> None:
        """The scheduler finds others by itself."""

    def close(self) -> None:
        """Leave the cluster; it is not ours to end."""
        self._executor.shutdown(wait=False)
        self._client.close()


def open_pool(workers: int, scheduler: str) -> Pool:
    """The cluster where one is named, else processes here."""
    return DaskPool(scheduler) if scheduler else LocalPool(workers)


def default_workers() -> int:
    """One core is left for the page, at least one works."""
    return max(1, (os.cpu_count() or 2) - 1)
