"""A resource: what discovery says of a kind in one version, and the type of its objects."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

from trunkline.sandbox.typed.schema import Struct

Json = dict[str, Any]

READ_WRITE = tuple("create delete deletecollection get list patch update watch".split())


class StorageKey(msgspec.Struct, frozen=True):
    """Where objects lie: once, whatever version they are read in."""

    group: str
    plural: str


@dataclass(frozen=True)
class Resource:
    """`custom` is the version's schema as its CRD writes it, None for a built-in kind."""

    group: str
    version: str
    kind: str
    plural: str
    singular: str
    namespaced: bool
    type: Struct
    verbs: tuple[str, ...] = READ_WRITE
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    custom: Json | None = None
    columns: tuple[Json, ...] = ()
    scale: Json | None = None

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @cached_property
    def storage(self) -> StorageKey:
        # Events are one thing in two groups.
        group = "" if self.plural == "events" else self.group
        return StorageKey(group, self.plural)

    @property
    def has_status(self) -> bool:
        return "status" in self.subresources

    def as_discovered(self) -> list[Json]:
        """The entries of an APIResourceList: the resource itself and its subresources."""
        entry: Json = {
            "name": self.plural,
            "singularName": self.singular,
            "namespaced": self.namespaced,
            "kind": self.kind,
            "verbs": list(self.verbs),
        }
        if self.short_names:
            entry["shortNames"] = list(self.short_names)
        if self.categories:
            entry["categories"] = list(self.categories)
        return [entry, *map(self._subresource, self.subresources)]

    def _subresource(self, name: str) -> Json:
        kind, group, version, verbs = _SUBRESOURCES.get(name, (self.kind, "", "", _GET_AND_WRITE))
        entry: Json = {
            "name": f"{self.plural}/{name}",
            "singularName": "",
            "namespaced": self.namespaced,
            "kind": kind,
            "verbs": list(verbs),
        }
        return entry | ({"group": group, "version": version} if version else {})


_GET_AND_WRITE = ("get", "patch", "update")
_CREATE = ("create",)
_SUBRESOURCES: dict[str, tuple[str, str, str, tuple[str, ...]]] = {
    "scale": ("Scale", "autoscaling", "v1", _GET_AND_WRITE),
    "eviction": ("Eviction", "policy", "v1", _CREATE),
    "token": ("TokenRequest", "authentication.k8s.io", "v1", _CREATE),
    "binding": ("Binding", "", "", _CREATE),
    "log": ("Pod", "", "", ("get",)),
}
