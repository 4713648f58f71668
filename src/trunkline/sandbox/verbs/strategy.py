"""What a kind does with what a request may not set: status, identity, generation, addresses.

The rules are those of the API conventions ("Metadata", "Spec and Status"): the server owns the
identity, an endpoint for status changes nothing else, and the other endpoints leave it alone.
"""

from __future__ import annotations

from typing import Any

from trunkline.sandbox.admission.defaults.core import NAME_LABEL
from trunkline.sandbox.admission.defaults.workloads import TEMPLATE_GENERATION
from trunkline.sandbox.api import Api
from trunkline.sandbox.clock import now
from trunkline.sandbox.kinds.resource import Resource

Json = dict[str, Any]

# Built-in kinds whose generation counts the changes of their spec; of custom kinds all do.
_COUNTED = {
    "": {"Pod", "ReplicationController"},
    "admissionregistration.k8s.io": {
        "MutatingWebhookConfiguration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
    },
    "apiextensions.k8s.io": {"CustomResourceDefinition"},
    "apps": {"DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"},
    "batch": {"CronJob", "Job"},
    "discovery.k8s.io": {"EndpointSlice"},
    "networking.k8s.io": {"Ingress", "IngressClass", "NetworkPolicy"},
    "policy": {"PodDisruptionBudget"},
    "scheduling.k8s.io": {"PriorityClass"},
}
_IDENTITY = ("name", "namespace", "uid", "creationTimestamp", "selfLink", "generateName")
_DELETION = ("deletionTimestamp", "deletionGracePeriodSeconds")

FIRST_STATUS: dict[str, Json] = {
    "CronJob": {},
    "DaemonSet": {
        "currentNumberScheduled": 0,
        "numberMisscheduled": 0,
        "desiredNumberScheduled": 0,
        "numberReady": 0,
    },
    "Deployment": {},
    "HorizontalPodAutoscaler": {"desiredReplicas": 0, "currentMetrics": None},
    "Ingress": {"loadBalancer": {}},
    "Job": {},
    "Namespace": {"phase": "Active"},
    "PersistentVolume": {"phase": "Pending"},
    "PersistentVolumeClaim": {"phase": "Pending"},
    "Pod": {"phase": "Pending", "qosClass": "BestEffort"},
    "PodDisruptionBudget": {
        "currentHealthy": 0,
        "desiredHealthy": 0,
        "disruptionsAllowed": 0,
        "expectedPods": 0,
    },
    "ReplicaSet": {"replicas": 0},
    "ResourceQuota": {},
    "Service": {"loadBalancer": {}},
    "StatefulSet": {"replicas": 0, "availableReplicas": 0},
}


def counts_generations(resource: Resource) -> bool:
    return resource.custom is not None or resource.kind in _COUNTED.get(resource.group, ())


def before_create(api: Api, resource: Resource, obj: Json) -> Json:
    """The object with a fresh identity and the status that every new one has."""
    meta = {k: v for k, v in obj["metadata"].items() if k not in _DELETION}
    if not meta.get("name") and meta.get("generateName"):
        meta["name"] = f"{meta['generateName']}{api.suffix()}"
    meta |= {"uid": api.uid(), "creationTimestamp": now()}
    meta.pop("resourceVersion", None)
    if counts_generations(resource):
        meta["generation"] = 1
    else:
        meta.pop("generation", None)
    made = {**obj, "metadata": meta}
    if resource.has_status and resource.kind != "Node":
        made.pop("status", None)
        if resource.custom is None and resource.kind in FIRST_STATUS:
            made["status"] = FIRST_STATUS[resource.kind]
        if resource.kind == "CustomResourceDefinition":
            made["status"] = _first_definition_status(made)
        if resource.kind == "Pod":
            made["status"] = {**made["status"], "qosClass": quality(made.get("spec") or {})}
    if resource.kind == "Namespace" and not resource.group:
        meta["labels"] = {**(meta.get("labels") or {}), NAME_LABEL: meta["name"]}
        made["spec"] = {"finalizers": ["kubernetes"], **(made.get("spec") or {})}
    return made


def _first_definition_status(definition: Json) -> Json:
    """Before its names are accepted; each version that was ever stored is remembered."""
    versions = (definition.get("spec") or {}).get("versions") or ()
    return {
        "conditions": None,
        "acceptedNames": {"plural": "", "kind": ""},
        "storedVersions": [one.get("name") for one in versions if one.get("storage")],
    }


def quality(spec: Json) -> str:
    """The class of service: Guaranteed where every container has limits that it requests."""
    resources = [
        one.get("resources") or {}
        for one in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ()))
    ]
    if not any(one.get("limits") or one.get("requests") for one in resources):
        return "BestEffort"
    guaranteed = all(
        {"cpu", "memory"} <= (one.get("limits") or {}).keys()
        and one["limits"] == one.get("requests")
        for one in resources
    )
    return "Guaranteed" if guaranteed else "Burstable"


def before_update(resource: Resource, old: Json, new: Json, subresource: str) -> Json:
    """The new object without what this endpoint may not write."""
    meta = dict(new["metadata"])
    for key in (*_IDENTITY, *_DELETION, "generation"):
        if key in old["metadata"]:
            meta[key] = old["metadata"][key]
        else:
            meta.pop(key, None)
    changed = {**new, "metadata": meta}
    if subresource == "status":
        kept = {k: v for k, v in old.items() if k not in ("metadata", "status")}
        changed = kept | {"metadata": meta}
        if "status" in new:
            changed["status"] = new["status"]
    elif resource.has_status:
        changed.pop("status", None)
        if "status" in old:
            changed["status"] = old["status"]
    if resource.kind == "Job" and subresource != "status":
        _keep_generated(changed, old)
    if resource.kind == "DaemonSet" and not subresource:
        _count_templates(changed, old)
    noted = resource.kind == "Deployment" and subresource != "status"
    if counts_generations(resource) and _counted(changed, noted) != _counted(old, noted):
        meta["generation"] = old["metadata"].get("generation", 0) + 1
    return changed


def _counted(obj: Json, noted: bool) -> Json:
    """What a generation counts: all but metadata and status; a Deployment's annotations too."""
    found = {k: v for k, v in obj.items() if k not in ("metadata", "status")}
    return {**found, "metadata": obj["metadata"].get("annotations") or {}} if noted else found


def _count_templates(new: Json, old: Json) -> None:
    meta = new["metadata"]
    count = int((old["metadata"].get("annotations") or {}).get(TEMPLATE_GENERATION, "1"))
    count += (new.get("spec") or {}).get("template") != (old.get("spec") or {}).get("template")
    meta["annotations"] = {**(meta.get("annotations") or {}), TEMPLATE_GENERATION: str(count)}


def _keep_generated(new: Json, old: Json) -> None:
    """A Job's selector and the labels that it selects are the server's, made at its creation."""
    before = old.get("spec") or {}
    spec = new["spec"] = dict(new.get("spec") or {})
    spec.setdefault("selector", before.get("selector"))
    labels = ((before.get("template") or {}).get("metadata") or {}).get("labels") or {}
    generated = {k: v for k, v in labels.items() if k in JOB_LABELS}
    template = spec["template"] = dict(spec.get("template") or {})
    meta = template["metadata"] = dict(template.get("metadata") or {})
    meta["labels"] = generated | (meta.get("labels") or {})


JOB_LABELS = frozenset(
    {
        "batch.kubernetes.io/controller-uid",
        "batch.kubernetes.io/job-name",
        "controller-uid",
        "job-name",
    }
)
