"""Charts on disk: archives by their digest, and what is known of versions, indexes and tags.

All processes of a user share it. It holds charts of private repositories, so nobody but the owner
may read it.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
import zlib
from pathlib import Path
from typing import Any

import orjson
from msgspec import Struct

from trunkline.edge.bounded import BoundedFolder

BOUND = 2 * 1024**3


class Fact(Struct, frozen=True):
    """`age` in seconds since it was noted."""

    value: Any
    age: float


class Shelf:
    """Nothing it does can fail a fetch: a full or broken disk only means to fetch again."""

    def __init__(self, folder: Path, bound: int = BOUND) -> None:
        self._files = BoundedFolder(folder, bound, every=50)

    def blob(self, digest: str) -> bytes | None:
        """Bytes by their SHA-256, looked over: a disk can rot."""
        data = self._files.read(self._path("blobs", digest))
        return data if data is not None and sha256(data) == digest else None

    def keep_blob(self, data: bytes) -> str:
        digest = sha256(data)
        self._files.write(self._path("blobs", digest), data)
        return digest

    def fact(self, kind: str, *key: str) -> Fact | None:
        """What was noted under this key."""
        data = self._files.read(self._path(kind, _named(key)))
        with contextlib.suppress(orjson.JSONDecodeError, ValueError):
            if data is not None:
                noted, value = orjson.loads(data)
                return Fact(value, max(time.time() - noted, 0.0))
        return None

    def note(self, value: Any, kind: str, *key: str) -> None:
        self._files.write(self._path(kind, _named(key)), orjson.dumps([time.time(), value]))

    def text(self, *key: str) -> bytes | None:
        """A large text, kept compressed."""
        data = self._files.read(self._path("texts", _named(key)))
        try:
            return None if data is None else zlib.decompress(data)
        except zlib.error:
            return None

    def keep_text(self, data: bytes, *key: str) -> None:
        self._files.write(self._path("texts", _named(key)), zlib.compress(data, 1))

    def trim(self) -> None:
        """Remove what was used longest ago until the shelf is nine tenths of its bound."""
        self._files.trim()

    def _path(self, kind: str, name: str) -> Path:
        return self._files.folder / kind / name[:2] / name


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _named(key: tuple[str, ...]) -> str:
    return sha256("\n".join(key).encode())
