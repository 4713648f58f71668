"""Where objects lie, under one rising resourceVersion, with a log that watches read.

Stored objects are never changed: every write stores a new one. So a list is a snapshot for free,
and a page of it can be continued as it was.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct, field

from trunkline.sandbox.kinds.resource import StorageKey

Object = dict[str, Any]
Name = tuple[str, str]
"""(namespace, name)."""

ADDED, MODIFIED, DELETED = "ADDED", "MODIFIED", "DELETED"

# How many changes of one kind a watch can go back; then it is told that they are gone.
LOG = 20_000


class Change(Struct, frozen=True):
    """One write; `old` is None for an addition, `new` is the last state of a deleted object."""

    storage: StorageKey
    version: int
    type: str
    new: Object
    old: Object | None


Listener = Callable[[Change], None]


class Shelf(Struct):
    """All objects of one kind. `since` is the version after which its log is whole, `owned` are
    the names of the objects by the uid of each owner.
    """

    since: int
    objects: dict[Name, Object] = field(default_factory=dict)
    owned: dict[str, set[Name]] = field(default_factory=dict)
    log: deque[Change] = field(default_factory=deque)
    listeners: set[Listener] = field(default_factory=set)


class Backup(Struct, frozen=True):
    """What a cluster held at a version. Stored objects never change, so it costs little."""

    version: int
    objects: dict[StorageKey, dict[Name, Object]]


class Store:
    def __init__(self) -> None:
        self.version = 1
        self._shelves: dict[StorageKey, Shelf] = {}
        self._everywhere: list[Listener] = []

    def get(self, storage: StorageKey, namespace: str, name: str) -> Object | None:
        return self._shelf(storage).objects.get((namespace, name))

    def all(self, storage: StorageKey, namespace: str = "") -> list[Object]:
        """Sorted by namespace and name, as etcd's keys are."""
        found = self._shelf(storage).objects
        keys = sorted(key for key in found if not namespace or key[0] == namespace)
        return [found[key] for key in keys]

    def owned(self, storage: StorageKey, uid: str) -> list[Object]:
        """The objects that name this owner, sorted as in a list."""
        shelf = self._shelf(storage)
        return [shelf.objects[key] for key in sorted(shelf.owned.get(uid, ()))]

    def count(self, storage: StorageKey) -> int:
        return len(self._shelf(storage).objects)

    def storages(self) -> Iterator[StorageKey]:
        return iter(tuple(self._shelves))

    def put(self, storage: StorageKey, obj: Object) -> Object:
        """Store it under a new resourceVersion; the answer is what is stored."""
        self.version += 1
        meta = {**obj["metadata"], "resourceVersion": str(self.version)}
        stored = {**obj, "metadata": meta}
        shelf, key = self._shelf(storage), _key(stored)
        old = shelf.objects.get(key)
        shelf.objects[key] = stored
        _index(shelf, key, old, stored)
        self._log(shelf, Change(storage, self.version, MODIFIED if old else ADDED, stored, old))
        return stored

    def remove(self, storage: StorageKey, obj: Object) -> Object:
        """Take it away; the answer is its last state under the version of its deletion."""
        self.version += 1
        shelf = self._shelf(storage)
        old = shelf.objects.pop(_key(obj))
        _index(shelf, _key(obj), old, None)
        last = {**obj, "metadata": {**obj["metadata"], "resourceVersion": str(self.version)}}
        self._log(shelf, Change(storage, self.version, DELETED, last, old))
        return last

    def since(self, storage: StorageKey, version: int) -> list[Change] | None:
        """The changes after a version, None where the log does not reach back so far."""
        shelf = self._shelf(storage)
        if version < shelf.since:
            return None
        return [one for one in shelf.log if one.version > version]

    def forget(self) -> None:
        """Compact every log: whoever watches from an earlier version is told that it is gone."""
        for shelf in self._shelves.values():
            shelf.log.clear()
            shelf.since = self.version

    def backup(self) -> Backup:
        """Everything as it is now."""
        kept = {key: dict(shelf.objects) for key, shelf in self._shelves.items()}
        return Backup(self.version, kept)

    def restore(self, backup: Backup) -> None:
        """Everything as it was then, versions included: nobody who watches is told of it."""
        for key, shelf in self._shelves.items():
            shelf.objects = dict(backup.objects.get(key, {}))
            shelf.owned.clear()
            for name, obj in shelf.objects.items():
                _index(shelf, name, None, obj)
            shelf.log.clear()
            shelf.since = backup.version
        self.version = backup.version

    def begin(self, storage: StorageKey) -> None:
        """A kind is served from now on: nobody can have seen an earlier version of it."""
        self._shelves.setdefault(storage, Shelf(self.version))

    def end(self, storage: StorageKey) -> None:
        self._shelves.pop(storage, None)

    def listen(self, storage: StorageKey, listener: Listener) -> Callable[[], None]:
        """Call with every change of a kind from now on; the answer ends it."""
        listeners = self._shelf(storage).listeners
        listeners.add(listener)
        return lambda: listeners.discard(listener)

    def listen_everywhere(self, listener: Listener) -> None:
        self._everywhere.append(listener)

    def _shelf(self, storage: StorageKey) -> Shelf:
        shelf = self._shelves.get(storage)
        if shelf is None:
            shelf = self._shelves[storage] = Shelf(1)
        return shelf

    def _log(self, shelf: Shelf, change: Change) -> None:
        if len(shelf.log) >= LOG:
            shelf.since = shelf.log.popleft().version
        shelf.log.append(change)
        for listener in (*shelf.listeners, *self._everywhere):
            listener(change)


def _index(shelf: Shelf, key: Name, old: Object | None, new: Object | None) -> None:
    before, after = _owners(old), _owners(new)
    for uid in before - after:
        shelf.owned[uid].discard(key)
        if not shelf.owned[uid]:
            del shelf.owned[uid]
    for uid in after - before:
        shelf.owned.setdefault(uid, set()).add(key)


def _owners(obj: Object | None) -> set[str]:
    references = obj["metadata"].get("ownerReferences") if obj else None
    return {str(one["uid"]) for one in references or ()}


def _key(obj: Object) -> Name:
    meta = obj["metadata"]
    return str(meta.get("namespace") or ""), str(meta["name"])
