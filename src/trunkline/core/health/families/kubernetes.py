"""The kinds of Kubernetes itself."""

from __future__ import annotations

from trunkline.core.health import (
    cluster_objects,
    jobs,
    network,
    pods,
    registration,
    scaling,
    storage,
    workloads,
)
from trunkline.core.health.status import Family

RULES: Family = {
    "": {
        "Namespace": cluster_objects.namespace,
        "Node": cluster_objects.node,
        "PersistentVolume": storage.volume,
        "PersistentVolumeClaim": storage.claim,
        "Pod": pods.pod,
        "ReplicationController": workloads.replica_set,
        "Service": network.service,
    },
    "apiextensions.k8s.io": {"CustomResourceDefinition": registration.definition},
    "apiregistration.k8s.io": {"APIService": registration.api_service},
    "apps": {
        "DaemonSet": workloads.daemon_set,
        "Deployment": workloads.deployment,
        "ReplicaSet": workloads.replica_set,
        "StatefulSet": workloads.stateful_set,
    },
    "autoscaling": {"HorizontalPodAutoscaler": scaling.autoscaler},
    "batch": {"CronJob": jobs.cron_job, "Job": jobs.job},
    "certificates.k8s.io": {"CertificateSigningRequest": cluster_objects.signing_request},
    "extensions": {"Ingress": network.ingress},
    "networking.k8s.io": {"Ingress": network.ingress},
    "policy": {"PodDisruptionBudget": scaling.disruption_budget},
    "storage.k8s.io": {"VolumeAttachment": storage.attachment},
}
