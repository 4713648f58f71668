"""What of a commit an answer rests on, so that it need not be found again for the next commit.

A `Footprint` stands in for a snapshot and notes all that it is asked. Where another commit says the
same to each of these questions, whatever was worked out from them is the same too.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import TypeVar, cast

from trunkline.core.snapshot import Entry, Snapshot, SnapshotError

COMMIT, NAMES = "commit", "names"

T = TypeVar("T")

Shared = dict[Hashable, tuple[object, "Footprint"]]
"""What was worked out once for all footprints of a commit, and what each answer rests on."""


class Footprint:
    """Satisfies `core.snapshot.Snapshot`."""

    def __init__(self, snapshot: Snapshot, shared: Shared | None = None) -> None:
        self._snapshot = snapshot
        self._shared: Shared = {} if shared is None else shared
        self._said: dict[tuple[str, str], object] = {}

    def once(
        self, key: Hashable, find: Callable[[Snapshot], T], *, keeps: Callable[[T], bool]
    ) -> T:
        """What `find` makes of the files: worked out once for all who share with this one, where it
        `keeps`. Everybody who gets it rests on what it rests on.
        """
        if key in self._shared:
            known, seen = self._shared[key]
            self._said.update(seen._said)
            return cast(T, known)
        seen = Footprint(self._snapshot)
        try:
            found = find(seen)
        finally:
            self._said.update(seen._said)
        if keeps(found):
            self._shared[key] = (found, seen)
        return found

    def holds_for(self, other: Snapshot, *, whichever_commit: bool = False) -> bool:
        """Whether the other commit says the same to all that was asked; of its files only, where
        it does not matter which commit it is."""
        left_out = COMMIT if whichever_commit else ""
        try:
            return all(
                _ask(other, *asked) == said
                for asked, said in self._said.items()
                if asked[0] != left_out
            )
        except SnapshotError:
            return False

    @property
    def places(self) -> frozenset[str]:
        """All paths that were asked about."""
        return frozenset(path for question, path in self._said if question != COMMIT)

    @property
    def commit(self) -> str:
        return cast(str, self._noted(COMMIT, ""))

    def entry(self, path: str) -> Entry | None:
        return cast("Entry | None", self._noted("entry", path))

    def object_id(self, path: str) -> str | None:
        return cast("str | None", self._noted("object_id", path))

    def followed(self, path: str) -> str:
        return cast(str, self._noted("followed", path))

    def read(self, path: str) -> bytes:
        self._note_content(path)
        return self._snapshot.read(path)

    def paths(self, under: str = "", *, deep: bool = True) -> Iterator[str]:
        if not deep:
            return iter(cast("tuple[str, ...]", self._noted(NAMES, under)))
        self._note_content(under)
        return self._snapshot.paths(under)

    def links(self, under: str = "") -> tuple[str, ...]:
        self._note_content(under)
        return self._snapshot.links(under)

    def _note_content(self, path: str) -> None:
        """The bytes of a file, or the names below a directory, follow from where the path leads
        and from the id of what is there."""
        self._noted("object_id", cast(str, self._noted("followed", path)))

    def _noted(self, question: str, path: str) -> object:
        said = self._said[question, path] = _ask(self._snapshot, question, path)
        return said


def _ask(snapshot: Snapshot, question: str, path: str) -> object:
    if question == COMMIT:
        return snapshot.commit
    if question == NAMES:
        return tuple(snapshot.paths(path, deep=False))
    if question == "entry":
        return snapshot.entry(path)
    if question == "followed":
        return snapshot.followed(path)
    return snapshot.object_id(path)
