"""What the API server gives a new object beside its identity: addresses, ports, labels."""

from __future__ import annotations

from typing import Any

from trunkline.sandbox.api import Api
from trunkline.sandbox.kinds.resource import Resource

Json = dict[str, Any]

ACCOUNT = "default"
PATIENCE = 300
CLAIM_PROTECTION = "kubernetes.io/pvc-protection"
VOLUME_PROTECTION = "kubernetes.io/pv-protection"


def allocate(api: Api, resource: Resource, obj: Json) -> Json:
    """For a create. Kinds that get nothing come back as they are."""
    if resource.custom is not None:
        return obj
    allocator = _ALLOCATORS.get((resource.group, resource.kind))
    return allocator(api, obj) if allocator else obj


def _service(api: Api, obj: Json) -> Json:
    spec = dict(obj["spec"])
    if spec.get("type") == "ExternalName":
        return obj
    if not spec.get("clusterIP"):
        spec["clusterIP"] = (spec.get("clusterIPs") or [api.addresses.service()])[0]
    spec.setdefault("clusterIPs", [spec["clusterIP"]])
    spec.setdefault("ipFamilies", ["IPv4"])
    spec.setdefault("ipFamilyPolicy", "SingleStack")
    if spec["type"] in ("NodePort", "LoadBalancer"):
        spec["ports"] = [
            port if port.get("nodePort") else {**port, "nodePort": api.addresses.node_port()}
            for port in spec.get("ports") or ()
        ]
    return {**obj, "spec": spec}


def service_update(api: Api, obj: Json, old: Json) -> Json:
    """An update that leaves its addresses out keeps them; a changed type gets what it needs."""
    before, spec = old.get("spec") or {}, dict(obj.get("spec") or {})
    if before.get("type") == "ExternalName" or spec.get("type") == "ExternalName":
        return _service(api, {**obj, "spec": spec})
    for key in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        if not spec.get(key) and before.get(key):
            spec[key] = before[key]
    if spec.get("type") in ("NodePort", "LoadBalancer"):
        given = {_port(one): one.get("nodePort") for one in before.get("ports") or ()}
        spec["ports"] = [
            port
            if port.get("nodePort") or not given.get(_port(port))
            else {**port, "nodePort": given[_port(port)]}
            for port in spec.get("ports") or ()
        ]
    return _service(api, {**obj, "spec": spec})


def _port(one: Json) -> tuple[Any, Any]:
    return one.get("port"), one.get("protocol")


def _job(_api: Api, obj: Json) -> Json:
    """A selector of its own uid, and the labels that it selects."""
    spec = dict(obj["spec"])
    if spec.get("manualSelector"):
        return obj
    uid, name = obj["metadata"]["uid"], obj["metadata"]["name"]
    template = dict(spec.get("template") or {})
    meta = dict(template.get("metadata") or {})
    before = meta.get("labels") or {}
    meta["labels"] = {
        **before,
        "batch.kubernetes.io/controller-uid": uid,
        "batch.kubernetes.io/job-name": name,
        "controller-uid": uid,
        "job-name": name,
    }
    spec["selector"] = {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
    spec["template"] = {**template, "metadata": meta}
    own = obj["metadata"]
    if before and own.get("labels") == before:
        # Labels that were taken from the template follow it here, as the server shares the map.
        own = {**own, "labels": meta["labels"]}
    return {**obj, "metadata": own, "spec": spec}


def _claim(_api: Api, obj: Json) -> Json:
    return _protected(obj, CLAIM_PROTECTION)


def _volume(_api: Api, obj: Json) -> Json:
    return _protected(obj, VOLUME_PROTECTION)


def _protected(obj: Json, finalizer: str) -> Json:
    """What is in use is not lost (admission plug-in StorageObjectInUseProtection)."""
    meta = obj["metadata"]
    finalizers = list(meta.get("finalizers") or ())
    if finalizer in finalizers:
        return obj
    return {**obj, "metadata": {**meta, "finalizers": [*finalizers, finalizer]}}


def _pod(_api: Api, obj: Json) -> Json:
    """What the admission plug-ins add: the account, tolerations of a short outage, a priority."""
    spec = dict(obj["spec"])
    spec.setdefault("serviceAccountName", ACCOUNT)
    spec["serviceAccount"] = spec["serviceAccountName"]
    spec.setdefault("priority", 0)
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
    known = {one.get("key") for one in spec.get("tolerations") or ()}
    spec["tolerations"] = list(spec.get("tolerations") or ()) + [
        {
            "key": key,
            "operator": "Exists",
            "effect": "NoExecute",
            "tolerationSeconds": PATIENCE,
        }
        for key in ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
        if key not in known
    ]
    return {**obj, "spec": spec}


_ALLOCATORS = {
    ("", "PersistentVolume"): _volume,
    ("", "PersistentVolumeClaim"): _claim,
    ("", "Pod"): _pod,
    ("", "Service"): _service,
    ("batch", "Job"): _job,
}
