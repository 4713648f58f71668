"""Renders by the hash of their inputs, on disk, shared by all processes of a user.

An entry is written beside its place and renamed into it, so a reader sees all of it or nothing.
What was used last goes last when the cache outgrows its bound. Entries hold rendered Secrets:
nobody but the owner may read the folder.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

DEFAULT_BOUND = 1024 * 1024 * 1024

# Counting the folder costs time: it is done once in so many writes of one process, and by a
# process of few writes if none has done it for so many seconds.
TRIM_EVERY = 200
TRIM_AFTER = 3600.0

_PART = ".part"
_STAMP = "trimmed"


class RenderCache:
    """Bytes by key. Nothing it does can fail a render: a full or broken disk is a miss."""

    def __init__(self, folder: Path, bound: int = DEFAULT_BOUND) -> None:
        self._folder = folder / "renders"
        self._bound = bound
        self._writes = 0

    def get(self, key: str) -> bytes | None:
        path = self._path(key)
        try:
            data = zlib.decompress(path.read_bytes())
            os.utime(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, zlib.error):
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        return data

    def put(self, key: str, data: bytes) -> None:
        with contextlib.suppress(OSError):
            self._write(self._path(key), zlib.compress(data, 1))
            self._writes += 1
            if self._writes % TRIM_EVERY == 0 or (self._writes == 1 and self._overdue()):
                self.trim()

    def trim(self) -> None:
        """Remove what was used longest ago until the cache is nine tenths of its bound."""
        with contextlib.suppress(OSError):
            (self._folder / _STAMP).touch(mode=0o600)
        entries = sorted(self._entries())
        total = sum(size for _, size, _ in entries)
        if total <= self._bound:
            return
        for _, size, path in entries:
            with contextlib.suppress(OSError):
                path.unlink()
            total -= size
            if total <= self._bound * 0.9:
                return

    def _write(self, path: Path, data: bytes) -> None:
        self._folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in (self._folder, path.parent):
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
        """(last use, size, path) of each entry; what a dead writer left half-done is removed."""
        for path in self._folder.glob("*/*"):
            with contextlib.suppress(OSError):
                state = path.stat()
                if path.suffix != _PART:
                    yield state.st_mtime, state.st_size, path
                elif state.st_mtime < time.time() - TRIM_AFTER:
                    path.unlink()

    def _overdue(self) -> bool:
        try:
            return (self._folder / _STAMP).stat().st_mtime < time.time() - TRIM_AFTER
        except FileNotFoundError:
            return True

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / key
