"""Claims: each is bound to a volume made for it. A volume that nobody claims is available."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trunkline.sandbox.api import Api
from trunkline.sandbox.controllers.client import Client, is_deleted
from trunkline.sandbox.controllers.loop import Key
from trunkline.sandbox.controllers.owning import MANAGER
from trunkline.sandbox.store import DELETED, Change
from trunkline.sandbox.verbs.allocate import CLAIM_PROTECTION, VOLUME_PROTECTION

Json = dict[str, Any]


class Claims:
    def __init__(self, api: Api) -> None:
        self._claims = Client(api, "", "PersistentVolumeClaim", MANAGER)
        self._pods = Client(api, "", "Pod", MANAGER)
        self._volumes = Client(api, "", "PersistentVolume", MANAGER)

    def keys(self, change: Change) -> Iterator[Key]:
        if change.storage == self._claims.storage:
            meta = change.new["metadata"]
            if change.type == DELETED:
                self._release(change.new)
            else:
                yield meta["namespace"], meta["name"]
        elif change.storage == self._volumes.storage and change.type != DELETED:
            yield "", change.new["metadata"]["name"]
        elif change.storage == self._pods.storage and change.type == DELETED:
            for name in _claimed(change.new):
                yield change.new["metadata"]["namespace"], name

    def reconcile(self, key: Key) -> None:
        if not key[0]:
            self._volume(self._volumes.get(*key))
            return
        claim = self._claims.get(*key)
        if claim is None:
            return
        if is_deleted(claim):
            if not any(key[1] in _claimed(pod) for pod in self._pods.all(key[0])):
                self._let_go(self._claims, claim, CLAIM_PROTECTION)
            return
        name = claim["spec"].get("volumeName") or f"pvc-{claim['metadata']['uid']}"
        if self._volumes.get("", name) is None:
            volume = self._volumes.create(_volume(claim, name))
            self._volumes.set_status(volume, {"phase": "Bound"})
        if not claim["spec"].get("volumeName"):
            claim = self._claims.update(
                claim, {**claim, "spec": {**claim["spec"], "volumeName": name}}
            )
        status = {
            "phase": "Bound",
            "accessModes": claim["spec"].get("accessModes", []),
            "capacity": claim["spec"]["resources"]["requests"],
        }
        self._claims.set_status(claim, status)

    def _volume(self, volume: Json | None) -> None:
        """One that somebody made by hand may be had; the claims' own are bound from the start."""
        if volume is None:
            return
        if is_deleted(volume):
            self._let_go(self._volumes, volume, VOLUME_PROTECTION)
        elif volume.get("status", {}).get("phase", "Pending") == "Pending":
            self._volumes.set_status(volume, {"phase": "Available"})

    def _let_go(self, client: Client, one: Json | None, finalizer: str) -> None:
        """Nothing uses it any more: what is being deleted may go."""
        if one is not None and finalizer in (one["metadata"].get("finalizers") or ()):
            kept = [each for each in one["metadata"]["finalizers"] if each != finalizer]
            client.update(one, {**one, "metadata": {**one["metadata"], "finalizers": kept}})

    def _release(self, claim: Json) -> None:
        volume = self._volumes.get("", claim["spec"].get("volumeName", ""))
        if volume is None:
            return
        if volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete":
            self._volumes.delete(volume)
        else:
            self._volumes.set_status(volume, {"phase": "Released"})


def _claimed(pod: Json) -> set[str]:
    """The names of the claims that a pod uses."""
    volumes = pod["spec"].get("volumes") or ()
    found = ((one.get("persistentVolumeClaim") or {}).get("claimName") for one in volumes)
    return {str(name) for name in found if name}


def _volume(claim: Json, name: str) -> Json:
    meta, spec = claim["metadata"], claim["spec"]
    made = {
        "capacity": spec["resources"]["requests"],
        "accessModes": spec.get("accessModes", []),
        "persistentVolumeReclaimPolicy": "Delete",
        "hostPath": {"path": f"/sandbox/{name}"},
        "volumeMode": spec.get("volumeMode", "Filesystem"),
        "claimRef": {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "name": meta["name"],
            "namespace": meta["namespace"],
            "uid": meta["uid"],
        },
    }
    if spec.get("storageClassName"):
        made["storageClassName"] = spec["storageClassName"]
    return {"metadata": {"name": name}, "spec": made}
