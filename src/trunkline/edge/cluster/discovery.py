"""What a cluster serves: kinds, their scope and verbs, and its version.

The aggregated form (one request each for the core and for all groups) is asked for first:
https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
A server that does not know it answers with the plain list of groups, which are then read singly. A
group whose own server is down is left out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trunkline.edge.cluster.errors import ApiError, Unauthorized, Unreachable

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"

Ask = Callable[[str, str], Awaitable[dict[str, Any]]]
"""Asked with a path and an Accept header."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind as one version of its group serves it. `plural` is its name in paths."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    verbs: tuple[str, ...] = ()

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str = "", name: str = "") -> str:
        """The path of the collection, or of one object of it."""
        root = f"/apis/{self.api_version}" if self.group else f"/api/{self.version}"
        place = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return f"{root}{place}/{self.plural}" + (f"/{name}" if name else "")


class Discovery:
    """All resources of a cluster, the preferred version of each group first."""

    def __init__(self, kube_version: str, resources: Iterable[Resource]) -> None:
        self.kube_version = kube_version
        self._all = tuple(resources)
        self._by_version = {
            (one.group, one.kind, one.version): one for one in self._all
        }
        self._preferred: dict[tuple[str, str], Resource] = {}
        for one in self._all:
            self._preferred.setdefault((one.group, one.kind), one)
        self.api_versions = tuple(
            sorted(
                {one.api_version for one in self._all}
                | {f"{one.api_version}/{one.kind}" for one in self._all}
            )
        )

    def find(self, group: str, kind: str, version: str = "") -> Resource | None:
        """The resource of a kind: in this version where it is served, else the preferred one."""
        exact = self._by_version.get((group, kind, version)) if version else None
        return exact or self._preferred.get((group, kind))

    def resources(self) -> tuple[Resource, ...]:
        """Each kind once, in its preferred version, in the order of groups and kinds."""
        return tuple(self._preferred[key] for key in sorted(self._preferred))

    def scopes(self) -> dict[tuple[str, str], bool]:
        """Whether each (group, kind) is namespaced."""
        return {key: one.namespaced for key, one in self._preferred.items()}


async def discovered(ask: Ask) -> Discovery:
    """Ask a server what it serves. Raises ApiError where the server itself refuses."""
    version, core, groups = await asyncio.gather(
        ask("/version", "application/json"),
        ask("/api", AGGREGATED),
        ask("/apis", AGGREGATED),
    )
    found = [
        resource
        for part, prefix in ((core, "/api"), (groups, "/apis"))
        for resource in await _resources(ask, part, prefix)
    ]
    return Discovery(str(version.get("gitVersion", "")), found)


async def _resources(ask: Ask, part: Mapping[str, Any], prefix: str) -> list[Resource]:
    if part.get("kind") == "APIGroupDiscoveryList":
        return list(_aggregated(part))
    lists = await asyncio.gather(
        *(_plain(ask, f"{prefix}/{version}", version) for version in _versions(part))
    )
    return [resource for found in lists for resource in found]


def _aggregated(part: Mapping[str, Any]) -> Iterator[Resource]:
    for group in part.get("items") or ():
        name = (group.get("metadata") or {}).get("name", "")
        for version in group.get("versions") or ():
            for one in version.get("resources") or ():
                kind = (one.get("responseKind") or {}).get("kind", "")
                yield Resource(
                    name,
                    version["version"],
                    kind,
                    one["resource"],
                    one.get("scope") == "Namespaced",
                    tuple(one.get("verbs") or ()),
                )


def _versions(part: Mapping[str, Any]) -> list[str]:
    """`v1` of the core, or `group/version` of each group with the preferred one first."""
    if "versions" in part and "groups" not in part:
        return list(part["versions"])
    found = []
    for group in part.get("groups") or ():
        preferred = (group.get("preferredVersion") or {}).get("groupVersion", "")
        others = [one["groupVersion"] for one in group.get("versions") or ()]
        found += [preferred, *(one for one in others if one != preferred)]
    return [one for one in found if one]


async def _plain(ask: Ask, path: str, group_version: str) -> list[Resource]:
    try:
        part = await ask(path, "application/json")
    except (Unauthorized, Unreachable):
        raise
    except ApiError:
        return []  # The server of an aggregated group is down; the rest is still there.
    group, slash, version = group_version.rpartition("/")
    return [
        Resource(
            group if slash else "",
            version,
            one["kind"],
            one["name"],
            bool(one.get("namespaced")),
            tuple(one.get("verbs") or ()),
        )
        for one in part.get("resources") or ()
        if "/" not in one["name"]
    ]
