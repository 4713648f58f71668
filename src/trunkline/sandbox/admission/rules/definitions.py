"""Rules of CustomResourceDefinitions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trunkline.sandbox.admission.rules.fields import at, missing, one_of, required, unchanged, wrong
from trunkline.sandbox.errors import Cause

Json = dict[str, Any]


def definition(new: Json, old: Json | None) -> Iterator[Cause]:
    yield from missing(new, "spec.group", "spec.names.plural", "spec.names.kind", "spec.versions")
    yield from one_of(at(new, "spec.scope"), ("Cluster", "Namespaced"), "spec.scope")
    name = f"{at(new, 'spec.names.plural')}.{at(new, 'spec.group')}"
    if new["metadata"].get("name") != name:
        rule = 'must be spec.names.plural+"."+spec.group'
        yield wrong("metadata.name", new["metadata"].get("name", ""), rule)
    yield from unchanged(new, old, "spec.group", "spec.scope", "spec.names.kind")
    versions = at(new, "spec.versions") or ()
    if versions and sum(bool(one.get("storage")) for one in versions) != 1:
        rule = "must have exactly one version marked as storage version"
        yield wrong("spec.versions", "", rule)
    for number, one in enumerate(versions):
        schema = at(one, "schema.openAPIV3Schema")
        path = f"spec.versions[{number}].schema.openAPIV3Schema"
        if not schema:
            yield required(path, "schemas are required")
        else:
            yield from _structural(schema, path, root=True)


def _structural(schema: Json, path: str, *, root: bool = False) -> Iterator[Cause]:
    """A schema must say the type of every field (apiextensions v1, "structural schema")."""
    free = schema.get("x-kubernetes-int-or-string") or schema.get(
        "x-kubernetes-preserve-unknown-fields"
    )
    if not schema.get("type") and (root or not free):
        rule = "must not be empty at the root" if root else "must not be empty for specified fields"
        yield required(f"{path}.type", rule.replace("fields", "object fields"))
    for name, one in (schema.get("properties") or {}).items():
        yield from _structural(one, f"{path}.properties[{name}]")
    if isinstance(schema.get("items"), dict):
        yield from _structural(schema["items"], f"{path}.items")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from _structural(schema["additionalProperties"], f"{path}.additionalProperties")
