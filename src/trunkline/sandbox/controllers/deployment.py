"""Deployments: a ReplicaSet for each template, rolled over within maxSurge and maxUnavailable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trunkline.sandbox.api import Api
from trunkline.sandbox.clock import now, parsed
from trunkline.sandbox.controllers.client import Client, is_deleted, owner_reference
from trunkline.sandbox.controllers.conditions import with_condition
from trunkline.sandbox.controllers.loop import Key
from trunkline.sandbox.controllers.owning import MANAGER, amount, hash_of, own_and_owned
from trunkline.sandbox.store import Change

Json = dict[str, Any]

REVISION = "deployment.kubernetes.io/revision"
HASH = "pod-template-hash"


class Deployments:
    def __init__(self, api: Api) -> None:
        self._deployments = Client(api, "apps", "Deployment", MANAGER)
        self._sets = Client(api, "apps", "ReplicaSet", MANAGER)

    def keys(self, change: Change) -> Iterator[Key]:
        return own_and_owned(change, self._deployments.storage, "Deployment", self._sets.storage)

    def reconcile(self, key: Key) -> float | None:
        one = self._deployments.get(*key)
        if one is None or is_deleted(one):
            return None
        sets = [found for found in self._sets.owned(one) if not is_deleted(found)]
        if one["spec"].get("paused") and not sets:
            return self._report(one, sets, None)
        current = self._current(one, sets)
        one = self._revised(one, current)
        others = [found for found in sets if found["metadata"]["uid"] != current["metadata"]["uid"]]
        current, others = self._rolled(one, current, others)
        self._cleaned(one, others)
        return self._report(one, [current, *others], current)

    def _current(self, one: Json, sets: list[Json]) -> Json:
        """The ReplicaSet of the template as it is now, made if there is none."""
        template = one["spec"]["template"]
        mark = hash_of(template)
        for found in sets:
            if (found["metadata"].get("labels") or {}).get(HASH) == mark:
                return self._renewed(found, sets)
        revision = 1 + max(map(_revision, sets), default=0)
        return self._sets.create(_set_of(one, template, mark, revision))

    def _renewed(self, found: Json, sets: list[Json]) -> Json:
        """A template that comes back is the newest revision again."""
        latest = max(map(_revision, sets), default=0)
        if _revision(found) == latest:
            return found
        return self._sets.update(found, _annotated(found, {REVISION: str(latest + 1)}))

    def _revised(self, one: Json, current: Json) -> Json:
        revision = str(_revision(current))
        if (one["metadata"].get("annotations") or {}).get(REVISION) == revision:
            return one
        # Together with the status, so that nobody's apply sees the spec change hands.
        return self._deployments.update(one, _annotated(one, {REVISION: revision}), "status")

    def _rolled(self, one: Json, current: Json, others: list[Json]) -> tuple[Json, list[Json]]:
        """One step: the new set grows as far as allowed, the old ones shrink as far as allowed."""
        wanted = one["spec"].get("replicas", 1)
        strategy = one["spec"].get("strategy") or {}
        old = sum(map(_size, others))
        if strategy.get("type") == "Recreate":
            gone = [self._resized(each, 0) for each in others]
            left = sum((each.get("status") or {}).get("replicas", 0) for each in gone)
            return (current if left else self._resized(current, wanted)), gone
        rolling = strategy.get("rollingUpdate") or {}
        surge = amount(rolling.get("maxSurge", 0), wanted, up=True)
        unavailable = amount(rolling.get("maxUnavailable", 0), wanted, up=False)
        if not surge and not unavailable:
            unavailable = 1
        room = wanted + surge - old if old else wanted
        current = self._resized(current, max(min(wanted, room), min(_size(current), wanted)))
        ready = (current.get("status") or {}).get("readyReplicas", 0)
        spare = old + min(ready, _size(current)) - (wanted - unavailable)
        shrunk = []
        for each in others:
            # A pod that never became ready serves nobody: it goes whatever the limits are.
            unready = _size(each) - (each.get("status") or {}).get("readyReplicas", 0)
            down = min(_size(each), max(spare, unready, 0))
            spare -= down
            shrunk.append(self._resized(each, _size(each) - down))
        return current, shrunk

    def _resized(self, found: Json, size: int) -> Json:
        if _size(found) == size:
            return found
        return self._sets.update(found, {**found, "spec": {**found["spec"], "replicas": size}})

    def _cleaned(self, one: Json, others: list[Json]) -> None:
        """Empty old sets beyond the history that is kept."""
        empty = [each for each in others if not _size(each)]
        limit = one["spec"].get("revisionHistoryLimit", 10)
        for each in sorted(empty, key=_revision)[: max(len(empty) - limit, 0)]:
            self._sets.delete(each)

    def _report(self, one: Json, sets: list[Json], current: Json | None) -> float | None:
        status = _status(one, sets, current)
        self._deployments.set_status(one, status)
        return _time_left(one, status)


def _set_of(one: Json, template: Json, mark: str, revision: int) -> Json:
    labels = {**((template.get("metadata") or {}).get("labels") or {}), HASH: mark}
    selector = one["spec"]["selector"]
    matched = {**(selector.get("matchLabels") or {}), HASH: mark}
    return {
        "metadata": {
            "name": f"{one['metadata']['name']}-{mark}",
            "namespace": one["metadata"]["namespace"],
            "labels": labels,
            "annotations": {REVISION: str(revision)},
            "ownerReferences": [owner_reference(one)],
        },
        "spec": {
            "replicas": 0,
            "selector": {**selector, "matchLabels": matched},
            "template": {
                **template,
                "metadata": {**(template.get("metadata") or {}), "labels": labels},
            },
        },
    }


def _status(one: Json, sets: list[Json], current: Json | None) -> Json:
    before = one.get("status") or {}
    counts: Json = {
        "replicas": _sum(sets, "replicas"),
        "updatedReplicas": _sum([current] if current else [], "replicas"),
        "readyReplicas": _sum(sets, "readyReplicas"),
        "availableReplicas": _sum(sets, "availableReplicas"),
    }
    wanted = one["spec"].get("replicas", 1)
    missing = max(wanted - counts["availableReplicas"], 0)
    if missing:
        counts["unavailableReplicas"] = missing
    status = {key: count for key, count in counts.items() if count}
    status["terminatingReplicas"] = 0
    status["observedGeneration"] = one["metadata"]["generation"]
    status["conditions"] = _conditions(one, before, counts, current)
    return status


def _conditions(one: Json, before: Json, counts: Json, current: Json | None) -> list[Json]:
    wanted = one["spec"].get("replicas", 1)
    rolling = (one["spec"].get("strategy") or {}).get("rollingUpdate") or {}
    allowed = amount(rolling.get("maxUnavailable", 0), wanted, up=False)
    enough = counts["availableReplicas"] >= wanted - allowed
    reason = "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable"
    has = "has" if enough else "does not have"
    said = f"Deployment {has} minimum availability."
    found = _timed(before.get("conditions"), "Available", enough, reason, said)
    if current is None:
        return with_condition(
            found, "Progressing", "Unknown", "DeploymentPaused", "Deployment is paused"
        )
    name = current["metadata"]["name"]
    done = counts["updatedReplicas"] == wanted == counts["replicas"] == counts["availableReplicas"]
    if done:
        said = f'ReplicaSet "{name}" has successfully progressed.'
        return _timed(found, "Progressing", True, "NewReplicaSetAvailable", said)
    if _overdue(one, before, name):
        said = f'ReplicaSet "{name}" has timed out progressing.'
        return _timed(found, "Progressing", False, "ProgressDeadlineExceeded", said)
    return _timed(
        found, "Progressing", True, "ReplicaSetUpdated", f'ReplicaSet "{name}" is progressing.'
    )


def _timed(
    found: list[Json] | None, kind: str, status: bool, reason: str, message: str
) -> list[Json]:
    """`lastUpdateTime` moves with the reason: the deadline counts from there."""
    old: Json = next((one for one in found or () if one["type"] == kind), {})
    same = (old.get("reason"), old.get("message")) == (reason, message)
    time = old.get("lastUpdateTime", now()) if same else now()
    return with_condition(found, kind, status, reason, message, lastUpdateTime=time)


def _overdue(one: Json, before: Json, name: str) -> bool:
    for old in before.get("conditions") or ():
        if old["type"] == "Progressing" and f'"{name}"' in old.get("message", ""):
            if old["reason"] == "ProgressDeadlineExceeded":
                return True
            age = (parsed(now()) - parsed(old.get("lastUpdateTime", now()))).total_seconds()
            deadline = int(one["spec"].get("progressDeadlineSeconds", 600))
            return bool(old["reason"] == "ReplicaSetUpdated" and age >= deadline)
    return False


def _time_left(one: Json, status: Json) -> float | None:
    """When to look whether the deadline has passed."""
    for found in status["conditions"]:
        if found["type"] == "Progressing" and found.get("reason") == "ReplicaSetUpdated":
            return float(one["spec"].get("progressDeadlineSeconds", 600)) + 0.1
    return None


def _annotated(obj: Json, more: Json) -> Json:
    meta = obj["metadata"]
    annotations = {**(meta.get("annotations") or {}), **more}
    return {**obj, "metadata": {**meta, "annotations": annotations}}


def _revision(found: Json) -> int:
    return int((found["metadata"].get("annotations") or {}).get(REVISION, 0))


def _size(found: Json) -> int:
    return int(found["spec"].get("replicas", 1))


def _sum(sets: list[Json], key: str) -> int:
    return sum((each.get("status") or {}).get(key, 0) for each in sets)
