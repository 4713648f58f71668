"""Small Kubernetes objects as YAML, for tests."""

from __future__ import annotations

import json
from typing import Any

HOOK = "argocd.argoproj.io/hook"
WAVE = "argocd.argoproj.io/sync-wave"
OPTIONS = "argocd.argoproj.io/sync-options"


def stream(*objects: dict[str, Any]) -> str:
    """The objects as one YAML file (JSON is YAML)."""
    return "\n---\n".join(json.dumps(one, indent=1) for one in objects) + "\n"


def config_map(name: str, /, data: dict[str, str] | None = None, **annotations: str) -> Any:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(name, annotations),
        "data": data or {"key": "value"},
    }


def secret(name: str, /, data: dict[str, str], **annotations: str) -> Any:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata(name, annotations),
        "stringData": data,
    }


def deployment(
    name: str, /, image: str = "registry.test/web:1", replicas: int = 1, **said: str
) -> Any:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(name, said),
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "web", "image": image}]},
            },
        },
    }


def job(name: str, /, image: str = "registry.test/task:1", **said: str) -> Any:
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata(name, said),
        "spec": {
            "backoffLimit": 0,
            "template": {
                "spec": {
                    "restartPolicy": "Never",
                    "containers": [{"name": "task", "image": image}],
                }
            },
        },
    }


def service(name: str, /, spec: dict[str, Any], **said: str) -> Any:
    """With one port, but for a name of another place."""
    plain = {"selector": {"app": name}, "ports": [{"name": "http", "port": 80}]}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(name, said),
        "spec": {**plain, **spec},
    }


def crd(plural: str, kind: str, group: str, scope: str = "Namespaced") -> Any:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": scope,
            "names": {"plural": plural, "singular": kind.lower(), "kind": kind},
            "versions": [version],
        },
    }


def metadata(name: str, annotations: dict[str, str]) -> dict[str, Any]:
    """`hook`, `wave`, `options` are short for Argo CD's annotations."""
    short = {"hook": HOOK, "wave": WAVE, "options": OPTIONS}
    named = {short.get(key, key): value for key, value in annotations.items()}
    return {"name": name, **({"annotations": named} if named else {})}
