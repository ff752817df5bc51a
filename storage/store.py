"""The one door to all that is kept: main.py opens it and hands it to the pages."""

from typing import Self

from storage.database import Database
from storage.estimates import Estimates


class Store:
    """Everything kept in one database. Methods are coroutines; none blocks the event loop."""

    def __init__(self, database: Database, code_version: str) -> None:
        self._database = database
        self.estimates = Estimates(database=database, code_version=code_version)

    @classmethod
    async def open(cls, url: str, *, code_version: str = "unversioned") -> Self:
        """Open, create or migrate the database at `url` (SQLAlchemy's form), or StorageError."""
        return cls(await Database.open(url), code_version)

    @classmethod
    def open_now(cls, url: str, *, code_version: str = "unversioned") -> Self:
        """The same, blocking: for the start, before an event loop runs."""
        return cls(Database.open_now(url), code_version)

    async def close(self) -> None:
        """Commit what waits and release the database; twice is harmless."""
        await self._database.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
