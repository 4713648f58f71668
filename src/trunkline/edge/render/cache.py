"""Renders by the hash of their inputs, on disk, shared by all processes of a user.

Entries hold rendered Secrets: nobody but the owner may read the folder. They are not compressed:
that would take longer than all else that a known render costs.
"""

from __future__ import annotations

import zlib
from pathlib import Path

from trunkline.edge.bounded import BoundedFolder

DEFAULT_BOUND = 1024 * 1024 * 1024
CHECKSUM = 4  # bytes, before the data


class RenderCache:
    """Bytes by key. Nothing it does can fail a render: a full or broken disk is a miss."""

    def __init__(self, folder: Path, bound: int = DEFAULT_BOUND) -> None:
        self._files = BoundedFolder(folder / "renders", bound)
        self._root = str(self._files.folder)

    def get(self, key: str) -> bytes | None:
        data = self._files.read(f"{self._root}/{key[:2]}/{key}")
        if data is None:
            return None
        found = data[CHECKSUM:]
        if data[:CHECKSUM] != _checksum(found):
            self._files.remove(self._path(key))
            return None
        return found

    def put(self, key: str, data: bytes) -> None:
        self._files.write(self._path(key), _checksum(data) + data)

    def trim(self) -> None:
        """Remove what was used longest ago until the cache is nine tenths of its bound."""
        self._files.trim()

    def _path(self, key: str) -> Path:
        return self._files.folder / key[:2] / key


def _checksum(data: bytes) -> bytes:
    """Against a disk that lost something, not against a person."""
    return zlib.crc32(data).to_bytes(CHECKSUM)
