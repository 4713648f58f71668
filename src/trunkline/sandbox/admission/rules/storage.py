"""Rules of volumes, claims and storage classes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trunkline.sandbox.admission.rules.fields import at, forbidden, missing, unchanged
from trunkline.sandbox.errors import Cause

Json = dict[str, Any]

_FIXED = (
    "spec is immutable after creation except resources.requests and volumeAttributesClassName "
    "for bound claims"
)


def claim(new: Json, old: Json | None) -> Iterator[Cause]:
    yield from missing(new, "spec.accessModes")
    if not at(new, "spec.resources.requests.storage"):
        yield from missing({}, "spec.resources[storage]")
    if old is not None and _fixed(new, old) != _fixed(old, old):
        yield forbidden("spec", _FIXED)


def _fixed(obj: Json, old: Json) -> Json:
    """The volume and class are filled in once, by the binder; a bound claim may grow."""
    free = {"volumeAttributesClassName"}
    before = old.get("spec") or {}
    free |= {key for key in ("volumeName", "storageClassName") if not before.get(key)}
    if at(old, "status.phase") == "Bound":
        free.add("resources")
    return {k: v for k, v in (obj.get("spec") or {}).items() if k not in free}


def volume(new: Json, _old: Json | None) -> Iterator[Cause]:
    yield from missing(new, "spec.accessModes", "spec.capacity")


def storage_class(new: Json, old: Json | None) -> Iterator[Cause]:
    yield from missing(new, "provisioner")
    if old is None:
        return
    if new.get("parameters") != old.get("parameters"):
        yield forbidden("parameters", "updates to parameters are forbidden.")
    if new.get("provisioner") != old.get("provisioner"):
        yield forbidden("provisioner", "updates to provisioner are forbidden.")
    yield from unchanged(new, old, "reclaimPolicy", "volumeBindingMode")
