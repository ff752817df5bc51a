"""Where the database is, and connections to it set up the way we mean them."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from storage.errors import UnusableAddress

READERS = 4
BUSY_TIMEOUT_MS = 5_000
CONNECT_TIMEOUT_S = 5
EVERYWHERE = (f"busy_timeout={BUSY_TIMEOUT_MS}", "foreign_keys=ON", "trusted_schema=OFF")
WRITER_PRAGMAS = (
    *EVERYWHERE,
    "journal_mode=WAL",
    "synchronous=FULL",
    "fullfsync=ON",  # macOS: without it the disk's own cache may still hold the commit
)
READER_PRAGMAS = (*EVERYWHERE, "query_only=ON")
POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg")


class Address:
    """A database's URL, understood. UnusableAddress where it cannot be meant."""

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
        except ArgumentError as error:
            raise UnusableAddress("The address of the database cannot be read.") from error
        if parsed.drivername in POSTGRESQL:
            parsed = parsed.set(drivername="postgresql+psycopg")
            if not parsed.database:
                raise UnusableAddress(
                    "The address of the database names no database on the server."
                )
        elif parsed.drivername != "sqlite":
            raise UnusableAddress(
                f"{parsed.drivername} is not a database Fathom knows: sqlite or postgresql."
            )
        self.url: URL = parsed
        self.file: Path | None = _file(parsed)
        """Where an SQLite database lies; None for a server."""

    def __str__(self) -> str:
        return str(self.file or self.url.render_as_string(hide_password=True))

    def writing(self) -> Engine:
        """One connection that writes. Nothing is opened yet."""
        if self.file:
            return _sqlite(self.url, 1, "BEGIN IMMEDIATE", WRITER_PRAGMAS)
        return _postgresql(self.url, 1)

    def reading(self) -> Engine:
        """Some connections that cannot write, each read on one consistent view."""
        if self.file:
            return _sqlite(self.url, READERS, "BEGIN", READER_PRAGMAS)
        return _postgresql(
            self.url, READERS, isolation_level="REPEATABLE READ", postgresql_readonly=True
        )


def _file(url: URL) -> Path | None:
    if url.drivername != "sqlite":
        return None
    if not url.database or url.database == ":memory:":
        raise UnusableAddress("A database in memory keeps nothing; name a file.")
    return Path(url.database).resolve()


def _sqlite(url: URL, connections: int, begin: str, pragmas: tuple[str, ...]) -> Engine:
    """Transactions are begun by us, not by the driver."""
    engine = create_engine(url, pool_size=connections, max_overflow=0)

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def start_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _postgresql(url: URL, connections: int, **options: Any) -> Engine:
    """A connection that died while idle is replaced before it is used."""
    try:
        engine = create_engine(
            url,
            pool_size=connections,
            max_overflow=0,
            pool_pre_ping=True,
            execution_options=options,
            connect_args={"connect_timeout": CONNECT_TIMEOUT_S, "application_name": "fathom"},
        )
    except (ImportError, NoSuchModuleError) as error:
        raise UnusableAddress(f"The PostgreSQL driver is not there: {error}.") from error

    @event.listens_for(engine, "connect", insert=True)
    def set_up(connection: Any, _record: object) -> None:
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            raise UnusableAddress(
                f"The PostgreSQL database is encoded in {encoding} and cannot hold every text. "
                "Create one with ENCODING 'UTF8'."
            )
        connection.execute(f"SET lock_timeout = {BUSY_TIMEOUT_MS}")
        connection.commit()

    return engine
