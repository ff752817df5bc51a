"""What can go wrong with keeping things, in words for the user.

Every error that leaves this package is a StorageError; none of them deletes or repairs a file.
"""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from market.errors import NotKept


class StorageError(NotKept):
    """Something was not kept or not found; the text can be shown as it is."""


class DatabaseLocked(StorageError):
    """Someone else holds the database."""


class HeldElsewhere(DatabaseLocked):
    """Another Fathom has the SQLite file; it is free again when that one ends."""


class DiskFull(StorageError):
    """No room. Nothing of the refused write was kept; later writes may succeed."""


class ReadOnly(StorageError):
    """The database, or its folder, may not be written."""


class DiskFailed(StorageError):
    """The disk did not do what it was asked: an input/output error."""


class Unreachable(StorageError):
    """The database server does not answer, or does not let us in."""


class UnusableAddress(StorageError):
    """FATHOM_DATABASE_URL cannot be meant; no later try would do better."""


class DatabaseDamaged(StorageError):
    """The file cannot be read as a database of ours. It is left untouched."""


class SchemaTooNew(StorageError):
    """A newer Fathom wrote this database; this one would misread it."""


class StorageBusy(StorageError):
    """More writes are waiting than the bounded queue holds."""


class StorageClosed(StorageError):
    """The store was closed before this call."""


class StorageUnavailable(StorageError):
    """The database could not be opened yet; the text says why."""


class BackupRefused(StorageError):
    """The file cannot become a backup, or cannot be restored."""


class UnknownEstimate(StorageError):
    """There is no saved estimate with that id."""


class UnknownConfiguration(StorageError):
    """There is no configuration of that name."""


class NameTaken(StorageError):
    """Another configuration has the name."""


class UnknownRecording(StorageError):
    """The catalogue has no recording of that file."""


class UnknownAlert(StorageError):
    """There is no alert with that id."""


class UnknownSnapshot(StorageError):
    """There is no model snapshot with that number."""


class SnapshotRefused(StorageError):
    """A model snapshot that is damaged, foreign or incompatible; it was not loaded."""


class NotStorable(StorageError):
    """The value cannot be written so that it would come back equal."""


class ReceiptBroken(StorageError):
    """The receipt is not what was saved: its hash differs, or it cannot be read."""


NOT_SAVED = "Nothing of this change was saved; quotes go on."
SQLITE_FAMILIES: dict[int, tuple[type[StorageError], str]] = {
    5: (DatabaseLocked, f"The database is locked by another program. {NOT_SAVED}"),
    6: (DatabaseLocked, f"The database is locked by another program. {NOT_SAVED}"),
    8: (ReadOnly, f"The database is read-only. {NOT_SAVED}"),
    10: (DiskFailed, f"The disk failed while the database used it. {NOT_SAVED}"),
    11: (DatabaseDamaged, "The database file is damaged. It was left as it is."),
    13: (DiskFull, f"The disk is full. {NOT_SAVED} Free some space and try again."),
    14: (ReadOnly, "The database file cannot be opened: missing, or no permission."),
    26: (DatabaseDamaged, "The file is not a database. It was left as it is."),
}
"""By SQLite's primary result code (https://www.sqlite.org/rescode.html)."""
POSTGRESQL_FAMILIES: dict[str, tuple[type[StorageError], str]] = {
    "08": (Unreachable, f"The database server does not answer. {NOT_SAVED}"),
    "22": (NotStorable, "The database cannot hold this value."),
    "25006": (ReadOnly, f"The database is read-only. {NOT_SAVED}"),
    "28": (Unreachable, "The database server refused the name or the password."),
    "3D": (Unreachable, "The database server has no database of that name."),
    "40": (DatabaseLocked, f"Another program wrote the same rows. {NOT_SAVED}"),
    "42501": (ReadOnly, f"The database user may not do this. {NOT_SAVED}"),
    "53100": (DiskFull, f"The server's disk is full. {NOT_SAVED} Free some space and try again."),
    "53": (Unreachable, f"The database server is out of means. {NOT_SAVED}"),
    "55P03": (DatabaseLocked, f"The database is locked by another program. {NOT_SAVED}"),
    "57": (Unreachable, f"The database server is going down or starting. {NOT_SAVED}"),
    "58": (DiskFailed, f"The server's disk failed. {NOT_SAVED}"),
    "XX": (DatabaseDamaged, "The server found the database damaged. It was left as it is."),
}
"""By SQLSTATE or its class (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""
ERRNO_FAMILIES: dict[int, type[StorageError]] = {
    errno.ENOSPC: DiskFull,
    errno.EDQUOT: DiskFull,
    errno.EACCES: ReadOnly,
    errno.EPERM: ReadOnly,
    errno.EROFS: ReadOnly,
}


@contextmanager
def in_our_words(subject: str = "") -> Iterator[None]:
    """Turn what the driver and the system raise into a StorageError; `subject` comes before it."""
    try:
        yield
    except StorageError:
        raise
    except DBAPIError as error:
        raise from_driver(error.orig or error, subject) from error
    except PoolTimeout as error:
        raise StorageBusy(f"Every connection to the database is in use. {NOT_SAVED}") from error
    except sqlite3.Error as error:
        raise from_driver(error, subject) from error
    except OSError as error:
        raise from_system(error, subject) from error
    except (OverflowError, UnicodeEncodeError) as error:
        raise NotStorable(f"No database can hold this value: {error}.") from error


def from_driver(error: BaseException, subject: str = "") -> StorageError:
    """The driver's complaint as one of ours, told apart by code and never by wording."""
    kind, text = _family(error) or (
        StorageError,
        f"The database refused the request. {NOT_SAVED}",
    )
    said = " ".join(str(error).split())
    return kind(f"{subject}: {text} ({said})" if subject else f"{text} ({said})")


def _family(error: BaseException) -> tuple[type[StorageError], str] | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None:
        return SQLITE_FAMILIES.get(code & 0xFF)
    if not hasattr(error, "sqlstate"):
        return None
    state = error.sqlstate
    if state is None:  # the driver itself: a value it cannot send, or no connection
        return POSTGRESQL_FAMILIES["22" if type(error).__name__ == "DataError" else "08"]
    return POSTGRESQL_FAMILIES.get(state) or POSTGRESQL_FAMILIES.get(state[:2])


def from_system(error: OSError, subject: str = "") -> StorageError:
    """The operating system's complaint as one of ours."""
    kind = ERRNO_FAMILIES.get(error.errno or 0, StorageError)
    place = error.filename or subject or "The disk"
    return kind(f"{place} cannot be used for the database: {error.strerror}.")
