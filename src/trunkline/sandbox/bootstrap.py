"""What every cluster has from the beginning: namespaces, a node, the API's own Service."""

from __future__ import annotations

from typing import Any

from trunkline.sandbox.api import Api
from trunkline.sandbox.controllers.client import Client
from trunkline.sandbox.controllers.kubelet import ADDRESS, NODE
from trunkline.sandbox.kinds.registry import GIT_VERSION

Json = dict[str, Any]

NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
_ROOM = {"cpu": "64", "memory": "256Gi", "pods": "1000", "ephemeral-storage": "1Ti"}


def furnish(api: Api) -> None:
    for name in NAMESPACES:
        Client(api, "", "Namespace", "kube-apiserver").create({"metadata": {"name": name}})
    Client(api, "", "Node", "kubelet").create(_node())
    Client(api, "", "Service", "kube-apiserver").create(_service())
    for level, value in (("cluster", 2000000000), ("node", 2000001000)):
        Client(api, "scheduling.k8s.io", "PriorityClass", "kube-apiserver").create(
            {"metadata": {"name": f"system-{level}-critical"}, "value": value}
        )


def _node() -> Json:
    labels = {"kubernetes.io/hostname": NODE, "kubernetes.io/os": "linux"}
    ready = {
        "type": "Ready",
        "status": "True",
        "reason": "KubeletReady",
        "message": "the practice cluster has one node, and it is ready",
    }
    status = {
        "capacity": _ROOM,
        "allocatable": _ROOM,
        "conditions": [ready],
        "addresses": [{"type": "InternalIP", "address": ADDRESS}],
        "nodeInfo": {"kubeletVersion": GIT_VERSION, "operatingSystem": "linux"},
    }
    return {"metadata": {"name": NODE, "labels": labels}, "status": status}


def _service() -> Json:
    port = {"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}
    labels = {"component": "apiserver", "provider": "kubernetes"}
    return {
        "metadata": {"name": "kubernetes", "namespace": "default", "labels": labels},
        "spec": {"type": "ClusterIP", "clusterIP": "10.96.0.1", "ports": [port]},
    }
