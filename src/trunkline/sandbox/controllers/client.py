"""How controllers read and write: through the same verbs as everybody, as a manager of a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trunkline.sandbox.api import Api
from trunkline.sandbox.kinds.resource import Resource, StorageKey
from trunkline.sandbox.request import IGNORE, DeleteOptions, Options, Target
from trunkline.sandbox.selectors import selects
from trunkline.sandbox.verbs import delete, write

Json = dict[str, Any]


class Client:
    """One kind, seen by one manager."""

    def __init__(self, api: Api, group: str, kind: str, manager: str) -> None:
        self.api = api
        self.resource: Resource = api.resource(group, kind)
        self._options = Options(manager=manager, validation=IGNORE)

    @property
    def storage(self) -> StorageKey:
        return self.resource.storage

    def get(self, namespace: str, name: str) -> Json | None:
        return self.api.store.get(self.storage, namespace, name)

    def all(self, namespace: str = "") -> list[Json]:
        return self.api.store.all(self.storage, namespace)

    def create(self, obj: Json) -> Json:
        target = Target(self.resource, obj["metadata"].get("namespace", ""))
        return write.create(self.api, target, obj, self._options)

    def update(self, old: Json, new: Json, subresource: str = "") -> Json:
        meta = old["metadata"]
        target = Target(self.resource, meta.get("namespace", ""), meta["name"], subresource)
        return write.update(self.api, target, old, new, self._options)

    def set_status(self, old: Json, status: Json) -> Json:
        """Write the status if it differs."""
        if old.get("status") == status:
            return old
        return self.update(old, {**old, "status": status}, "status")

    def delete(self, obj: Json, propagation: str = "Background") -> None:
        meta = obj["metadata"]
        target = Target(self.resource, meta.get("namespace", ""), meta["name"])
        delete.delete(self.api, target, DeleteOptions(propagation, uid=meta["uid"]))

    def owned(self, owner: Json) -> list[Json]:
        """The objects that this one controls, oldest name first."""
        uid = owner["metadata"]["uid"]
        found = self.api.store.owned(self.storage, uid)
        return [one for one in found if controller_of(one) == uid]

    def selected(self, namespace: str, selector: Json) -> list[Json]:
        matches: Callable[[Json], bool] = selects(selector)
        return [one for one in self.all(namespace) if matches(one["metadata"].get("labels") or {})]


def controller_of(obj: Json) -> str:
    for one in obj["metadata"].get("ownerReferences") or ():
        if one.get("controller"):
            return str(one["uid"])
    return ""


def owner_reference(owner: Json) -> Json:
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def is_deleted(obj: Json) -> bool:
    return bool(obj["metadata"].get("deletionTimestamp"))
