"""Folders that must not outlive their process, even one that is killed: they hold what is in clear.

Each is this user's alone (0700), and locked for as long as its process lives. So a later process
that makes one sees which ones nobody has any more, and removes them. It is no edge of its own but
the ground under those that hand secrets to programs by file.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

# Only what bears this is ever removed: an older version locked nothing.
SUFFIX = ".held"
# One that was made just now may not be locked yet; in seconds.
YOUNG = 60.0


class Fleeting:
    """A new folder, until `end`."""

    def __init__(self, purpose: str) -> None:
        sweep(tempfile.gettempdir())
        self.path = Path(tempfile.mkdtemp(prefix=f"trunkline-{purpose}-", suffix=SUFFIX))
        self._lock = _locked(self.path)

    def end(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


@contextlib.contextmanager
def fleeting(purpose: str) -> Iterator[Path]:
    """A folder for as long as the context lasts."""
    folder = Fleeting(purpose)
    try:
        yield folder.path
    finally:
        folder.end()


@functools.cache
def sweep(place: str) -> None:
    """Remove what killed processes of this user left there; once in a process."""
    with contextlib.suppress(OSError):
        for one in list(os.scandir(place)):
            if one.name.startswith("trunkline-") and one.name.endswith(SUFFIX):
                _remove_if_left(Path(one.path))


def _remove_if_left(folder: Path) -> None:
    with contextlib.suppress(OSError):
        told = folder.lstat()
        if told.st_uid != os.geteuid() or time.time() - told.st_mtime < YOUNG:
            return
        lock = _locked(folder)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _locked(folder: Path) -> int | None:
    """The folder, locked; None where another has it, or its file system locks nothing."""
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(place)
        return None
    return place
