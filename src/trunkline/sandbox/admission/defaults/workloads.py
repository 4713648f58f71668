"""Defaults of what keeps pods running."""

from __future__ import annotations

from typing import Any

from trunkline.sandbox.admission.defaults import pods

Json = dict[str, Any]

ROLLING = "RollingUpdate"

# A field of an older version of the API, which the server still keeps as an annotation.
TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"


def deployment(obj: Json) -> None:
    spec = _replicated(obj)
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)
    strategy = spec.setdefault("strategy", {})
    if strategy.setdefault("type", ROLLING) == ROLLING:
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxSurge", "25%")
        rolling.setdefault("maxUnavailable", "25%")


def replica_set(obj: Json) -> None:
    _replicated(obj)


def replication_controller(obj: Json) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    if "template" in spec:
        pods.template(spec["template"])
        spec.setdefault("selector", dict(spec["template"]["metadata"].get("labels") or {}))


def stateful_set(obj: Json) -> None:
    spec = _replicated(obj)
    spec.setdefault("podManagementPolicy", "OrderedReady")
    spec.setdefault("revisionHistoryLimit", 10)
    strategy = spec.setdefault("updateStrategy", {})
    if strategy.setdefault("type", ROLLING) == ROLLING:
        strategy.setdefault("rollingUpdate", {}).setdefault("partition", 0)
    retention = spec.setdefault("persistentVolumeClaimRetentionPolicy", {})
    retention.setdefault("whenDeleted", "Retain")
    retention.setdefault("whenScaled", "Retain")
    for claim in spec.get("volumeClaimTemplates") or ():
        claim.setdefault("apiVersion", "v1")
        claim.setdefault("kind", "PersistentVolumeClaim")
        claim.setdefault("spec", {}).setdefault("volumeMode", "Filesystem")
        claim["status"] = {"phase": "Pending"}


def daemon_set(obj: Json) -> None:
    obj["metadata"].setdefault("annotations", {}).setdefault(TEMPLATE_GENERATION, "1")
    spec = obj.setdefault("spec", {})
    pods.template(spec.setdefault("template", {}))
    spec.setdefault("revisionHistoryLimit", 10)
    strategy = spec.setdefault("updateStrategy", {})
    if strategy.setdefault("type", ROLLING) == ROLLING:
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxSurge", 0)
        rolling.setdefault("maxUnavailable", 1)


def autoscaler(obj: Json) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("minReplicas", 1)
    if obj["apiVersion"] == "autoscaling/v1":
        return
    if not spec.get("metrics"):
        target = {"type": "Utilization", "averageUtilization": 80}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    for direction, rules in (spec.get("behavior") or {}).items():
        _scaling(direction, rules)


def _scaling(direction: str, rules: Json) -> None:
    rules.setdefault("selectPolicy", "Max")
    percent = {"type": "Percent", "value": 100, "periodSeconds": 15}
    if direction == "scaleUp":
        rules.setdefault("stabilizationWindowSeconds", 0)
        pods_policy = {"type": "Pods", "value": 4, "periodSeconds": 15}
        rules.setdefault("policies", [pods_policy, percent])
    else:
        rules.setdefault("policies", [percent])


def _replicated(obj: Json) -> Json:
    spec: Json = obj.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    pods.template(spec.setdefault("template", {}))
    return spec
