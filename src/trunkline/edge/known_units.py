"""What units were found to read, kept for the next command.

A thousand units take a second to read; all of it can be read again, so nothing here fails. Kept are
the units of whole commits, and for a commit that is new what each unit of an earlier one read.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import orjson

from trunkline import __version__
from trunkline.core.finding import Finding
from trunkline.core.infra.memory import FORMAT, Memory
from trunkline.core.infra.rules import DiscoveryRules
from trunkline.core.infra.unit import Unit
from trunkline.core.infra.units import Units
from trunkline.edge.bounded import BoundedFolder

BOUND = 128 * 1024 * 1024
LARGEST = 64 * 1024 * 1024

Whole = tuple[tuple[Unit, ...], tuple[Finding, ...]]


class KnownUnits:
    """What is known of one repository in the cache folder."""

    def __init__(self, cache: Path, repository: Path) -> None:
        self._folder = BoundedFolder(cache / "units", BOUND, every=1)
        self._named = f"{__version__} {FORMAT} {repository.resolve()}"
        self._path = self._place(self._named)
        self._memory: Memory | None = None

    @property
    def memory(self) -> Memory:
        """What each unit read; nothing where that is not there, or damaged."""
        if self._memory is None:
            try:
                found = Memory.unpacked(orjson.loads(self._folder.read(self._path) or b""))
            except (ValueError, KeyError, TypeError, IndexError, AttributeError):
                found = Memory()
            self._memory = found
        return self._memory

    def whole(self, tree: str, rules: DiscoveryRules) -> Units | None:
        """The units of a commit, by the id of its tree: they follow from its files alone."""
        data = self._folder.read(self._of(tree, rules))
        try:
            return Units(*msgspec.json.decode(data, type=Whole)) if data else None
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None

    def keep_whole(self, tree: str, rules: DiscoveryRules, units: Units) -> None:
        try:
            data = msgspec.json.encode((units.units, units.findings))
        except UnicodeEncodeError:
            # A name that is no text: it is read again next time.
            return
        self._put(self._of(tree, rules), data)

    def write(self) -> None:
        """Keep the memory, where this process learned something."""
        memory = self._memory
        if memory is None or not memory.grown:
            return
        try:
            data = orjson.dumps(memory.packed())
        except TypeError:
            # A name that is no text: it is read again next time.
            return
        self._put(self._path, data)

    def _put(self, path: Path, data: bytes) -> None:
        if len(data) <= LARGEST:
            self._folder.write(path, data)

    def _of(self, tree: str, rules: DiscoveryRules) -> Path:
        return self._place(f"{self._named} {tree} {rules}")

    def _place(self, said: str) -> Path:
        name = hashlib.sha256(said.encode(errors="surrogateescape")).hexdigest()
        return self._folder.folder / name[:2] / name
