"""Rules of pods and pod templates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from trunkline.sandbox.admission.metadata import LABEL_RULE, label_causes
from trunkline.sandbox.admission.quantity import is_quantity
from trunkline.sandbox.admission.rules.fields import (
    duplicate,
    forbidden,
    one_of,
    port_causes,
    required,
    wrong,
)
from trunkline.sandbox.errors import Cause

Json = dict[str, Any]

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?\Z")
_QUANTITY_RULE = (
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
)

# What of a pod's spec may change once it stands; the rest is the kubelet's or the scheduler's.
_CHANGEABLE = frozenset({"activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds"})
_PLACED = frozenset({"nodeName"})
_FIXED = (
    "pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only "
    "additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set "
    "to 1 if it was previously negative)"
)


def pod(new: Json, old: Json | None) -> Iterator[Cause]:
    yield from spec_causes(new.get("spec") or {}, "spec")
    if old is not None and _fixed(new.get("spec") or {}) != _fixed(old.get("spec") or {}):
        yield forbidden("spec", _FIXED)


def _fixed(spec: Json) -> Json:
    left = {k: v for k, v in spec.items() if k not in _CHANGEABLE | _PLACED}
    for key in ("containers", "initContainers"):
        left[key] = [{k: v for k, v in one.items() if k != "image"} for one in spec.get(key) or ()]
    return left


def template_causes(
    template: Json, path: str, *, policies: tuple[str, ...], claims: tuple[str, ...] = ()
) -> Iterator[Cause]:
    """A pod template. Its owner allows the restart `policies`, and gives it volumes of `claims`."""
    labels = (template.get("metadata") or {}).get("labels") or {}
    yield from label_causes(labels, f"{path}.metadata.labels")
    spec = template.get("spec") or {}
    yield from spec_causes(spec, f"{path}.spec", claims)
    yield from one_of(spec.get("restartPolicy"), policies, f"{path}.spec.restartPolicy")


def spec_causes(spec: Json, path: str, claims: tuple[str, ...] = ()) -> Iterator[Cause]:
    if not spec.get("containers"):
        yield required(f"{path}.containers")
    volumes: set[str] = set()
    for number, volume in enumerate(spec.get("volumes") or ()):
        yield from _name_causes(volume, f"{path}.volumes[{number}]", volumes)
    volumes.update(claims)
    names: set[str] = set()
    for key in ("initContainers", "containers"):
        for number, one in enumerate(spec.get(key) or ()):
            at = f"{path}.{key}[{number}]"
            yield from _name_causes(one, at, names)
            yield from _container_causes(one, at, volumes)


def _name_causes(one: Json, path: str, names: set[str]) -> Iterator[Cause]:
    name = one.get("name") or ""
    if not name:
        yield required(f"{path}.name")
    elif not _LABEL.match(name) or len(name) > 63:
        yield wrong(f"{path}.name", name, LABEL_RULE)
    elif name in names:
        yield duplicate(f"{path}.name", name)
    names.add(name)


def _container_causes(one: Json, path: str, volumes: set[str]) -> Iterator[Cause]:
    if not one.get("image"):
        yield required(f"{path}.image")
    yield from one_of(
        one.get("imagePullPolicy"), ("Always", "IfNotPresent", "Never"), f"{path}.imagePullPolicy"
    )
    for number, port in enumerate(one.get("ports") or ()):
        at = f"{path}.ports[{number}]"
        yield from port_causes(port.get("containerPort"), f"{at}.containerPort")
        yield from one_of(port.get("protocol"), ("TCP", "UDP", "SCTP"), f"{at}.protocol")
    for number, variable in enumerate(one.get("env") or ()):
        if not variable.get("name"):
            yield required(f"{path}.env[{number}].name")
    for number, mount in enumerate(one.get("volumeMounts") or ()):
        at = f"{path}.volumeMounts[{number}]"
        if mount.get("name") not in volumes:
            yield Cause("FieldValueNotFound", f'Not found: "{mount.get("name")}"', f"{at}.name")
        if not mount.get("mountPath"):
            yield required(f"{at}.mountPath")
    yield from quantity_causes(one.get("resources") or {}, f"{path}.resources")


def quantity_causes(resources: Json, path: str) -> Iterator[Cause]:
    for kind in ("limits", "requests"):
        for name, amount in sorted((resources.get(kind) or {}).items()):
            if not is_quantity(str(amount)):
                yield wrong(f"{path}.{kind}[{name}]", amount, _QUANTITY_RULE)
