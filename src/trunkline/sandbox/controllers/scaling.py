"""Disruption budgets, whose pods are counted, and autoscalers, which find nothing to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trunkline.sandbox.api import Api
from trunkline.sandbox.controllers.client import Client, is_deleted
from trunkline.sandbox.controllers.conditions import with_condition
from trunkline.sandbox.controllers.loop import Key
from trunkline.sandbox.controllers.owning import MANAGER, is_ready
from trunkline.sandbox.selectors import selects
from trunkline.sandbox.store import Change

Json = dict[str, Any]


class Budgets:
    """PodDisruptionBudget: how many of its pods may go now."""

    def __init__(self, api: Api) -> None:
        self._budgets = Client(api, "policy", "PodDisruptionBudget", MANAGER)
        self._pods = Client(api, "", "Pod", MANAGER)

    def keys(self, change: Change) -> Iterator[Key]:
        meta = change.new["metadata"]
        space = meta.get("namespace", "")
        if change.storage == self._budgets.storage:
            yield space, meta["name"]
        elif change.storage == self._pods.storage:
            labels = meta.get("labels") or {}
            for one in self._budgets.all(space):
                if selects(one["spec"].get("selector") or {})(labels):
                    yield space, one["metadata"]["name"]

    def reconcile(self, key: Key) -> None:
        one = self._budgets.get(*key)
        if one is None or is_deleted(one):
            return
        pods = self._pods.selected(key[0], one["spec"].get("selector") or {})
        healthy = sum(map(is_ready, pods))
        desired = _desired(one["spec"], len(pods))
        allowed = max(0, healthy - desired)
        status = {
            "observedGeneration": one["metadata"]["generation"],
            "currentHealthy": healthy,
            "desiredHealthy": desired,
            "expectedPods": len(pods),
            "disruptionsAllowed": allowed,
            "conditions": with_condition(
                (one.get("status") or {}).get("conditions"),
                "DisruptionAllowed",
                allowed > 0,
                "SufficientPods" if allowed else "InsufficientPods",
                observedGeneration=one["metadata"]["generation"],
            ),
        }
        self._budgets.set_status(one, status)


class Autoscalers:
    """HorizontalPodAutoscaler: every pod uses what is wanted, so that the number stays."""

    def __init__(self, api: Api) -> None:
        self._scalers = Client(api, "autoscaling", "HorizontalPodAutoscaler", MANAGER)

    def keys(self, change: Change) -> Iterator[Key]:
        if change.storage == self._scalers.storage:
            yield change.new["metadata"]["namespace"], change.new["metadata"]["name"]

    def reconcile(self, key: Key) -> None:
        one = self._scalers.get(*key)
        if one is None or is_deleted(one):
            return
        known = (one.get("status") or {}).get("conditions")
        able = with_condition(known, "AbleToScale", True, "ReadyForNewScale")
        active = with_condition(able, "ScalingActive", True, "ValidMetricFound")
        replicas = one["spec"].get("minReplicas", 1)
        status = {
            "currentReplicas": replicas,
            "desiredReplicas": replicas,
            "conditions": with_condition(active, "ScalingLimited", False, "DesiredWithinRange"),
        }
        self._scalers.set_status(one, status)


def _desired(spec: Json, expected: int) -> int:
    """How many pods must stay: a number or a share of those that are expected."""
    if (least := spec.get("minAvailable")) is not None:
        return _share(least, expected)
    if (most := spec.get("maxUnavailable")) is not None:
        return max(0, expected - _share(most, expected))
    return expected


def _share(value: int | str, whole: int) -> int:
    """A number, or a percentage rounded up as the API server's controller rounds it."""
    if isinstance(value, int):
        return value
    return -(-whole * int(value.rstrip("%")) // 100)
