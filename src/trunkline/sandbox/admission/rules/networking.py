"""Rules of Services and Ingresses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trunkline.sandbox.admission.metadata import label_causes
from trunkline.sandbox.admission.rules.fields import (
    duplicate,
    missing,
    one_of,
    port_causes,
    required,
    wrong,
)
from trunkline.sandbox.errors import Cause

Json = dict[str, Any]

_SERVICES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_PATHS = ("Exact", "ImplementationSpecific", "Prefix")


def service(new: Json, old: Json | None) -> Iterator[Cause]:
    spec = new.get("spec") or {}
    yield from one_of(spec.get("type"), _SERVICES, "spec.type")
    ports = spec.get("ports") or []
    if spec.get("type") == "ExternalName":
        yield from missing(new, "spec.externalName")
    elif not ports and spec.get("clusterIP") != "None":
        yield required("spec.ports")
    yield from label_causes(spec.get("selector") or {}, "spec.selector")
    yield from _port_list(ports)
    before = (old or {}).get("spec") or {}
    both = "ExternalName" not in (spec.get("type"), before.get("type"))
    if old is not None and both and before.get("clusterIP") != spec.get("clusterIP"):
        yield wrong("spec.clusterIPs[0]", [spec.get("clusterIP", "")], "may not change once set")


def _port_list(ports: list[Json]) -> Iterator[Cause]:
    names: set[str] = set()
    numbers: set[tuple[Any, Any]] = set()
    for number, port in enumerate(ports):
        path = f"spec.ports[{number}]"
        yield from port_causes(port.get("port"), f"{path}.port")
        yield from one_of(port.get("protocol"), ("SCTP", "TCP", "UDP"), f"{path}.protocol")
        name, key = port.get("name") or "", (port.get("port"), port.get("protocol"))
        if not name and len(ports) > 1:
            yield required(f"{path}.name")
        elif name and name in names:
            yield duplicate(f"{path}.name", name)
        if key in numbers:
            yield duplicate(path, {"port": key[0], "protocol": key[1]})
        names.add(name)
        numbers.add(key)


def ingress(new: Json, _old: Json | None) -> Iterator[Cause]:
    spec = new.get("spec") or {}
    if not spec.get("rules") and not spec.get("defaultBackend"):
        yield wrong("spec", "", "either `defaultBackend` or `rules` must be specified")
    for number, rule in enumerate(spec.get("rules") or ()):
        paths = (rule.get("http") or {}).get("paths") or ()
        for index, path in enumerate(paths):
            at = f"spec.rules[{number}].http.paths[{index}]"
            if not path.get("pathType"):
                yield required(f"{at}.pathType", "pathType must be specified")
            else:
                yield from one_of(path["pathType"], _PATHS, f"{at}.pathType")
            yield from _backend(path.get("backend") or {}, f"{at}.backend")


def _backend(backend: Json, path: str) -> Iterator[Cause]:
    if "resource" in backend:
        return
    service = backend.get("service") or {}
    if not service.get("name"):
        yield required(f"{path}.service.name")
    port = service.get("port") or {}
    if not port.get("number") and not port.get("name"):
        yield required(f"{path}", "port name or number is required")
