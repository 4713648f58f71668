"""Services: endpoint slices of the pods that are ready, and an address for a load balancer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trunkline.sandbox.api import Api
from trunkline.sandbox.controllers.client import Client, is_deleted, owner_reference
from trunkline.sandbox.controllers.loop import Key
from trunkline.sandbox.controllers.owning import MANAGER, is_ready
from trunkline.sandbox.selectors import selects
from trunkline.sandbox.store import Change

Json = dict[str, Any]

SERVICE_NAME = "kubernetes.io/service-name"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"


class Services:
    def __init__(self, api: Api) -> None:
        self._services = Client(api, "", "Service", MANAGER)
        self._pods = Client(api, "", "Pod", MANAGER)
        self._slices = Client(api, "discovery.k8s.io", "EndpointSlice", MANAGER)
        self._endpoints = Client(api, "", "Endpoints", MANAGER)
        self._api = api

    def keys(self, change: Change) -> Iterator[Key]:
        meta = change.new["metadata"]
        space = meta.get("namespace", "")
        if change.storage == self._services.storage:
            yield space, meta["name"]
        elif change.storage == self._pods.storage:
            labels = meta.get("labels") or {}
            for one in self._services.all(space):
                selector = one["spec"].get("selector")
                if selector and selects({"matchLabels": selector})(labels):
                    yield space, one["metadata"]["name"]

    def reconcile(self, key: Key) -> None:
        one = self._services.get(*key)
        if one is None:
            self._forget(key)
            return
        if is_deleted(one):
            return
        self._balance(one)
        selector = one["spec"].get("selector")
        if selector and one["spec"].get("type") != "ExternalName":
            pods = self._pods.selected(key[0], {"matchLabels": selector})
            pods = [pod for pod in pods if (pod.get("status") or {}).get("podIP")]
            self._slice(one, pods)
            self._endpoint(one, pods)

    def _balance(self, one: Json) -> None:
        """A load balancer gets its address, and loses it with its type."""
        status = one.get("status") or {}
        given = (status.get("loadBalancer") or {}).get("ingress")
        wanted = one["spec"].get("type") == "LoadBalancer"
        if wanted and not given:
            ingress = [{"ip": self._api.addresses.balancer(), "ipMode": "VIP"}]
            self._services.set_status(one, {**status, "loadBalancer": {"ingress": ingress}})
        elif given and not wanted:
            self._services.set_status(one, {**status, "loadBalancer": {}})

    def _slice(self, one: Json, pods: list[Json]) -> None:
        meta = one["metadata"]
        found = self._slices.owned(one)
        ports = [_slice_port(port) for port in one["spec"].get("ports") or ()]
        endpoints = [_endpoint_of(pod) for pod in pods]
        if found:
            changed = {**found[0], "endpoints": endpoints, "ports": ports}
            if changed != found[0]:
                self._slices.update(found[0], changed)
            return
        name = f"{meta['name']}-{self._api.suffix()}"
        labels = {SERVICE_NAME: meta["name"], MANAGED_BY: "endpointslice-controller.k8s.io"}
        made = {
            "name": name,
            "namespace": meta["namespace"],
            "labels": labels,
            "ownerReferences": [owner_reference(one)],
        }
        self._slices.create(
            {"metadata": made, "addressType": "IPv4", "endpoints": endpoints, "ports": ports}
        )

    def _endpoint(self, one: Json, pods: list[Json]) -> None:
        """The older Endpoints object, which bears the Service's name."""
        meta = one["metadata"]
        ready = [pod for pod in pods if is_ready(pod)]
        ports = [_endpoint_port(port) for port in one["spec"].get("ports") or ()]
        addresses = [{"ip": pod["status"]["podIP"], "targetRef": _target(pod)} for pod in ready]
        subsets = [{"addresses": addresses, "ports": ports}] if addresses else []
        found = self._endpoints.get(meta["namespace"], meta["name"])
        if found is None:
            made = {"name": meta["name"], "namespace": meta["namespace"]}
            self._endpoints.create({"metadata": made, "subsets": subsets})
        elif found.get("subsets", []) != subsets:
            changed = {key: value for key, value in found.items() if key != "subsets"}
            if subsets:
                changed["subsets"] = subsets
            self._endpoints.update(found, changed)

    def _forget(self, key: Key) -> None:
        found = self._endpoints.get(*key)
        if found is not None:
            self._endpoints.delete(found)


def _slice_port(port: Json) -> Json:
    return {
        "name": port.get("name", ""),
        "protocol": port.get("protocol", "TCP"),
        "port": _number(port),
    }


def _endpoint_port(port: Json) -> Json:
    found = {"port": _number(port), "protocol": port.get("protocol", "TCP")}
    return found | ({"name": port["name"]} if port.get("name") else {})


def _number(port: Json) -> int:
    """A named target port would need the container's; its own number is near enough here."""
    target = port.get("targetPort")
    return target if isinstance(target, int) else int(port["port"])


def _endpoint_of(pod: Json) -> Json:
    ready = is_ready(pod)
    return {
        "addresses": [pod["status"]["podIP"]],
        "conditions": {"ready": ready, "serving": ready, "terminating": is_deleted(pod)},
        "nodeName": pod["spec"].get("nodeName", ""),
        "targetRef": _target(pod),
    }


def _target(pod: Json) -> Json:
    meta = pod["metadata"]
    return {
        "kind": "Pod",
        "name": meta["name"],
        "namespace": meta["namespace"],
        "uid": meta["uid"],
    }
