"""Which rule judges which kind: a literal table, and the conditions rule for the rest."""

from __future__ import annotations

from collections.abc import Mapping

from trunkline.core.health import (
    argo,
    cluster_objects,
    jobs,
    network,
    pods,
    registration,
    scaling,
    storage,
    workloads,
)
from trunkline.core.health.conditions import by_conditions
from trunkline.core.health.fields import section
from trunkline.core.health.status import Health, Rule, progressing
from trunkline.core.manifest import Manifest, group_of

RULES: Mapping[tuple[str, str], Rule] = {
    ("", "Namespace"): cluster_objects.namespace,
    ("", "Node"): cluster_objects.node,
    ("", "PersistentVolume"): storage.volume,
    ("", "PersistentVolumeClaim"): storage.claim,
    ("", "Pod"): pods.pod,
    ("", "ReplicationController"): workloads.replica_set,
    ("", "Service"): network.service,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): registration.definition,
    ("apiregistration.k8s.io", "APIService"): registration.api_service,
    ("apps", "DaemonSet"): workloads.daemon_set,
    ("apps", "Deployment"): workloads.deployment,
    ("apps", "ReplicaSet"): workloads.replica_set,
    ("apps", "StatefulSet"): workloads.stateful_set,
    ("argoproj.io", "Application"): argo.application,
    ("argoproj.io", "ApplicationSet"): argo.application_set,
    ("argoproj.io", "Workflow"): argo.workflow,
    ("autoscaling", "HorizontalPodAutoscaler"): scaling.autoscaler,
    ("batch", "CronJob"): jobs.cron_job,
    ("batch", "Job"): jobs.job,
    ("certificates.k8s.io", "CertificateSigningRequest"): cluster_objects.signing_request,
    ("extensions", "Ingress"): network.ingress,
    ("networking.k8s.io", "Ingress"): network.ingress,
    ("policy", "PodDisruptionBudget"): scaling.disruption_budget,
    ("storage.k8s.io", "VolumeAttachment"): storage.attachment,
}


def health_of(obj: Manifest) -> Health:
    """The health of a live object. Never raises, whatever shape the status has."""
    if section(obj, "metadata").get("deletionTimestamp"):
        return _being_deleted(obj)
    group = group_of(str(obj.get("apiVersion", "")))
    return RULES.get((group, str(obj.get("kind", ""))), by_conditions)(obj)


def _being_deleted(obj: Manifest) -> Health:
    holders = section(obj, "metadata").get("finalizers")
    waits = ", ".join(map(str, holders)) if isinstance(holders, list) else ""
    return progressing("is being deleted" + (f", held by {waits}" if waits else ""))
