"""ReplicaSets: as many pods as wanted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trunkline.sandbox.api import Api
from trunkline.sandbox.controllers.client import Client, is_deleted
from trunkline.sandbox.controllers.loop import Key
from trunkline.sandbox.controllers.owning import MANAGER, is_over, is_ready, own_and_owned, pod_of
from trunkline.sandbox.store import Change

Json = dict[str, Any]


class ReplicaSets:
    def __init__(self, api: Api) -> None:
        self._sets = Client(api, "apps", "ReplicaSet", MANAGER)
        self._pods = Client(api, "", "Pod", MANAGER)

    def keys(self, change: Change) -> Iterator[Key]:
        return own_and_owned(change, self._sets.storage, "ReplicaSet", self._pods.storage)

    def reconcile(self, key: Key) -> None:
        one = self._sets.get(*key)
        if one is None:
            return
        pods = [pod for pod in self._pods.owned(one) if not is_deleted(pod) and not is_over(pod)]
        if not is_deleted(one):
            pods = self._scaled(one, pods)
        self._sets.set_status(one, _status(one, pods))

    def _scaled(self, one: Json, pods: list[Json]) -> list[Json]:
        wanted = one["spec"].get("replicas", 1)
        # The pods that are not ready go first, as they serve nobody.
        order = sorted(pods, key=lambda pod: not is_ready(pod))
        for pod in order[wanted:]:
            self._pods.delete(pod)
        name = f"{one['metadata']['name']}-"
        made = [
            self._pods.create(pod_of(one, one["spec"]["template"], name))
            for _ in range(wanted - len(pods))
        ]
        return order[:wanted] + made


def _status(one: Json, pods: list[Json]) -> Json:
    ready = sum(map(is_ready, pods))
    status: Json = {"replicas": len(pods), "fullyLabeledReplicas": len(pods)}
    status |= {"readyReplicas": ready, "availableReplicas": ready}
    found = {key: count for key, count in status.items() if count or key == "replicas"}
    return found | {"terminatingReplicas": 0, "observedGeneration": one["metadata"]["generation"]}
