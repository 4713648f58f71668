"""Schemas as OpenAPI documents, as far as kubectl reads them.

kubectl looks into version 3 for two things: how fields are merged, and whether a path takes
`dryRun` and `fieldValidation` (KEP-2885), because then it leaves validation to the server.
Descriptions are not served.
"""

from __future__ import annotations

from typing import Any

from trunkline.sandbox.kinds.registry import GIT_VERSION, Registry
from trunkline.sandbox.kinds.resource import Resource
from trunkline.sandbox.typed.schema import Anything, ListOf, MapOf, Scalar, Struct, Type

Json = dict[str, Any]

_SCALARS: dict[str, Json] = {
    "int-or-string": {
        "format": "int-or-string",
        "oneOf": [{"type": "integer"}, {"type": "string"}],
    },
    "quantity": {"oneOf": [{"type": "string"}, {"type": "number"}]},
    "time": {"type": "string", "format": "date-time"},
    "byte": {"type": "string", "format": "byte"},
}
_QUERY = ("dryRun", "fieldManager", "fieldValidation")
_TITLE = {"title": "Kubernetes", "version": GIT_VERSION}


def openapi_v3_index(registry: Registry) -> Json:
    roots = {_root(one) for one in registry.all()}
    return {"paths": {root: {"serverRelativeURL": f"/openapi/v3/{root}"} for root in sorted(roots)}}


def openapi_v3(registry: Registry, root: str) -> Json | None:
    """The document of one group and version, None where it is not served."""
    resources = [one for one in registry.all() if _root(one) == root]
    if not resources:
        return None
    schemas = _Schemas("#/components/schemas/")
    paths: Json = {}
    for one in resources:
        paths |= _paths(one)
        schemas.add(one)
    return {
        "openapi": "3.0.0",
        "info": _TITLE,
        "paths": paths,
        "components": {"schemas": schemas.found},
    }


def openapi_v2(registry: Registry) -> Json:
    schemas = _Schemas("#/definitions/")
    paths: Json = {}
    for one in registry.all():
        paths |= _paths(one)
        schemas.add(one)
    return {"swagger": "2.0", "info": _TITLE, "paths": paths, "definitions": schemas.found}


def _root(one: Resource) -> str:
    return f"apis/{one.group}/{one.version}" if one.group else f"api/{one.version}"


def _paths(one: Resource) -> Json:
    space = "namespaces/{namespace}/" if one.namespaced else ""
    collection = f"/{_root(one)}/{space}{one.plural}"
    verbs = {"patch": "patch", "update": "put"}
    operations = {
        method: _operation(one, verb) for verb, method in verbs.items() if verb in one.verbs
    }
    found = {f"{collection}/{{name}}": operations} if operations else {}
    if "create" in one.verbs:
        found[collection] = {"post": _operation(one, "post")}
    return found


def _operation(one: Resource, verb: str) -> Json:
    return {
        "parameters": [
            {"name": name, "in": "query", "schema": {"type": "string"}} for name in _QUERY
        ],
        "responses": {"200": {"description": "OK"}},
        "x-kubernetes-action": verb,
        "x-kubernetes-group-version-kind": _gvk(one),
    }


def _gvk(one: Resource) -> Json:
    return {"group": one.group, "version": one.version, "kind": one.kind}


class _Schemas:
    """Collects the schema of every struct that is reached, by its name."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.found: Json = {}

    def add(self, one: Resource) -> None:
        if one.custom is not None:
            key = f"{one.group}.{one.version}.{one.kind}"
            self.found[key] = {**one.custom, "x-kubernetes-group-version-kind": [_gvk(one)]}
            return
        self._reach(one.type)
        self.found[one.type.name].setdefault("x-kubernetes-group-version-kind", []).append(
            _gvk(one)
        )

    def _reach(self, of: Struct) -> Json:
        if of.name not in self.found:
            self.found[of.name] = {"type": "object"}
            self.found[of.name] |= self._struct(of)
        return {"$ref": f"{self._prefix}{of.name}"}

    def _struct(self, of: Struct) -> Json:
        found: Json = {"properties": {name: self._schema(one) for name, one in of.fields.items()}}
        if of.required:
            found["required"] = list(of.required)
        return found

    def _schema(self, of: Type) -> Json:
        if isinstance(of, Struct):
            return self._reach(of)
        if isinstance(of, Scalar):
            return _SCALARS.get(of.name, {"type": of.name})
        if isinstance(of, Anything):
            return {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        if isinstance(of, MapOf):
            return {"type": "object", "additionalProperties": self._schema(of.of)}
        return self._list(of)

    def _list(self, of: ListOf) -> Json:
        found: Json = {"type": "array", "items": self._schema(of.of)}
        found["x-kubernetes-list-type"] = "map" if of.keys else "set" if of.unique else "atomic"
        if of.keys:
            found["x-kubernetes-list-map-keys"] = list(of.keys)
        if of.merge is not None:
            found["x-kubernetes-patch-strategy"] = "merge"
            if of.merge:
                found["x-kubernetes-patch-merge-key"] = of.merge
        return found
