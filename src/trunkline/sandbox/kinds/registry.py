"""Which kinds are served at the moment: the built-in ones, and those that CRDs add and take."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from trunkline.sandbox.kinds.resource import Resource, StorageKey
from trunkline.sandbox.typed.table import struct, table

GIT_VERSION = "v1.36.3"


@cache
def builtins() -> tuple[Resource, ...]:
    return tuple(
        Resource(
            group=one["group"],
            version=one["version"],
            kind=one["kind"],
            plural=one["plural"],
            singular=one["singular"],
            namespaced=one["namespaced"],
            type=struct(one["type"]),
            verbs=tuple(one["verbs"]),
            short_names=tuple(one.get("short", ())),
            categories=tuple(one.get("categories", ())),
            subresources=tuple(one.get("subresources", ())),
        )
        for one in table()["resources"]
    )


class Registry:
    def __init__(self) -> None:
        self._by_plural: dict[tuple[str, str, str], Resource] = {}
        self._by_kind: dict[tuple[str, str, str], Resource] = {}
        for one in builtins():
            self._add(one)

    def find(self, group: str, version: str, plural: str) -> Resource | None:
        return self._by_plural.get((group, version, plural))

    def kind(self, group: str, version: str, kind: str) -> Resource | None:
        return self._by_kind.get((group, version, kind))

    def of(self, api_version: str, kind: str) -> Resource | None:
        group, slash, version = api_version.rpartition("/")
        return self.kind(group if slash else "", version, kind)

    def stored(self, storage: StorageKey) -> Resource | None:
        """Any version of what lies there."""
        for one in self._by_plural.values():
            if one.storage == storage:
                return one
        return None

    def all(self) -> Iterator[Resource]:
        return iter(self._by_plural.values())

    def served(self) -> dict[str, dict[str, list[Resource]]]:
        """By group and version, in the order in which they are preferred."""
        found: dict[str, dict[str, list[Resource]]] = {}
        for one in self._by_plural.values():
            found.setdefault(one.group, {}).setdefault(one.version, []).append(one)
        return found

    def replace_custom(self, storage: StorageKey, versions: tuple[Resource, ...]) -> None:
        """Serve these versions of a custom kind from now on, and no others. None takes it away."""
        for key, one in list(self._by_plural.items()):
            if one.storage == storage:
                del self._by_plural[key]
                self._by_kind.pop((one.group, one.version, one.kind), None)
        for one in versions:
            self._add(one)

    def _add(self, one: Resource) -> None:
        self._by_plural[one.group, one.version, one.plural] = one
        self._by_kind[one.group, one.version, one.kind] = one
