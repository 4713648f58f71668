"""Namespaces: each gets its account and certificate; one that goes takes all it holds along."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trunkline.sandbox.api import NAMESPACES, Api
from trunkline.sandbox.controllers.client import Client, is_deleted
from trunkline.sandbox.controllers.loop import Key
from trunkline.sandbox.controllers.owning import MANAGER
from trunkline.sandbox.errors import ApiStatus
from trunkline.sandbox.request import DeleteOptions, Target
from trunkline.sandbox.store import DELETED, Change
from trunkline.sandbox.verbs import delete

Json = dict[str, Any]

# While finalizers hold something in a namespace, in seconds.
AGAIN = 0.1
_CERTIFICATE = "the practice cluster speaks plain HTTP: there is no certificate to trust"


class Namespaces:
    def __init__(self, api: Api) -> None:
        self._api = api
        self._namespaces = Client(api, "", "Namespace", MANAGER)
        self._accounts = Client(api, "", "ServiceAccount", MANAGER)
        self._configs = Client(api, "", "ConfigMap", MANAGER)

    def keys(self, change: Change) -> Iterator[Key]:
        if change.storage == NAMESPACES and change.type != DELETED:
            yield "", change.new["metadata"]["name"]

    def reconcile(self, key: Key) -> float | None:
        found = self._namespaces.get(*key)
        if found is None:
            return None
        name = key[1]
        if not is_deleted(found):
            self._furnish(name)
            return None
        if self._emptied(name):
            self._end(found)
            return None
        return AGAIN

    def _furnish(self, name: str) -> None:
        meta = {"namespace": name}
        if self._accounts.get(name, "default") is None:
            self._accounts.create({"metadata": {"name": "default", **meta}})
        if self._configs.get(name, "kube-root-ca.crt") is None:
            data = {"ca.crt": _CERTIFICATE}
            self._configs.create({"metadata": {"name": "kube-root-ca.crt", **meta}, "data": data})

    def _emptied(self, name: str) -> bool:
        """Delete all that is left; whether nothing is."""
        left = 0
        for storage in self._api.store.storages():
            resource = self._api.registry.stored(storage)
            if resource is None or not resource.namespaced:
                continue
            for one in self._api.store.all(storage, name):
                target = Target(resource, name, one["metadata"]["name"])
                try:
                    delete.delete(self._api, target, DeleteOptions("Background"))
                except ApiStatus:
                    left += 1
            left += len(self._api.store.all(storage, name))
        return left == 0

    def _end(self, found: Json) -> None:
        """The namespace's own finalizer goes, and with it the namespace, unless others hold it."""
        empty = {**found, "spec": {**(found.get("spec") or {}), "finalizers": []}}
        if found["metadata"].get("finalizers"):
            if (found.get("spec") or {}).get("finalizers"):
                self._namespaces.update(found, empty)
            return
        self._api.store.remove(NAMESPACES, empty)
