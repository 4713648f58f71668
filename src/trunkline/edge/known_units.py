"""What units were found to read, kept for the next command.

A thousand units take a second to read; all of it can be read again, so nothing here fails.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import orjson

from trunkline import __version__
from trunkline.core.infra.memory import Memory
from trunkline.edge.bounded import BoundedFolder

BOUND = 128 * 1024 * 1024
LARGEST = 64 * 1024 * 1024


class KnownUnits:
    """The memory of one repository in the cache folder."""

    def __init__(self, cache: Path, repository: Path) -> None:
        self._folder = BoundedFolder(cache / "units", BOUND, every=1)
        whole = f"{__version__} {repository.resolve()}"
        name = hashlib.sha256(whole.encode(errors="surrogateescape")).hexdigest()
        self._path = self._folder.folder / name[:2] / name

    def read(self) -> Memory:
        """What is known; nothing where that is not there, or damaged."""
        try:
            return Memory.unpacked(orjson.loads(self._folder.read(self._path) or b""))
        except (ValueError, KeyError, TypeError, IndexError, AttributeError):
            return Memory()

    def write(self, memory: Memory) -> None:
        """Keep it, where this process learned something."""
        if not memory.grown:
            return
        try:
            data = orjson.dumps(memory.packed())
        except TypeError:
            # A path that is no text: it is read again next time.
            return
        if len(data) <= LARGEST:
            self._folder.write(self._path, data)
