"""Ingresses: each gets the address of a load balancer, as from an ingress controller."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.sandbox.api import Api
from trunkline.sandbox.controllers.client import Client, is_deleted
from trunkline.sandbox.controllers.loop import Key
from trunkline.sandbox.store import Change

MANAGER = "practice-ingress-controller"


class Ingresses:
    def __init__(self, api: Api) -> None:
        self._api = api
        self._ingresses = Client(api, "networking.k8s.io", "Ingress", MANAGER)

    def keys(self, change: Change) -> Iterator[Key]:
        if change.storage == self._ingresses.storage:
            yield change.new["metadata"]["namespace"], change.new["metadata"]["name"]

    def reconcile(self, key: Key) -> None:
        one = self._ingresses.get(*key)
        if one is None or is_deleted(one):
            return
        status = one.get("status") or {}
        if not (status.get("loadBalancer") or {}).get("ingress"):
            ingress = [{"ip": self._api.addresses.balancer()}]
            self._ingresses.set_status(one, {**status, "loadBalancer": {"ingress": ingress}})
