"""The objects that contract tests use, as short as the API server takes them."""

from __future__ import annotations

from typing import Any

from trunkline.core.manifest import Manifest

IMAGE = "registry.example/app:1"


def namespace(name: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def config_map(
    space: str, name: str = "settings", data: dict[str, str] | None = None, **meta: Any
) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": space, **meta},
        "data": {"a": "1"} if data is None else data,
    }


def secret(space: str, name: str = "login", **fields: Any) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": space},
        **fields,
    }


def service(space: str, name: str = "web") -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": space},
        "spec": {"selector": {"app": name}, "ports": [{"name": "http", "port": 80}]},
    }


def pod_template(name: str, image: str = IMAGE, **spec: Any) -> dict[str, Any]:
    container = {"name": "main", "image": image, "ports": [{"containerPort": 8080}]}
    return {
        "metadata": {"labels": {"app": name}},
        "spec": {"containers": [container], **spec},
    }


def deployment(
    space: str, name: str = "web", *, replicas: int | None = 2, image: str = IMAGE
) -> Manifest:
    spec: dict[str, Any] = {
        "selector": {"matchLabels": {"app": name}},
        "template": pod_template(name, image),
    }
    if replicas is not None:
        spec["replicas"] = replicas
    return workload("Deployment", space, name, spec)


def stateful_set(space: str, name: str = "store") -> Manifest:
    spec = {
        "serviceName": name,
        "replicas": 2,
        "selector": {"matchLabels": {"app": name}},
        "template": pod_template(name),
    }
    return workload("StatefulSet", space, name, spec)


def daemon_set(space: str, name: str = "agent") -> Manifest:
    spec = {"selector": {"matchLabels": {"app": name}}, "template": pod_template(name)}
    return workload("DaemonSet", space, name, spec)


def workload(kind: str, space: str, name: str, spec: dict[str, Any]) -> Manifest:
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": space, "labels": {"app": name}},
        "spec": spec,
    }


def job(space: str, name: str = "migrate", image: str = IMAGE) -> Manifest:
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": space},
        "spec": {"template": pod_template(name, image, restartPolicy="Never")},
    }


def crd(plural: str, kind: str, *, scope: str = "Namespaced") -> Manifest:
    """A kind of the group `contract.example` with a schema, a default and a status."""
    size = {"type": "integer", "minimum": 1, "default": 3}
    labels = {"type": "object", "additionalProperties": {"type": "string"}}
    fields = {"size": size, "region": {"type": "string"}, "labels": labels}
    spec = {"type": "object", "properties": fields}
    status = {"type": "object", "properties": {"phase": {"type": "string"}}}
    schema = {"type": "object", "properties": {"spec": spec, "status": status}}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.contract.example"},
        "spec": {
            "group": "contract.example",
            "scope": scope,
            "names": {"plural": plural, "singular": kind.lower(), "kind": kind},
            "versions": [version],
        },
    }


def custom(kind: str, space: str, name: str = "one", **spec: Any) -> Manifest:
    meta = {"name": name, "namespace": space} if space else {"name": name}
    return {"apiVersion": "contract.example/v1", "kind": kind, "metadata": meta, "spec": spec}


def owned(manifest: Manifest, owner: Manifest, **more: Any) -> Manifest:
    """The manifest with a reference to its live owner."""
    reference = {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        **more,
    }
    meta = {**manifest["metadata"], "ownerReferences": [reference]}
    return {**manifest, "metadata": meta}
