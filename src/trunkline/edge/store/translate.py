"""Errors of databases, drivers and disks in our words, said once.

Messages never hold the values of a statement.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from trunkline.edge.store.errors import Damaged, Full, StoreError

# SQLite's result codes (https://www.sqlite.org/rescode.html) by the first words of their names.
DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
REASONS = {
    "SQLITE_BUSY": "is locked by another process; try again when that has ended",
    "SQLITE_LOCKED": "is locked by another process; try again when that has ended",
    "SQLITE_READONLY": "cannot be written to; allow it, or name another place in the settings",
    "SQLITE_PERM": "cannot be written to; allow it, or name another place in the settings",
    "SQLITE_FULL": "cannot grow, the disk is full; free some space",
    "SQLITE_CANTOPEN": "cannot be opened; is its directory there, and may this user write to it?",
    "SQLITE_IOERR": "cannot be read or written, the disk is full or reports an error",
}
# PostgreSQL's (https://www.postgresql.org/docs/current/errcodes-appendix.html) by their beginnings.
ANSWERS = {
    "28": "does not let this user in; check the user and the password of its address",
    "3D": "is not there: the server has no such database; make it (createdb), or name another",
    "42501": "may not be changed by this user; let the user make tables in it",
    "53100": "cannot grow, the server's disk is full; free some space",
    "53300": "has no connection left; end other programs, or raise max_connections",
    "53": "has run out of something: look at the server's log",
    "57P": "is being shut down or started; try again in a moment",
    "57014": "takes too long to answer; look at what the server is busy with",
    "40": "was changed by another process at the same time; try again",
    "08": "was cut off from its server; try again",
    "22021": "cannot keep a text that holds a NUL character",
    "25006": "can only be read: its server is a standby; name the primary",
}

UNREADABLE = "the store's URL cannot be read; write postgresql://user@host/name"


@contextlib.contextmanager
def translated(name: str) -> Iterator[None]:
    """Errors of the database and of the disk as StoreError about the store `name`."""
    try:
        yield
    except DBAPIError as error:
        raise of_database(name, error.orig) from error
    except sqlite3.Error as error:
        raise of_database(name, error) from error
    except SQLAlchemyError as error:
        raise StoreError(f"the store {name} failed: {type(error).__name__}") from error
    except UnicodeError as error:
        raise StoreError(f"the store {name} cannot keep a text that is not Unicode") from error
    except (OSError, TimeoutError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise StoreError(f"the store {name} cannot be used: {reason}") from error


def of_database(name: str, error: BaseException | None) -> StoreError:
    """The error of the database's driver in our words."""
    code = str(getattr(error, "sqlite_errorname", ""))
    if code.startswith(DAMAGED):
        return Damaged(f"the store {name} is damaged; delete it, only history is lost")
    for start, reason in REASONS.items():
        if code.startswith(start):
            return _kind(code)(f"the store {name} {reason}")
    state = str(getattr(error, "sqlstate", None) or "")
    for start, reason in ANSWERS.items():
        if state.startswith(start):
            return _kind(state)(f"the store {name} {reason}")
    return StoreError(f"the store {name} failed: {_first_line(error)}")


def _kind(code: str) -> type[StoreError]:
    return Full if code.startswith(("SQLITE_FULL", "53100")) else StoreError


def _first_line(error: BaseException | None) -> str:
    """What follows in PostgreSQL's errors (DETAIL) may hold values."""
    return "".join(str(error).splitlines()[:1])
