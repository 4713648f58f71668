"""From a path to what it names: `/apis/apps/v1/namespaces/db/deployments/web/status`."""

from __future__ import annotations

from trunkline.sandbox.errors import NoSuchPath
from trunkline.sandbox.kinds.registry import Registry
from trunkline.sandbox.kinds.resource import Resource
from trunkline.sandbox.request import Target

_OF_NAMESPACE = frozenset({"status", "finalize"})


def target_of(registry: Registry, path: str) -> Target:
    """The target of a path below `/api/v1` or `/apis/GROUP/VERSION`. Raises ApiStatus 404."""
    parts = [one for one in path.split("/") if one]
    group, version, rest = _versioned(parts)
    if rest[:1] == ["namespaces"] and len(rest) >= 3 and rest[2] not in _OF_NAMESPACE:
        namespace, rest = rest[1], rest[2:]
    elif rest[:1] == ["namespaces"] and group:
        raise NoSuchPath()
    else:
        namespace = ""
    if not 1 <= len(rest) <= 3:
        raise NoSuchPath()
    resource = registry.find(group, version, rest[0])
    if resource is None:
        raise NoSuchPath()
    name, subresource = (*rest[1:], "", "")[:2]
    _check(resource, namespace, name, subresource)
    return Target(resource, namespace, name, subresource)


def _versioned(parts: list[str]) -> tuple[str, str, list[str]]:
    if parts[:1] == ["api"] and len(parts) > 2:
        return "", parts[1], parts[2:]
    if parts[:1] == ["apis"] and len(parts) > 3:
        return parts[1], parts[2], parts[3:]
    raise NoSuchPath()


def _check(resource: Resource, namespace: str, name: str, subresource: str) -> None:
    """A namespaced object has a namespace in its path, another has none."""
    if bool(namespace) and not resource.namespaced:
        raise NoSuchPath()
    if name and resource.namespaced and not namespace:
        raise NoSuchPath()
    if subresource and subresource not in (*resource.subresources, "log", "finalize"):
        raise NoSuchPath()
