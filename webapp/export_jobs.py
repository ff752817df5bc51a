"""Long downloads that a page watches: how far they are, and the order to stop."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass

MOST = 100
"""Remembered at once; the oldest are forgotten, which ends none of them."""


@dataclass(slots=True)
class ExportJob:
    """One download on its way."""

    token: str
    total: int
    """Rows it will have, as counted when it was asked for."""
    done: int = 0
    is_finished: bool = False
    is_cancelled: bool = False
    problem: str = ""
    """Why it broke off; empty while it has not."""

    @property
    def share(self) -> float:
        """0..1"""
        return 1.0 if self.is_finished else min(1.0, self.done / self.total if self.total else 0.0)


class ExportCancelled(Exception):
    """The user stopped a download: the connection is cut in the middle of the answer."""


class ExportJobs:
    """All that were asked for lately."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, ExportJob] = OrderedDict()

    def begin(self, total: int) -> ExportJob:
        """A job that waits for its download, which names the token."""
        job = ExportJob(secrets.token_urlsafe(12), total)
        self._jobs[job.token] = job
        while len(self._jobs) > MOST:
            self._jobs.popitem(last=False)
        return job

    def find(self, token: str) -> ExportJob | None:
        """The job of that token, if it is remembered."""
        return self._jobs.get(token)
