"""What the API server fills in, kind by kind: a table of functions that complete a fresh object.

The values are those of the API reference of Kubernetes 1.36. Structs that are always there
(`resources: {}`) and list keys (`protocol: TCP`) come from the table of built-in kinds instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from trunkline.sandbox.admission.defaults import batch, cluster, core, networking, pods, workloads

Json = dict[str, Any]
Default = Callable[[Json], None]

DEFAULTS: Mapping[tuple[str, str], Default] = {
    ("", "LimitRange"): core.limit_range,
    ("", "Namespace"): core.namespace,
    ("", "PersistentVolume"): core.persistent_volume,
    ("", "PersistentVolumeClaim"): core.persistent_volume_claim,
    ("", "Pod"): pods.pod,
    ("", "PodTemplate"): pods.template_of,
    ("", "ReplicationController"): workloads.replication_controller,
    ("", "Secret"): core.secret,
    ("", "Service"): networking.service,
    ("apps", "DaemonSet"): workloads.daemon_set,
    ("apps", "Deployment"): workloads.deployment,
    ("apps", "ReplicaSet"): workloads.replica_set,
    ("apps", "StatefulSet"): workloads.stateful_set,
    ("autoscaling", "HorizontalPodAutoscaler"): workloads.autoscaler,
    ("batch", "CronJob"): batch.cron_job,
    ("batch", "Job"): batch.job,
    ("networking.k8s.io", "NetworkPolicy"): networking.network_policy,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): cluster.binding,
    ("rbac.authorization.k8s.io", "RoleBinding"): cluster.binding,
    ("scheduling.k8s.io", "PriorityClass"): cluster.priority_class,
    ("storage.k8s.io", "StorageClass"): cluster.storage_class,
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): cluster.webhooks,
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): cluster.webhooks,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): cluster.definition,
}


def complete(group: str, kind: str, obj: Json) -> None:
    """Fill in the defaults of a built-in kind."""
    default = DEFAULTS.get((group, kind))
    if default:
        default(obj)
