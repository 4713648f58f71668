"""By which fields the items of a list are known.

Kubernetes declares most of its lists as maps in disguise: a container is known by its name, a
mount by its path (`x-kubernetes-list-map-keys` in the OpenAPI description). With the key, an
inserted item is one addition and not a shift of all that follow. Lists of unknown kinds get a key
by their look: all items are maps with one and the same field that names each of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from trunkline.core.diff.path import Item, Path

# The list's field name → the keys to try, best to read first. `protocol` is TCP where not given.
_DECLARED: dict[str, tuple[tuple[str, ...], ...]] = {
    "containers": (("name",),),
    "initContainers": (("name",),),
    "ephemeralContainers": (("name",),),
    "env": (("name",),),
    "ports": (("name",), ("containerPort", "protocol"), ("port", "protocol")),
    "volumes": (("name",),),
    "volumeMounts": (("mountPath",),),
    "volumeDevices": (("devicePath",),),
    "volumeClaimTemplates": (("metadata.name",),),
    "imagePullSecrets": (("name",),),
    "secrets": (("name",),),
    "hostAliases": (("ip",),),
    "topologySpreadConstraints": (("topologyKey", "whenUnsatisfiable"), ("topologyKey",)),
    "conditions": (("type",),),
    "ownerReferences": (("uid",),),
    "resourceClaims": (("name",),),
    "claims": (("name",),),
    "schedulingGates": (("name",),),
    "webhooks": (("name",),),
    "matchConditions": (("name",),),
    "subjects": (("kind", "namespace", "name"), ("kind", "name")),
    "taints": (("key", "effect"),),
    "tolerations": (("key", "operator", "effect"), ("key", "effect"), ("key",)),
    "metrics": (("type",),),
    "listeners": (("name",),),
    "versions": (("name",),),
    "groups": (("name",),),
}
# Keyed, but the order is the order of work.
_ORDERED = frozenset({"initContainers", "steps", "tasks", "templates", "middlewares", "versions"})

_GUESSED = tuple(
    (name,)
    for name in ("name", "metadata.name", "key", "id", "type", "host", "path", "alert", "record")
)

# Lists of scalars whose order means nothing.
_SETS = frozenset(
    "finalizers accessModes verbs apiGroups resources resourceNames nonResourceURLs policyTypes "
    "externalIPs loadBalancerSourceRanges shortNames categories operations apiVersions "
    "supplementalGroups mountOptions".split()
)
_DEFAULTS = {"protocol": "TCP", "namespace": "", "operator": "Equal", "effect": ""}


class Keying(Struct, frozen=True):
    """How two lists are matched: by these fields; `folds`: their order alone is no change."""

    fields: tuple[str, ...]
    folds: bool

    def item(self, value: Any) -> Item:
        return Item(tuple((field, _field(value, field)) for field in self.fields))


def keying(path: Path, before: Sequence[Any], after: Sequence[Any]) -> Keying | None:
    """The key that tells the items of both lists apart, None where only the position does."""
    name = next((step for step in reversed(path) if isinstance(step, str)), "")
    known = bool(path) and path[-1] == name
    if known and name in _SETS and _is_set(before) and _is_set(after):
        return Keying(("",), True)
    if not all(isinstance(one, dict) for one in (*before, *after)):
        return None
    declared = _DECLARED.get(name, ()) if known else ()
    for fields in (*declared, *_GUESSED):
        found = Keying(fields, fields in declared and name not in _ORDERED)
        if _tells_apart(found, before) and _tells_apart(found, after):
            return found
    return None


def _tells_apart(found: Keying, values: Sequence[Any]) -> bool:
    items = {found.item(value) for value in values if all(_has(value, f) for f in found.fields)}
    return len(items) == len(values)


def _is_set(values: Sequence[Any]) -> bool:
    return all(isinstance(one, str) for one in values) and len(set(values)) == len(values)


def _has(value: dict[str, Any], field: str) -> bool:
    return isinstance(_field(value, field), str | int) and _field(value, field) is not None


def _field(value: Any, field: str) -> Any:
    if field == "":
        return value
    for part in field.split("."):
        value = value.get(part, _DEFAULTS.get(part)) if isinstance(value, dict) else None
    return value
