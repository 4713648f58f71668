"""Rules of volumes, claims and storage classes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from trunkline.sandbox.admission.quantity import amount
from trunkline.sandbox.admission.rules.fields import at, forbidden, missing, unchanged
from trunkline.sandbox.errors import Cause

Json = dict[str, Any]

_FIXED = (
    "spec is immutable after creation except resources.requests and volumeAttributesClassName "
    "for bound claims"
)

_ASKED, _GIVEN = "spec.resources.requests.storage", "status.capacity.storage"


def claim(new: Json, old: Json | None) -> Iterator[Cause]:
    yield from missing(new, "spec.accessModes")
    if not at(new, "spec.resources.requests.storage"):
        yield from missing({}, "spec.resources[storage]")
    if old is None:
        return
    if _fixed(new, old) != _fixed(old, old):
        yield forbidden("spec", _FIXED)
    elif _size(new, _ASKED) < _size(old, _ASKED) and _size(new, _ASKED) <= _size(old, _GIVEN):
        yield forbidden(_ASKED, "field can not be less than status.capacity")


def _size(obj: Json, path: str) -> Decimal:
    return amount(str(at(obj, path) or ""))


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
