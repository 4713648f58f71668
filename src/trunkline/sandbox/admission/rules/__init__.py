"""What makes an object invalid, kind by kind: a table of functions that yield causes.

A rule sees the new object and, for an update, the old one. Rules of single fields are few: those
that people run into. Messages are the API server's own, since users know them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from trunkline.sandbox.admission.rules import (
    batch,
    config,
    definitions,
    networking,
    pods,
    policy,
    storage,
    workloads,
)
from trunkline.sandbox.errors import Cause

Json = dict[str, Any]
Rule = Callable[[Json, Json | None], Iterator[Cause]]

RULES: Mapping[tuple[str, str], Rule] = {
    ("", "ConfigMap"): config.config_map,
    ("", "PersistentVolumeClaim"): storage.claim,
    ("", "PersistentVolume"): storage.volume,
    ("", "Pod"): pods.pod,
    ("", "Secret"): config.secret,
    ("", "Service"): networking.service,
    ("apps", "DaemonSet"): workloads.daemon_set,
    ("apps", "Deployment"): workloads.deployment,
    ("apps", "ReplicaSet"): workloads.replica_set,
    ("apps", "StatefulSet"): workloads.stateful_set,
    ("autoscaling", "HorizontalPodAutoscaler"): workloads.autoscaler,
    ("batch", "CronJob"): batch.cron_job,
    ("batch", "Job"): batch.job,
    ("networking.k8s.io", "Ingress"): networking.ingress,
    ("policy", "PodDisruptionBudget"): policy.disruption_budget,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): policy.binding,
    ("rbac.authorization.k8s.io", "RoleBinding"): policy.binding,
    ("scheduling.k8s.io", "PriorityClass"): policy.priority_class,
    ("storage.k8s.io", "StorageClass"): storage.storage_class,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): definitions.definition,
}


def broken(group: str, kind: str, new: Json, old: Json | None) -> Iterator[Cause]:
    rule = RULES.get((group, kind))
    if rule:
        yield from rule(new, old)
