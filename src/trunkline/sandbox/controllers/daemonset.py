"""DaemonSets: a pod on every node, and the practice cluster has one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trunkline.sandbox.api import Api
from trunkline.sandbox.controllers.client import Client, is_deleted
from trunkline.sandbox.controllers.loop import Key
from trunkline.sandbox.controllers.owning import (
    MANAGER,
    hash_of,
    is_over,
    is_ready,
    own_and_owned,
    pod_of,
)
from trunkline.sandbox.store import Change

Json = dict[str, Any]

REVISION = "controller-revision-hash"


class DaemonSets:
    def __init__(self, api: Api) -> None:
        self._sets = Client(api, "apps", "DaemonSet", MANAGER)
        self._pods = Client(api, "", "Pod", MANAGER)
        self._nodes = Client(api, "", "Node", MANAGER)

    def keys(self, change: Change) -> Iterator[Key]:
        return own_and_owned(change, self._sets.storage, "DaemonSet", self._pods.storage)

    def reconcile(self, key: Key) -> None:
        one = self._sets.get(*key)
        if one is None:
            return
        mark = hash_of(one["spec"]["template"])
        if not is_deleted(one):
            self._step(one, self._live(one), mark)
        self._sets.set_status(one, _status(one, self._live(one), mark, self._wanted()))

    def _wanted(self) -> int:
        return len(self._nodes.all())

    def _live(self, one: Json) -> list[Json]:
        pods = self._pods.owned(one)
        return [pod for pod in pods if not is_deleted(pod) and not is_over(pod)]

    def _step(self, one: Json, pods: list[Json], mark: str) -> None:
        strategy = (one["spec"].get("updateStrategy") or {}).get("type")
        for pod in pods:
            if strategy != "OnDelete" and _mark(pod) != mark:
                self._pods.delete(pod)
        kept = [pod for pod in pods if strategy == "OnDelete" or _mark(pod) == mark]
        name = f"{one['metadata']['name']}-"
        for _ in range(self._wanted() - len(kept)):
            self._pods.create(pod_of(one, one["spec"]["template"], name, {REVISION: mark}))


def _mark(pod: Json) -> str:
    return str((pod["metadata"].get("labels") or {}).get(REVISION, ""))


def _status(one: Json, pods: list[Json], mark: str, wanted: int) -> Json:
    ready = sum(map(is_ready, pods))
    status = {
        "observedGeneration": one["metadata"]["generation"],
        "desiredNumberScheduled": wanted,
        "currentNumberScheduled": len(pods),
        "numberMisscheduled": 0,
        "numberReady": ready,
    }
    more = {
        "numberAvailable": ready,
        "numberUnavailable": wanted - ready,
        "updatedNumberScheduled": sum(_mark(pod) == mark for pod in pods),
    }
    return status | {key: count for key, count in more.items() if count}
