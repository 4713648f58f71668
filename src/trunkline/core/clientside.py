"""The three-way merge of `kubectl apply`, for objects that say `ServerSideApply=false`.

What was applied before is remembered in the object's own annotation; what stood there and is
rendered no more goes, what others set stays. Lists of built-in kinds are merged by their keys as
the Kubernetes types declare them (`patchMergeKey`), those of custom kinds are replaced whole.
https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/#merge-patch-calculation
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from trunkline.core.manifest import Manifest, annotations_of, group_of

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

_MERGE_KEYS: Mapping[str, str] = {
    "conditions": "type",
    "containers": "name",
    "env": "name",
    "ephemeralContainers": "name",
    "hostAliases": "ip",
    "imagePullSecrets": "name",
    "initContainers": "name",
    "ownerReferences": "uid",
    "resourceClaims": "name",
    "schedulingGates": "name",
    "secrets": "name",
    "topologySpreadConstraints": "topologyKey",
    "volumeDevices": "devicePath",
    "volumeMounts": "mountPath",
    "volumes": "name",
    "webhooks": "name",
}
# A Service's ports are known by `port`, a container's by `containerPort`.
_PORT_KEYS = ("containerPort", "port")

# Sets of strings to which others may add; all other lists of scalars are one value.
_SETS = frozenset({"finalizers"})

# Unions: what is rendered says which of the fields there are (`retainKeys`).
_UNIONS = frozenset({"strategy", "volumes"})

_BUILT_IN = frozenset(
    "admissionregistration apiextensions apiregistration authentication authorization certificates "
    "coordination discovery events flowcontrol.apiserver internal.apiserver networking node "
    "rbac.authorization resource scheduling storage storagemigration".split()
)


def with_last_applied(desired: Manifest) -> Manifest:
    """The manifest with itself as its annotation, as `kubectl apply` would create it."""
    text = orjson.dumps(desired, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    metadata = dict(desired["metadata"])
    annotations = dict(metadata.get("annotations") or {})
    metadata["annotations"] = {**annotations, LAST_APPLIED: text.decode() + "\n"}
    return {**desired, "metadata": metadata}


def merged(desired: Manifest, live: Manifest) -> Manifest:
    """What `kubectl apply` would make of the live object."""
    keyed = _is_built_in(str(desired.get("apiVersion")))
    found = _map(_last_applied(live), with_last_applied(desired), live, keyed)
    return {**found, "apiVersion": desired["apiVersion"], "kind": desired["kind"]}


def is_merged_by_client(manifest: Manifest, client_side: bool) -> bool:
    """Whether ServerSideApply=false is followed: not for Secrets, which the annotation would
    repeat in clear."""
    return client_side and manifest.get("kind") != "Secret"


def _last_applied(live: Manifest) -> Mapping[str, Any]:
    try:
        found = orjson.loads(annotations_of(live).get(LAST_APPLIED, "{}"))
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _is_built_in(api_version: str) -> bool:
    """Kubernetes' own groups; a custom kind's has a dot, and may end in k8s.io too."""
    group = group_of(api_version)
    return "." not in group or group.removesuffix(".k8s.io") in _BUILT_IN


def _map(
    former: Mapping[str, Any], desired: Mapping[str, Any], live: Mapping[str, Any], keyed: bool
) -> dict[str, Any]:
    kept = {key: value for key, value in live.items() if key not in desired and key not in former}
    for key, value in desired.items():
        if value is not None:
            kept[key] = _value(key, former.get(key), value, live.get(key), keyed)
    return kept


def _value(name: str, former: Any, desired: Any, live: Any, keyed: bool) -> Any:
    if isinstance(desired, dict) and isinstance(live, dict):
        known = {key: live[key] for key in live.keys() & desired.keys()}
        below = known if keyed and name in _UNIONS else live
        return _map(former if isinstance(former, dict) else {}, desired, below, keyed)
    if keyed and isinstance(desired, list) and isinstance(live, list):
        return _list(name, former if isinstance(former, list) else [], desired, live)
    return copy.deepcopy(desired)


def _list(
    name: str, former: Sequence[Any], desired: Sequence[Any], live: Sequence[Any]
) -> list[Any]:
    """Rendered items in their order, then those that others added."""
    if name in _SETS:
        return [*desired, *(one for one in live if one not in desired and one not in former)]
    key = _key_of(name, desired, live)
    if not key:
        return copy.deepcopy(list(desired))
    was = {one.get(key): one for one in former if isinstance(one, dict)}
    there = {one[key]: one for one in live}
    wanted = {one[key] for one in desired}
    items = [_value(name, was.get(one[key]), one, there.get(one[key]), True) for one in desired]
    return [*items, *(one for one in live if one[key] not in wanted and one[key] not in was)]


def _key_of(name: str, desired: Sequence[Any], live: Sequence[Any]) -> str:
    """The key of a list's items, "" where the list is one value, or no key tells them apart."""
    keys = _PORT_KEYS if name == "ports" else (_MERGE_KEYS.get(name, ""),)
    for key in keys:
        if key and all(_told_apart(items, key) for items in (desired, live)):
            return key
    return ""


def _told_apart(items: Sequence[Any], key: str) -> bool:
    named = [one.get(key) for one in items if isinstance(one, dict) and one.get(key) is not None]
    return len(named) == len(items) and len(set(map(str, named))) == len(named)
