"""A manifest is one Kubernetes object as plain data; its `Ref` is its identity.

Manifests stay plain dictionaries, as a YAML or JSON parser gives them: they come by the
thousand, and every outside format is one step away. What identifies an object is a value of
its own, because plans, orders, inventories and verdicts are all keyed by it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

# So many keys tell which document is meant.
NAMED = 3

Manifest = dict[str, Any]
"""One Kubernetes object: `apiVersion`, `kind`, `metadata` and the rest, as parsed."""


class NotAManifest(ValueError):
    """A document that cannot be a Kubernetes object; the message says what is missing."""


class Ref(Struct, frozen=True, order=True):
    """Group, kind, namespace and name. The version is left out: it is a view, not an identity.

    `group` is "" for the core group, `namespace` is "" for what has none.
    """

    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        kind = f"{self.kind}.{self.group}" if self.group else self.kind
        return f"{kind} {self.namespace}/{self.name}" if self.namespace else f"{kind} {self.name}"

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> Ref:
        """The ref of a manifest; its namespace is "" where the manifest names none."""
        meta = manifest.get("metadata") or {}
        return cls(
            group_of(str(manifest.get("apiVersion", ""))),
            str(manifest.get("kind", "")),
            str(meta.get("namespace") or ""),
            str(meta.get("name") or meta.get("generateName") or ""),
        )

    def as_json(self) -> dict[str, str]:
        return {
            "group": self.group,
            "kind": self.kind,
            "namespace": self.namespace,
            "name": self.name,
        }


def group_of(api_version: str) -> str:
    """The group of an apiVersion: `apps/v1` → `apps`, `v1` → ""."""
    group, slash, _ = api_version.partition("/")
    return group if slash else ""


def uid_of(live: Mapping[str, Any]) -> str:
    """What tells a live object from any other that ever had its name, "" for a rendered one."""
    return str((live.get("metadata") or {}).get("uid") or "")


def annotations_of(manifest: Mapping[str, Any]) -> Mapping[str, str]:
    found = (manifest.get("metadata") or {}).get("annotations")
    return found if isinstance(found, dict) else {}


def labels_of(manifest: Mapping[str, Any]) -> Mapping[str, str]:
    found = (manifest.get("metadata") or {}).get("labels")
    return found if isinstance(found, dict) else {}


def checked(document: object) -> Manifest:
    """The document, if it has what every Kubernetes object needs. Raises NotAManifest."""
    if not isinstance(document, dict):
        raise NotAManifest(f"a Kubernetes object is a map, this is a {type(document).__name__}")
    for key in ("apiVersion", "kind"):
        if not isinstance(document.get(key), str) or not document[key]:
            raise NotAManifest(f"{key} is missing{_hint(document)}")
    if isinstance(document.get("items"), list) and document["kind"].endswith("List"):
        return document
    meta = document.get("metadata")
    meta = meta if isinstance(meta, dict) else {}
    for key in ("name", "namespace", "generateName"):
        if not isinstance(meta.get(key) or "", str) or meta.get(key) is False:
            said = json.dumps(meta[key], default=str)
            raise NotAManifest(f"{document['kind']}: metadata.{key} is {said}, no text: quote it")
    if not (meta.get("name") or meta.get("generateName")):
        raise NotAManifest(f"{document['kind']} has no metadata.name{_kustomizes(document)}")
    return document


def _kustomizes(document: Mapping[str, Any]) -> str:
    """Manifests that are read as they are often have Kustomize's own files among them."""
    own = document["apiVersion"].startswith("kustomize.config.k8s.io/")
    return ": a file of Kustomize, which directory.exclude leaves out" if own else ""


def _hint(document: Mapping[object, Any]) -> str:
    """Which document is meant: by its kind and name, else by its keys."""
    meta = document.get("metadata")
    said = [document.get("kind"), meta.get("name") if isinstance(meta, dict) else None]
    if named := " ".join(str(one) for one in said if one):
        return f" ({named})"
    keys = [str(key) for key in document]
    return f" (a map of {', '.join(keys[:NAMED])}{', …' if keys[NAMED:] else ''})" if keys else ""


def flattened(document: Manifest) -> Iterator[Manifest]:
    """The objects of a `kind: List` (to any depth), or the document itself."""
    items = document.get("items")
    if str(document.get("kind", "")).endswith("List") and isinstance(items, list):
        for item in items:
            yield from flattened(checked(item))
    else:
        yield document
