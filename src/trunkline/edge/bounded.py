"""A folder of files that can all be made again, shared by all processes of a user.

A file is written beside its place and renamed into it, so a reader sees all of it or nothing. What
was used last goes last when the folder outgrows its bound. It may hold what is secret: nobody but
the owner may read it. It is no edge of its own but the ground under those that keep things.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

# Counting the folder costs time: it is done once in so many writes of one process, and by a
# process of few writes if none has done it for so many seconds.
TRIM_EVERY = 200
TRIM_AFTER = 3600.0
# Seconds for which a use counts: what goes last is known so exactly.
USED_AGAIN_AFTER = 60.0

_PART, _STAMP = ".part", "trimmed"


class BoundedFolder:
    """Nothing it does can fail its user: a full or broken disk only means to make things again."""

    def __init__(self, folder: Path, bound: int, *, every: int = TRIM_EVERY) -> None:
        """`bound` in bytes; `every` so many writes the folder is counted."""
        self.folder = folder
        self._bound = bound
        self._every = every
        self._writes = 0

    def read(self, path: str | Path) -> bytes | None:
        """A file's bytes, None for one that is not there; it counts as used now."""
        try:
            # Asked for by the thousand: a file object takes longer to make than the file to read.
            file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                return _whole(file)
            finally:
                os.close(file)
        except OSError:
            return None

    def write(self, path: Path, data: bytes) -> None:
        with contextlib.suppress(OSError):
            self._put(path, data)
            self._writes += 1
            if self._writes % self._every == 0 or (self._writes == 1 and self._overdue()):
                self.trim()

    def remove(self, path: Path) -> None:
        with contextlib.suppress(OSError):
            path.unlink()

    def trim(self) -> None:
        """Remove what was used longest ago until the folder is nine tenths of its bound."""
        with contextlib.suppress(OSError):
            (self.folder / _STAMP).touch(mode=0o600)
        entries = sorted(self._entries())
        total = sum(size for _, size, _ in entries)
        if total <= self._bound:
            return
        for _, size, path in entries:
            self.remove(path)
            total -= size
            if total <= self._bound * 0.9:
                return

    def _put(self, path: Path, data: bytes) -> None:
        self.folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        inner = [one for one in reversed(path.parents) if one.is_relative_to(self.folder)]
        for folder in inner:
            folder.mkdir(exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=_PART)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise

    def _entries(self) -> Iterator[tuple[float, int, Path]]:
        """(last use, size, path) of each file; what a dead writer left half-done is removed."""
        for path in self.folder.glob("*/**/*"):
            with contextlib.suppress(OSError):
                state = path.stat()
                if path.suffix == _PART and state.st_mtime < time.time() - TRIM_AFTER:
                    path.unlink()
                elif path.suffix != _PART and path.is_file():
                    yield state.st_mtime, state.st_size, path

    def _overdue(self) -> bool:
        try:
            return (self.folder / _STAMP).stat().st_mtime < time.time() - TRIM_AFTER
        except OSError:
            return True


def _whole(file: int) -> bytes:
    """All of an open file; that it is used is written down once in so many seconds."""
    state = os.fstat(file)
    if state.st_mtime < time.time() - USED_AGAIN_AFTER:
        os.utime(file)
    data = os.read(file, state.st_size + 1)
    while len(data) < state.st_size and (more := os.read(file, state.st_size)):
        data += more
    return data
