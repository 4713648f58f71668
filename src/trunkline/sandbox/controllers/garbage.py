"""The garbage collector: what is owned goes with its last owner, in the way that was asked for.

Background deletion takes the children afterwards; Foreground first the children, then the owner
(it waits as the finalizer `foregroundDeletion`); Orphan strips their references (the finalizer
`orphan`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trunkline.sandbox.api import Api
from trunkline.sandbox.controllers.loop import Key
from trunkline.sandbox.controllers.owning import MANAGER
from trunkline.sandbox.errors import ApiStatus
from trunkline.sandbox.kinds.resource import StorageKey
from trunkline.sandbox.request import IGNORE, DeleteOptions, Options, Target
from trunkline.sandbox.store import DELETED, Change
from trunkline.sandbox.verbs import delete, write
from trunkline.sandbox.verbs.delete import FOREGROUND, ORPHAN

Json = dict[str, Any]
Place = tuple[StorageKey, str, str]


class Garbage:
    """Keys are uids: of owners that changed, and of children that came."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._places: dict[str, Place] = {}
        self._children: dict[str, set[str]] = {}
        self._options = Options(manager=MANAGER, validation=IGNORE)

    def keys(self, change: Change) -> Iterator[Key]:
        meta = change.new["metadata"]
        uid = meta["uid"]
        if change.type == DELETED:
            self._places.pop(uid, None)
        else:
            self._places[uid] = change.storage, meta.get("namespace", ""), meta["name"]
        owners = meta.get("ownerReferences") or ()
        for one in owners:
            children = self._children.setdefault(one["uid"], set())
            (children.discard if change.type == DELETED else children.add)(uid)
            if change.type == DELETED:
                yield "", one["uid"]
        if change.type == DELETED:
            if self._children.get(uid):
                yield "", uid
        elif meta.get("deletionTimestamp") or (owners and change.old is None):
            yield "", uid

    def reconcile(self, key: Key) -> None:
        uid = key[1]
        found = self._find(uid)
        if found is None:
            for child in sorted(self._children.pop(uid, ())):
                self._abandoned(child)
            return
        finalizers = found["metadata"].get("finalizers") or ()
        if found["metadata"].get("deletionTimestamp"):
            if ORPHAN in finalizers:
                self._orphan(uid)
                self._release(uid, ORPHAN)
            elif FOREGROUND in finalizers and not self._blocked(uid):
                self._release(uid, FOREGROUND)
        if found["metadata"].get("ownerReferences"):
            self._abandoned(uid)

    def _blocked(self, uid: str) -> bool:
        """Delete the children; whether one that blocks its owner is still there."""
        waits = False
        for child in sorted(self._children.get(uid, ())):
            one = self._find(child)
            if one is None:
                continue
            references = one["metadata"].get("ownerReferences") or ()
            mine = [each for each in references if each["uid"] == uid]
            if mine:
                self._delete(child, "Foreground")
                still = self._find(child) is not None
                waits = waits or (still and bool(mine[0].get("blockOwnerDeletion")))
        return waits

    def _abandoned(self, uid: str) -> None:
        """Without an owner that is alive it goes; a dead one among others is forgotten."""
        one = self._find(uid)
        if one is None:
            return
        references = one["metadata"].get("ownerReferences") or []
        alive = [each for each in references if self._find(each["uid"]) is not None]
        if not alive and references:
            self._delete(uid, "Background")
        elif len(alive) < len(references):
            self._rewrite(uid, {"ownerReferences": alive})

    def _orphan(self, uid: str) -> None:
        for child in sorted(self._children.pop(uid, ())):
            one = self._find(child)
            if one is not None:
                references = one["metadata"].get("ownerReferences") or []
                kept = [each for each in references if each["uid"] != uid]
                self._rewrite(child, {"ownerReferences": kept})

    def _release(self, uid: str, finalizer: str) -> None:
        one = self._find(uid)
        if one is not None:
            kept = [each for each in one["metadata"]["finalizers"] if each != finalizer]
            self._rewrite(uid, {"finalizers": kept})

    def _rewrite(self, uid: str, changes: Json) -> None:
        """Change the metadata; an empty list leaves."""
        one = self._find(uid)
        target = self._target(uid)
        if one is None or target is None:
            return
        meta = {**one["metadata"], **changes}
        meta = {key: value for key, value in meta.items() if key not in changes or value}
        write.update(self._api, target, one, {**one, "metadata": meta}, self._options)

    def _delete(self, uid: str, propagation: str) -> None:
        target = self._target(uid)
        one = self._find(uid)
        if target is None or one is None:
            return
        if propagation == "Background" and one["metadata"].get("deletionTimestamp"):
            return
        try:
            delete.delete(self._api, target, DeleteOptions(propagation, uid=uid))
        except ApiStatus as error:
            if error.code not in (404, 409):
                raise

    def _find(self, uid: str) -> Json | None:
        place = self._places.get(uid)
        if place is None:
            return None
        found = self._api.store.get(*place)
        return found if found is not None and found["metadata"]["uid"] == uid else None

    def _target(self, uid: str) -> Target | None:
        place = self._places.get(uid)
        resource = self._api.registry.stored(place[0]) if place else None
        return Target(resource, place[1], place[2]) if place and resource else None
