"""Charts on disk: archives by their digest, and what is known of versions, indexes and tags.

All processes of a user share it. A file is written beside its place and renamed into it; what was
used last goes last when the whole outgrows its bound. It holds charts of private repositories, so
nobody but the owner may read it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

BOUND = 2 * 1024**3
TRIM_EVERY, TRIM_AFTER = 50, 3600.0

_PART, _STAMP = ".part", "trimmed"


@dataclass(frozen=True, slots=True)
class Fact:
    """`age` in seconds since it was noted."""

    value: Any
    age: float


class Shelf:
    """Nothing it does can fail a fetch: a full or broken disk only means to fetch again."""

    def __init__(self, folder: Path, bound: int = BOUND) -> None:
        self._folder = folder
        self._bound = bound
        self._writes = 0

    def blob(self, digest: str) -> bytes | None:
        """Bytes by their SHA-256, looked over: a disk can rot."""
        data = self._read(self._path("blobs", digest))
        return data if data is not None and sha256(data) == digest else None

    def keep_blob(self, data: bytes) -> str:
        digest = sha256(data)
        self._write(self._path("blobs", digest), data)
        return digest

    def fact(self, kind: str, *key: str) -> Fact | None:
        """What was noted under this key."""
        path = self._path(kind, _named(key))
        data = self._read(path)
        with contextlib.suppress(orjson.JSONDecodeError, OSError, ValueError):
            if data is not None:
                noted, value = orjson.loads(data)
                return Fact(value, max(time.time() - noted, 0.0))
        return None

    def note(self, value: Any, kind: str, *key: str) -> None:
        self._write(self._path(kind, _named(key)), orjson.dumps([time.time(), value]))

    def text(self, *key: str) -> bytes | None:
        """A large text, kept compressed."""
        data = self._read(self._path("texts", _named(key)))
        try:
            return None if data is None else zlib.decompress(data)
        except zlib.error:
            return None

    def keep_text(self, data: bytes, *key: str) -> None:
        self._write(self._path("texts", _named(key)), zlib.compress(data, 1))

    def trim(self) -> None:
        """Remove what was used longest ago until the shelf is nine tenths of its bound."""
        with contextlib.suppress(OSError):
            (self._folder / _STAMP).touch(mode=0o600)
        entries = sorted(self._entries())
        total = sum(size for _, size, _ in entries)
        for _, size, path in entries if total > self._bound else ():
            with contextlib.suppress(OSError):
                path.unlink()
            total -= size
            if total <= self._bound * 0.9:
                return

    def _entries(self) -> Iterator[tuple[float, int, Path]]:
        """(last use, size, path) of each file; what a dead writer left half-done is removed."""
        for path in self._folder.glob("*/*/*"):
            with contextlib.suppress(OSError):
                state = path.stat()
                if path.suffix != _PART:
                    yield state.st_mtime, state.st_size, path
                elif state.st_mtime < time.time() - TRIM_AFTER:
                    path.unlink()

    def _read(self, path: Path) -> bytes | None:
        try:
            data = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        return data

    def _write(self, path: Path, data: bytes) -> None:
        with contextlib.suppress(OSError):
            for folder in (self._folder, path.parent.parent, path.parent):
                folder.mkdir(exist_ok=True, parents=True, mode=0o700)
            handle, name = tempfile.mkstemp(dir=path.parent, suffix=_PART)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                Path(name).replace(path)
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise
            self._writes += 1
            if self._writes % TRIM_EVERY == 0 or (self._writes == 1 and self._overdue()):
                self.trim()

    def _overdue(self) -> bool:
        try:
            return (self._folder / _STAMP).stat().st_mtime < time.time() - TRIM_AFTER
        except OSError:
            return True

    def _path(self, kind: str, name: str) -> Path:
        return self._folder / kind / name[:2] / name


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _named(key: tuple[str, ...]) -> str:
    return sha256("\n".join(key).encode())
