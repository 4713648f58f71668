"""What a cluster serves: kinds, their scope and verbs, and its version.

The aggregated form (one request each for the core and for all groups) is asked for first:
https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
A server that does not know it answers with the plain list of groups, which are then read singly.
An aggregated group whose own server is down has no kinds then; it is remembered as broken, so that
its objects are not taken for missing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from msgspec import Struct

from trunkline.core.manifest import Ref
from trunkline.edge.cluster.errors import ApiError, Invalid, NotFound, Unauthorized, Unreachable

# v2beta1, of the same form, is what 1.27 to 1.29 serve.
AGGREGATED = ",".join(
    [
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
        "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
        "application/json",
    ]
)

T = TypeVar("T")

Ask = Callable[[str, str], Coroutine[Any, Any, dict[str, Any]]]
"""Asked with a path and an Accept header."""


class Resource(Struct, frozen=True):
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

    def path(self, namespace: str = "") -> str:
        """The path of the collection: of one namespace, or of all."""
        root = f"/apis/{self.api_version}" if self.group else f"/api/{self.version}"
        place = f"/namespaces/{segment(namespace)}" if self.namespaced and namespace else ""
        return f"{root}{place}/{self.plural}"

    def path_of(self, ref: Ref) -> str:
        """The path of one object. Raises Invalid for a name that cannot be one."""
        return f"{self.path(ref.namespace)}/{segment(ref.name)}"


def segment(name: str) -> str:
    """A name as one part of a path: `../secrets/x` would be another object, and no name at all
    the whole collection.

    The rule is the API server's: k8s.io/apimachinery/pkg/api/validation/path.
    """
    if name in ("", ".", "..") or "/" in name or "%" in name:
        why = "it may not be empty, or hold / or %"
        raise Invalid(f"{name!r} cannot be the name of an object: {why}", status=422)
    return quote(name, safe=":")


class Discovery:
    """All resources of a cluster, the preferred version of each group first.

    `broken` are the groups whose own API server did not say what it serves.
    """

    def __init__(
        self, kube_version: str, resources: Iterable[Resource], broken: Iterable[str] = ()
    ) -> None:
        self.kube_version = kube_version
        self.broken = frozenset(broken)
        everything = tuple(resources)
        self._by_version = {(one.group, one.kind, one.version): one for one in everything}
        self._preferred: dict[tuple[str, str], Resource] = {}
        for one in everything:
            self._preferred.setdefault((one.group, one.kind), one)
        self.api_versions = tuple(
            sorted(
                {one.api_version for one in everything}
                | {f"{one.api_version}/{one.kind}" for one in everything}
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


class _Part(Struct, frozen=True):
    resources: tuple[Resource, ...] = ()
    broken: frozenset[str] = frozenset()


async def discovered(ask: Ask) -> Discovery:
    """Ask a server what it serves. Raises ApiError where the server itself refuses."""
    version, core, groups = await _together(
        [
            ask("/version", "application/json"),
            ask("/api", AGGREGATED),
            ask("/apis", AGGREGATED),
        ]
    )
    parts = [await _part(ask, core, "/api"), await _part(ask, groups, "/apis")]
    return Discovery(
        str(version.get("gitVersion", "")),
        [one for part in parts for one in part.resources],
        frozenset().union(*(part.broken for part in parts)),
    )


async def _together(questions: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """All answers in order. The first failure ends the rest, which `gather` would leave running."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in questions]
    except BaseExceptionGroup as failed:
        first = failed.exceptions[0]
        raise first from first.__cause__
    return [one.result() for one in tasks]


async def _part(ask: Ask, answer: Mapping[str, Any], prefix: str) -> _Part:
    if answer.get("kind") == "APIGroupDiscoveryList":
        return _Part(tuple(_aggregated(answer)), frozenset(_stale(answer)))
    versions = _versions(answer)
    lists = await _together([_plain(ask, f"{prefix}/{one}", one) for one in versions])
    return _Part(
        tuple(one for found in lists for one in found or ()),
        frozenset(
            _split(version)[0]
            for version, found in zip(versions, lists, strict=True)
            if found is None
        ),
    )


def _aggregated(answer: Mapping[str, Any]) -> Iterator[Resource]:
    for group in answer.get("items") or ():
        name = (group.get("metadata") or {}).get("name", "")
        for version in group.get("versions") or ():
            for one in version.get("resources") or ():
                if kind := (one.get("responseKind") or {}).get("kind", ""):
                    yield Resource(
                        name,
                        version["version"],
                        kind,
                        one["resource"],
                        one.get("scope") == "Namespaced",
                        tuple(one.get("verbs") or ()),
                    )


def _stale(answer: Mapping[str, Any]) -> Iterator[str]:
    """Groups that the server knows of, but not what is in them."""
    for group in answer.get("items") or ():
        for version in group.get("versions") or ():
            if version.get("freshness") == "Stale" and not version.get("resources"):
                yield (group.get("metadata") or {}).get("name", "")


def _versions(answer: Mapping[str, Any]) -> list[str]:
    """`v1` of the core, or `group/version` of each group with the preferred one first."""
    if "versions" in answer and "groups" not in answer:
        return list(answer["versions"])
    found = []
    for group in answer.get("groups") or ():
        preferred = (group.get("preferredVersion") or {}).get("groupVersion", "")
        others = [one["groupVersion"] for one in group.get("versions") or ()]
        found += [preferred, *(one for one in others if one != preferred)]
    return [one for one in found if one]


async def _plain(ask: Ask, path: str, group_version: str) -> list[Resource] | None:
    """The resources of one version of a group; None where its own server is down."""
    try:
        answer = await ask(path, "application/json")
    except NotFound:
        return []  # It went between the two questions.
    except (Unauthorized, Unreachable):
        raise
    except ApiError:
        return None
    group, version = _split(group_version)
    return [
        Resource(
            group,
            version,
            one["kind"],
            one["name"],
            bool(one.get("namespaced")),
            tuple(one.get("verbs") or ()),
        )
        for one in answer.get("resources") or ()
        if "/" not in one["name"]
    ]


def _split(group_version: str) -> tuple[str, str]:
    group, _, version = group_version.rpartition("/")
    return group, version
