"""Renders by the hash of their inputs, on disk, shared by all processes of a user.

An entry is written beside its place and renamed into it, so a reader sees all of it or nothing.
What was used last goes last when the cache outgrows its bound. Entries hold rendered Secrets:
nobody but the owner may read the folder.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import zlib
from pathlib import Path

DEFAULT_BOUND = 1024 * 1024 * 1024

# The bound is looked after once in so many writes: counting the folder costs time.
TRIM_EVERY = 200


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
        except FileNotFoundError:
            return None
        except (OSError, zlib.error):
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        return data

    def put(self, key: str, data: bytes) -> None:
        path = self._path(key)
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
                file.write(zlib.compress(data, 1))
            Path(file.name).replace(path)
        self._writes += 1
        if self._writes % TRIM_EVERY == 0:
            self.trim()

    def trim(self) -> None:
        """Remove what was used longest ago until the cache is nine tenths of its bound."""
        entries = []
        for path in self._folder.glob("*/*"):
            with contextlib.suppress(OSError):
                state = path.stat()
                entries.append((state.st_mtime, state.st_size, path))
        total = sum(size for _, size, _ in entries)
        if total <= self._bound:
            return
        for _, size, path in sorted(entries):
            with contextlib.suppress(OSError):
                path.unlink()
            total -= size
            if total <= self._bound * 0.9:
                return

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / key
