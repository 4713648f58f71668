"""Tables, as `kubectl get` asks for them (`as=Table`): a few columns for each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from trunkline.sandbox.clock import parsed
from trunkline.sandbox.kinds.resource import Resource

Json = dict[str, Any]
Column = tuple[str, str, Callable[[Json], Any]]


def wanted(request: web.Request) -> bool:
    return "as=Table" in request.headers.get("Accept", "")


def of_list(resource: Resource, found: Json) -> Json:
    whole = [
        {"apiVersion": resource.api_version, "kind": resource.kind, **one} for one in found["items"]
    ]
    return {**of_objects(resource, whole), "metadata": found["metadata"]}


def of_objects(resource: Resource, objects: list[Json]) -> Json:
    columns = _columns(resource)
    definitions = [
        {
            "name": name,
            "type": kind,
            "format": "name" if name == "Name" else "",
            "description": "",
            "priority": 0,
        }
        for name, kind, _ in columns
    ]
    version = objects[0]["metadata"].get("resourceVersion", "") if len(objects) == 1 else ""
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {"resourceVersion": version},
        "columnDefinitions": definitions,
        "rows": [_row(columns, one) for one in objects],
    }


def _row(columns: tuple[Column, ...], obj: Json) -> Json:
    return {
        "cells": [cell(obj) for _, _, cell in columns],
        "object": {
            "kind": "PartialObjectMetadata",
            "apiVersion": "meta.k8s.io/v1",
            "metadata": obj["metadata"],
        },
    }


def _columns(resource: Resource) -> tuple[Column, ...]:
    name: Column = ("Name", "string", lambda obj: obj["metadata"]["name"])
    age: Column = ("Age", "string", _age)
    own = _COLUMNS.get(resource.kind, ()) if resource.custom is None else ()
    custom = tuple(_custom(one) for one in resource.columns)
    ages = () if any(one[0] == "Age" for one in custom) else (age,)
    return (name, *own, *custom, *ages)


def _age(obj: Json) -> str:
    """As kubectl shortens it: two units where both matter, one otherwise."""
    created = obj["metadata"].get("creationTimestamp")
    if not created:
        return "<unknown>"
    seconds = int((datetime.now(UTC) - parsed(created)).total_seconds())
    if seconds < 120:
        return f"{max(seconds, 0)}s"
    if seconds < 7200:
        return f"{seconds // 60}m"
    return f"{seconds // 3600}h" if seconds < 172_800 else f"{seconds // 86_400}d"


def _at(path: str, default: Any = "") -> Callable[[Json], Any]:
    steps = path.strip(".").split(".")

    def value(obj: Any) -> Any:
        for step in steps:
            obj = obj.get(step) if isinstance(obj, dict) else None
        return default if obj is None else obj

    return value


def _custom(column: Json) -> Column:
    path = str(column.get("jsonPath", ""))
    return str(column.get("name", "")), str(column.get("type", "string")), _at(path, None)


def _ready(done: str, wanted_path: str) -> Callable[[Json], str]:
    have, want = _at(done, 0), _at(wanted_path, 0)
    return lambda obj: f"{have(obj)}/{want(obj)}"


def _pod_ready(obj: Json) -> str:
    statuses = (obj.get("status") or {}).get("containerStatuses") or ()
    ready = sum(bool(one.get("ready")) for one in statuses)
    return f"{ready}/{len(obj['spec'].get('containers') or ())}"


def _pod_status(obj: Json) -> str:
    if obj["metadata"].get("deletionTimestamp"):
        return "Terminating"
    status = obj.get("status") or {}
    for one in status.get("containerStatuses") or ():
        waiting = (one.get("state") or {}).get("waiting")
        if waiting:
            return str(waiting.get("reason", "Waiting"))
    phase = str(status.get("phase", "Unknown"))
    return "Completed" if phase == "Succeeded" else phase


def _restarts(obj: Json) -> int:
    statuses = (obj.get("status") or {}).get("containerStatuses") or ()
    return sum(int(one.get("restartCount", 0)) for one in statuses)


def _ports(obj: Json) -> str:
    ports = (obj.get("spec") or {}).get("ports") or ()
    return ",".join(f"{one['port']}/{one.get('protocol', 'TCP')}" for one in ports) or "<none>"


def _external(obj: Json) -> str:
    found = _at("status.loadBalancer.ingress", [])(obj)
    return ",".join(one.get("ip", "") for one in found) or "<none>"


_COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "ConfigMap": (("Data", "integer", lambda obj: len(obj.get("data") or {})),),
    "CronJob": (
        ("Schedule", "string", _at("spec.schedule")),
        ("Suspend", "boolean", _at("spec.suspend")),
    ),
    "DaemonSet": (
        ("Desired", "integer", _at("status.desiredNumberScheduled", 0)),
        ("Ready", "integer", _at("status.numberReady", 0)),
    ),
    "Deployment": (
        ("Ready", "string", _ready("status.readyReplicas", "spec.replicas")),
        ("Up-to-date", "integer", _at("status.updatedReplicas", 0)),
        ("Available", "integer", _at("status.availableReplicas", 0)),
    ),
    "Job": (("Completions", "string", _ready("status.succeeded", "spec.completions")),),
    "Namespace": (("Status", "string", _at("status.phase")),),
    "PersistentVolumeClaim": (
        ("Status", "string", _at("status.phase")),
        ("Volume", "string", _at("spec.volumeName")),
    ),
    "Pod": (
        ("Ready", "string", _pod_ready),
        ("Status", "string", _pod_status),
        ("Restarts", "integer", _restarts),
    ),
    "ReplicaSet": (
        ("Desired", "integer", _at("spec.replicas", 0)),
        ("Ready", "integer", _at("status.readyReplicas", 0)),
    ),
    "Secret": (
        ("Type", "string", _at("type")),
        ("Data", "integer", lambda obj: len(obj.get("data") or {})),
    ),
    "Service": (
        ("Type", "string", _at("spec.type")),
        ("Cluster-IP", "string", _at("spec.clusterIP", "<none>")),
        ("External-IP", "string", _external),
        ("Port(s)", "string", _ports),
    ),
    "StatefulSet": (("Ready", "string", _ready("status.readyReplicas", "spec.replicas")),),
}
