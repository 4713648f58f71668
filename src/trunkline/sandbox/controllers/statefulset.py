"""StatefulSets: numbered pods, one after the other, each with its claims."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trunkline.sandbox.api import Api
from trunkline.sandbox.controllers.client import Client, is_deleted
from trunkline.sandbox.controllers.loop import Key
from trunkline.sandbox.controllers.owning import MANAGER, hash_of, is_ready, own_and_owned, pod_of
from trunkline.sandbox.store import Change

Json = dict[str, Any]

REVISION = "controller-revision-hash"
POD_NAME = "statefulset.kubernetes.io/pod-name"
INDEX = "apps.kubernetes.io/pod-index"


class StatefulSets:
    def __init__(self, api: Api) -> None:
        self._sets = Client(api, "apps", "StatefulSet", MANAGER)
        self._pods = Client(api, "", "Pod", MANAGER)
        self._claims = Client(api, "", "PersistentVolumeClaim", MANAGER)

    def keys(self, change: Change) -> Iterator[Key]:
        return own_and_owned(change, self._sets.storage, "StatefulSet", self._pods.storage)

    def reconcile(self, key: Key) -> None:
        one = self._sets.get(*key)
        if one is None:
            return
        revision = f"{one['metadata']['name']}-{hash_of(one['spec']['template'])}"
        pods = {pod["metadata"]["name"]: pod for pod in self._pods.owned(one)}
        if not is_deleted(one):
            self._step(one, pods, revision)
            pods = {pod["metadata"]["name"]: pod for pod in self._pods.owned(one)}
        self._sets.set_status(one, _status(one, list(pods.values()), revision))

    def _step(self, one: Json, pods: dict[str, Json], revision: str) -> None:
        """As far as the order allows: missing pods up, surplus ones down, old ones replaced."""
        wanted = one["spec"].get("replicas", 1)
        parallel = one["spec"].get("podManagementPolicy") == "Parallel"
        for index in range(wanted):
            name = f"{one['metadata']['name']}-{index}"
            if name not in pods:
                self._create(one, name, index, revision)
            if not parallel and not (name in pods and is_ready(pods[name])):
                return self._replace_failed(pods.get(name), one, revision)
        surplus = [pod for pod in pods.values() if _index(pod) >= wanted]
        for pod in sorted(surplus, key=_index, reverse=True):
            self._pods.delete(pod)
            if not parallel:
                return None
        return self._roll(one, pods, revision)

    def _replace_failed(self, pod: Json | None, one: Json, revision: str) -> None:
        """A pod of an old template that does not come up makes way for one of the new."""
        if pod is not None and _rolls(one, pod) and _revision(pod) != revision:
            self._pods.delete(pod)

    def _roll(self, one: Json, pods: dict[str, Json], revision: str) -> None:
        for pod in sorted(pods.values(), key=_index, reverse=True):
            if _rolls(one, pod) and _revision(pod) != revision:
                self._pods.delete(pod)
                return
            if not is_ready(pod):
                return

    def _create(self, one: Json, name: str, index: int, revision: str) -> None:
        labels = {REVISION: revision, POD_NAME: name, INDEX: str(index)}
        pod = pod_of(one, one["spec"]["template"], name, labels)
        claims = one["spec"].get("volumeClaimTemplates") or ()
        volumes = list(pod["spec"].get("volumes") or ())
        for claim in claims:
            volume = claim["metadata"]["name"]
            claimed = f"{volume}-{name}"
            self._claim(one, claim, claimed)
            source = {"persistentVolumeClaim": {"claimName": claimed}}
            volumes = [each for each in volumes if each["name"] != volume]
            volumes.append({"name": volume, **source})
        spec = {**pod["spec"], "hostname": name, "subdomain": one["spec"].get("serviceName", "")}
        if volumes:
            spec["volumes"] = volumes
        self._pods.create({**pod, "spec": spec})

    def _claim(self, one: Json, template: Json, name: str) -> None:
        """Claims outlive their pods: one that is there is used again."""
        space = one["metadata"]["namespace"]
        if self._claims.get(space, name) is not None:
            return
        labels = {
            **(template["metadata"].get("labels") or {}),
            **(one["spec"]["selector"].get("matchLabels") or {}),
        }
        meta = {"name": name, "namespace": space, "labels": labels}
        self._claims.create({"metadata": meta, "spec": template["spec"]})


def _rolls(one: Json, pod: Json) -> bool:
    strategy = one["spec"].get("updateStrategy") or {}
    partition = (strategy.get("rollingUpdate") or {}).get("partition", 0)
    return strategy.get("type") != "OnDelete" and _index(pod) >= partition


def _index(pod: Json) -> int:
    return int(pod["metadata"]["name"].rpartition("-")[2])


def _revision(pod: Json) -> str:
    return str((pod["metadata"].get("labels") or {}).get(REVISION, ""))


def _status(one: Json, pods: list[Json], revision: str) -> Json:
    """`currentRevision` follows once every pod is of the new one."""
    before = one.get("status") or {}
    ready = sum(map(is_ready, pods))
    updated = sum(_revision(pod) == revision for pod in pods)
    wanted = one["spec"].get("replicas", 1)
    over = updated == wanted and len(pods) == wanted and ready == wanted
    current = revision if over else before.get("currentRevision") or revision
    counts = {
        "readyReplicas": ready,
        "updatedReplicas": updated,
        "currentReplicas": sum(_revision(pod) == current for pod in pods),
    }
    return {
        "observedGeneration": one["metadata"]["generation"],
        "replicas": len(pods),
        "availableReplicas": ready,
        "collisionCount": 0,
        "currentRevision": current,
        "updateRevision": revision,
        **{key: count for key, count in counts.items() if count},
    }
