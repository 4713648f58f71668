"""What files were found to hold, remembered by their object ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from trunkline.core.declaration import Declaration, Held, held_by
from trunkline.core.finding import Finding
from trunkline.core.snapshot import Snapshot


class FilesRead(Struct):
    """What files were found to hold, by their object ids: of a later commit only those that
    changed are read. Most hold nothing for us, wherever they lie; broken ones are read anew."""

    held: dict[tuple[str, str], tuple[Held, ...]] = field(default_factory=dict)
    nothing: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    """Files and directories that Applications are made of and that mention none of Argo CD's kinds,
    by their object ids."""
    grown: bool = False
    """Whether more is known than when it was begun, or unpacked."""
    _asked: set[str] = field(default_factory=set)

    def of(self, snapshot: Snapshot, path: str, largest: int) -> tuple[Held, ...]:
        """What the file holds, and what is wrong with it."""
        object_id = snapshot.object_id(path) or ""
        self._asked.add(object_id)
        if object_id in self.nothing:
            return ()
        known = self.held.get((object_id, path))
        if known is not None:
            return known
        self.grown = True
        found = tuple(held_by(snapshot, path, largest))
        if not found:
            self.nothing.add(object_id)
        elif not any(isinstance(one, Finding) for one in found):
            self.held[object_id, path] = found
        return found

    def is_silent(self, object_id: str) -> bool:
        """Whether what has this id is known to mention none of Argo CD's kinds."""
        self._asked.add(object_id)
        return object_id in self.silent

    def found_silent(self, object_id: str) -> None:
        self.grown = True
        self.silent.add(object_id)

    def packed(self) -> dict[str, Any]:
        """What was asked for, as plain JSON for the next process. No Secret is in it."""
        held = [
            [*key, [[one.line, one.manifest] for one in found if isinstance(one, Declaration)]]
            for key, found in self.held.items()
            if key[0] in self._asked and all(map(_is_public, found))
        ]
        return {
            "nothing": sorted(self.nothing & self._asked),
            "silent": sorted(self.silent & self._asked),
            "held": held,
        }

    @classmethod
    def unpacked(cls, data: Mapping[str, Any]) -> FilesRead:
        """What `packed` gave. Raises KeyError, TypeError, ValueError for anything else."""
        held: dict[tuple[str, str], tuple[Held, ...]] = {
            (str(object_id), str(path)): tuple(Declaration(one, path, line) for line, one in found)
            for object_id, path, found in data["held"]
        }
        return cls(held, set(data["nothing"]), set(data["silent"]))

    def bounded(self) -> None:
        """Forget all where it has become too much: reading anew costs time only."""
        passed_over = len(self.nothing) + len(self.silent)
        if len(self.held) > _MOST_HELD or passed_over > _MOST_PASSED_OVER:
            self.held.clear()
            self.nothing.clear()
            self.silent.clear()


def _is_public(one: Held) -> bool:
    return isinstance(one, Declaration) and one.manifest.get("kind") != "Secret"


_MOST_HELD, _MOST_PASSED_OVER = 20_000, 300_000
