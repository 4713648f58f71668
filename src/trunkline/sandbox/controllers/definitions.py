"""CustomResourceDefinitions: names accepted, kind served, status established.

The kind is served at once when the definition is stored; the conditions follow a moment later,
as they do on a real server. A definition that is deleted takes its objects along.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trunkline.sandbox.api import Api
from trunkline.sandbox.controllers.client import Client, is_deleted
from trunkline.sandbox.controllers.conditions import with_condition
from trunkline.sandbox.controllers.loop import Key
from trunkline.sandbox.kinds.resource import Resource, StorageKey
from trunkline.sandbox.request import DeleteOptions, Target
from trunkline.sandbox.store import ADDED, DELETED, Change
from trunkline.sandbox.typed.custom import custom_struct
from trunkline.sandbox.verbs import delete
from trunkline.sandbox.verbs.delete import CLEANUP

Json = dict[str, Any]

AGAIN = 0.1


class Definitions:
    def __init__(self, api: Api) -> None:
        self._api = api
        self._definitions = Client(
            api, "apiextensions.k8s.io", "CustomResourceDefinition", "kube-apiserver"
        )

    def keys(self, change: Change) -> Iterator[Key]:
        if change.storage != self._definitions.storage:
            return
        storage = storage_of(change.new)
        if change.type == DELETED:
            self._api.registry.replace_custom(storage, ())
            self._api.store.end(storage)
        else:
            if change.type == ADDED:
                self._api.store.begin(storage)
            self._api.registry.replace_custom(storage, served(change.new))
            yield "", change.new["metadata"]["name"]

    def reconcile(self, key: Key) -> float | None:
        found = self._definitions.get(*key)
        if found is None:
            return None
        if is_deleted(found):
            return self._end(found)
        self._definitions.set_status(found, _status(found))
        return None

    def _end(self, found: Json) -> float | None:
        storage = storage_of(found)
        resource = self._api.registry.stored(storage)
        for one in self._api.store.all(storage) if resource else ():
            meta = one["metadata"]
            target = Target(resource, meta.get("namespace", ""), meta["name"])  # type: ignore[arg-type]
            delete.delete(self._api, target, DeleteOptions("Background"))
        if self._api.store.count(storage):
            return AGAIN
        if CLEANUP in (found["metadata"].get("finalizers") or ()):
            kept = [one for one in found["metadata"]["finalizers"] if one != CLEANUP]
            meta = {**found["metadata"], "finalizers": kept}
            self._definitions.update(found, {**found, "metadata": meta})
        return None


def storage_of(definition: Json) -> StorageKey:
    spec = definition["spec"]
    return StorageKey(spec["group"], spec["names"]["plural"])


def served(definition: Json) -> tuple[Resource, ...]:
    """The resources of all served versions, the preferred one first."""
    versions = [one for one in definition["spec"]["versions"] if one.get("served")]
    return tuple(_resource(definition["spec"], one) for one in sorted(versions, key=_preference))


def _preference(version: Json) -> tuple[bool, str]:
    """The stored version first; Kubernetes sorts by stability, which rarely says otherwise."""
    return not version.get("storage"), version["name"]


def _resource(spec: Json, version: Json) -> Resource:
    names, schema = spec["names"], version["schema"]["openAPIV3Schema"]
    subresources = version.get("subresources") or {}
    return Resource(
        group=spec["group"],
        version=version["name"],
        kind=names["kind"],
        plural=names["plural"],
        singular=names.get("singular") or names["kind"].lower(),
        namespaced=spec["scope"] == "Namespaced",
        type=custom_struct(names["kind"], schema),
        short_names=tuple(names.get("shortNames") or ()),
        categories=tuple(names.get("categories") or ()),
        subresources=tuple(sorted(subresources, reverse=True)),
        custom=schema,
        columns=tuple(version.get("additionalPrinterColumns") or ()),
        scale=subresources.get("scale"),
    )


def _status(found: Json) -> Json:
    before = found.get("status") or {}
    conditions = with_condition(
        before.get("conditions"), "NamesAccepted", True, "NoConflicts", "no conflicts found"
    )
    conditions = with_condition(
        conditions,
        "Established",
        True,
        "InitialNamesAccepted",
        "the initial names have been accepted",
    )
    stored = [one["name"] for one in found["spec"]["versions"] if one.get("storage")]
    return {
        "conditions": conditions,
        "acceptedNames": found["spec"]["names"],
        "storedVersions": sorted({*before.get("storedVersions", ()), *stored}),
    }
