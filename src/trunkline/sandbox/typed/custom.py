"""The schema of a custom kind as types (apiextensions v1, `x-kubernetes-list-type` and friends)."""

from __future__ import annotations

from typing import Any

from trunkline.sandbox.typed.schema import ANYTHING, STRING, ListOf, MapOf, Scalar, Struct, Type
from trunkline.sandbox.typed.table import META, struct

Json = dict[str, Any]


def custom_struct(kind: str, schema: Json) -> Struct:
    """The type of whole objects; `metadata` is that of every object."""
    found = _struct(schema)
    found.name = kind
    found.fields |= {"apiVersion": STRING, "kind": STRING, "metadata": struct(META)}
    return found


def _type(schema: Json) -> Type:
    if schema.get("x-kubernetes-int-or-string"):
        return Scalar("int-or-string")
    kind = schema.get("type")
    if kind == "array":
        return _list(schema)
    if kind == "object":
        return _object(schema)
    return Scalar(kind) if kind else ANYTHING


def _object(schema: Json) -> Type:
    more = schema.get("additionalProperties")
    atomic = schema.get("x-kubernetes-map-type") == "atomic"
    if isinstance(more, dict):
        return MapOf(_type(more), atomic)
    if not schema.get("properties"):
        return MapOf(ANYTHING, atomic)
    return _struct(schema)


def _struct(schema: Json) -> Struct:
    properties = schema.get("properties") or {}
    return Struct(
        fields={name: _type(one) for name, one in properties.items()},
        defaults={name: one["default"] for name, one in properties.items() if "default" in one},
        atomic=schema.get("x-kubernetes-map-type") == "atomic",
        open=bool(schema.get("x-kubernetes-preserve-unknown-fields")),
    )


def _list(schema: Json) -> ListOf:
    of = _type(schema.get("items") or {})
    kind = schema.get("x-kubernetes-list-type")
    keys = tuple(sorted(schema.get("x-kubernetes-list-map-keys") or ()))
    return ListOf(of, keys=keys if kind == "map" else (), unique=kind == "set")
