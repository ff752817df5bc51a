"""The one door to all that is kept: main.py opens it and hands it to the pages."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Self

from storage.alerts import Alerts
from storage.analysis import Analysis
from storage.backup import Backup, back_up
from storage.configurations import Configurations
from storage.database import Database
from storage.error_log import ErrorLog
from storage.estimates import Estimates
from storage.health import StorageHealth
from storage.labels import Labels
from storage.metrics import Metrics
from storage.recordings import Recordings
from storage.retention import KEEP_ALL, Policy, Retention
from storage.scores import Scores
from storage.series import CostSeries
from storage.snapshots import Snapshots
from storage.space import Space, measure, measure_folder
from storage.sweeps import Sweeps


class Store:
    """Everything kept in one database. Methods are coroutines; none blocks the event loop."""

    def __init__(self, database: Database, code_version: str, keep: Policy = KEEP_ALL) -> None:
        self._database = database
        self.estimates = Estimates(database=database, code_version=code_version)
        self.series = CostSeries(database)
        self.configurations = Configurations(database=database)
        self.recordings = Recordings(database=database)
        self.alerts = Alerts(database=database)
        self.errors = ErrorLog(database=database)
        self.scores = Scores(database=database)
        self.models = Snapshots(database=database)
        self.metrics = Metrics(database=database)
        self.labels = Labels(database=database)
        self.analysis = Analysis(database=database)
        self.sweeps = Sweeps(database=database)
        self.retention = Retention(database, keep)

    @classmethod
    async def open(cls, url: str, *, code_version: str = "unversioned") -> Self:
        """Open, create or migrate the database at `url` (SQLAlchemy's form), or StorageError."""
        return cls(await Database.open(url), code_version)

    @classmethod
    def open_now(cls, url: str, *, code_version: str = "unversioned") -> Self:
        """The same, blocking: for the start, before an event loop runs."""
        return cls(Database.open_now(url), code_version)

    @classmethod
    def open_or_keep_trying(
        cls, url: str, *, code_version: str = "unversioned", keep: Policy = KEEP_ALL
    ) -> Self:
        """Open it now, or in the background as soon as that becomes possible; `health` says which.

        Only an address that cannot be meant is raised, as UnusableAddress.
        """
        return cls(Database.open_or_keep_trying(url), code_version, keep)

    @property
    def health(self) -> StorageHealth:
        """Whether saving works, since when, and what is wrong if it does not."""
        return self._database.health

    async def back_up(self, target: Path) -> Backup:
        """Copy everything into a new file while all goes on; BackupRefused where it exists."""
        return await asyncio.to_thread(back_up, self._database.address, target)

    async def space(self, folders: Mapping[str, Path], *, exact: bool = False) -> Space:
        """What the database and these folders (name -> path) take; `exact` may take a while."""
        work = partial(measure, file=self._database.address.file, exact=exact)
        space = await self._database.read(work)
        beside = [await asyncio.to_thread(measure_folder, *named) for named in folders.items()]
        return replace(space, folders=tuple(beside))

    async def close(self) -> None:
        """Commit what waits and release the database; twice is harmless."""
        await self._database.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
