"""Events: what controllers tell people. The same one twice is one event with a count."""

from __future__ import annotations

from typing import Any

from trunkline.sandbox.api import Api
from trunkline.sandbox.clock import now
from trunkline.sandbox.controllers.client import Client

Json = dict[str, Any]

NORMAL, WARNING = "Normal", "Warning"


class Events:
    def __init__(self, api: Api, component: str) -> None:
        self._events = Client(api, "", "Event", component)
        self._api, self._component = api, component
        self._names: dict[tuple[str, str, str], str] = {}

    def emit(self, about: Json, kind: str, reason: str, message: str) -> None:
        meta = about["metadata"]
        space = meta.get("namespace") or "default"
        key = meta["uid"], reason, message
        known = self._events.get(space, self._names.get(key, ""))
        if known is not None:
            count = int(known.get("count", 1)) + 1
            self._events.update(known, {**known, "count": count, "lastTimestamp": now()})
            return
        name = f"{meta['name']}.{self._api.suffix(16)}"
        self._names[key] = name
        self._events.create(self._event(about, space, name, kind, reason, message))

    def _event(
        self, about: Json, space: str, name: str, kind: str, reason: str, message: str
    ) -> Json:
        meta = about["metadata"]
        return {
            "metadata": {"name": name, "namespace": space},
            "involvedObject": {
                "apiVersion": about["apiVersion"],
                "kind": about["kind"],
                "name": meta["name"],
                "namespace": meta.get("namespace", ""),
                "uid": meta["uid"],
                "resourceVersion": meta["resourceVersion"],
            },
            "type": kind,
            "reason": reason,
            "message": message,
            "count": 1,
            "firstTimestamp": now(),
            "lastTimestamp": now(),
            "source": {"component": self._component},
            "reportingComponent": self._component,
            "reportingInstance": "",
        }
