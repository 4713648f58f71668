"""Renders by the hash of their inputs, on disk, shared by all processes of a user.

Entries hold rendered Secrets: nobody but the owner may read the folder.
"""

from __future__ import annotations

import zlib
from pathlib import Path

from trunkline.edge.bounded import BoundedFolder

DEFAULT_BOUND = 1024 * 1024 * 1024


class RenderCache:
    """Bytes by key. Nothing it does can fail a render: a full or broken disk is a miss."""

    def __init__(self, folder: Path, bound: int = DEFAULT_BOUND) -> None:
        self._files = BoundedFolder(folder / "renders", bound)

    def get(self, key: str) -> bytes | None:
        path = self._path(key)
        data = self._files.read(path)
        if data is None:
            return None
        try:
            return zlib.decompress(data)
        except zlib.error:
            self._files.remove(path)
            return None

    def put(self, key: str, data: bytes) -> None:
        self._files.write(self._path(key), zlib.compress(data, 1))

    def trim(self) -> None:
        """Remove what was used longest ago until the cache is nine tenths of its bound."""
        self._files.trim()

    def _path(self, key: str) -> Path:
        return self._files.folder / key[:2] / key
