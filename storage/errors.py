"""What can go wrong with keeping things, in words for the user.

Every error that leaves this package is a StorageError; none of them deletes or repairs a file.
"""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError


class StorageError(Exception):
    """Something was not kept or not found; the text can be shown as it is."""


class DatabaseLocked(StorageError):
    """Someone else holds the database."""


class DiskFull(StorageError):
    """No room. Nothing of the refused write was kept; later writes may succeed."""


class ReadOnly(StorageError):
    """The database, or its folder, may not be written."""


class DatabaseDamaged(StorageError):
    """The file cannot be read as a database of ours. It is left untouched."""


class SchemaTooNew(StorageError):
    """A newer Fathom wrote this database; this one would misread it."""


class StorageBusy(StorageError):
    """More writes are waiting than the bounded queue holds."""


class StorageClosed(StorageError):
    """The store was closed before this call."""


class UnknownEstimate(StorageError):
    """There is no saved estimate with that id."""


class NotStorable(StorageError):
    """The value cannot be written so that it would come back equal."""


class ReceiptBroken(StorageError):
    """The receipt is not what was saved: its hash differs, or it cannot be read."""


NOT_SAVED = "Nothing of this change was saved; quotes go on."
SQLITE_FAMILIES: dict[int, tuple[type[StorageError], str]] = {
    5: (DatabaseLocked, f"The database is locked by another program. {NOT_SAVED}"),
    6: (DatabaseLocked, f"The database is locked by another program. {NOT_SAVED}"),
    8: (ReadOnly, f"The database is read-only. {NOT_SAVED}"),
    11: (DatabaseDamaged, "The database file is damaged. It was left as it is."),
    13: (DiskFull, f"The disk is full. {NOT_SAVED} Free some space and try again."),
    14: (ReadOnly, "The database file cannot be opened: missing, or no permission."),
    26: (DatabaseDamaged, "The file is not a database. It was left as it is."),
}
"""By SQLite's primary result code (https://www.sqlite.org/rescode.html)."""
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
    except sqlite3.Error as error:
        raise from_driver(error, subject) from error
    except OSError as error:
        raise from_system(error, subject) from error
    except (OverflowError, UnicodeEncodeError) as error:
        raise NotStorable(f"No database can hold this value: {error}.") from error


def from_driver(error: BaseException, subject: str = "") -> StorageError:
    """The driver's complaint as one of ours, told apart by code and never by wording."""
    code = getattr(error, "sqlite_errorcode", None)
    family = SQLITE_FAMILIES.get(code & 0xFF) if code is not None else None
    kind, text = family or (StorageError, f"The database refused the request. {NOT_SAVED}")
    return kind(f"{subject}: {text} ({error})" if subject else f"{text} ({error})")


def from_system(error: OSError, subject: str = "") -> StorageError:
    """The operating system's complaint as one of ours."""
    kind = ERRNO_FAMILIES.get(error.errno or 0, StorageError)
    place = error.filename or subject or "The disk"
    return kind(f"{place} cannot be used for the database: {error.strerror}.")
