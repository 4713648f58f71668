"""An object without its noise: what nobody wrote, and what means the same as nothing.

Two renders are compared in this form, and so are a live object and the API server's answer to a
dry run. What the server alone writes is dropped, Secrets are brought to one spelling, and empty
or null fields that Kubernetes reads as absent are absent.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from trunkline.core.manifest import Manifest
from trunkline.core.marks import unmarked

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

# Written by the API server or by a controller, never by a person (API conventions, "Metadata").
_SERVER_METADATA = (
    "managedFields",
    "resourceVersion",
    "uid",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "selfLink",
)
_SERVER_ANNOTATIONS = (LAST_APPLIED, "deployment.kubernetes.io/revision")

# Collections that mean the same empty as absent, wherever they stand.
_EMPTY_IS_ABSENT = frozenset(
    "labels annotations finalizers ownerReferences nodeSelector tolerations affinity env envFrom "
    "volumes volumeMounts volumeDevices initContainers imagePullSecrets hostAliases resources "
    "limits requests securityContext topologySpreadConstraints".split()
)

# In a schema, or in the data of a ConfigMap, field names are the author's own.
_AUTHORS_OWN = frozenset({"properties", "data"})


def without_server_fields(manifest: Manifest) -> Manifest:
    """The object as somebody declared it: no status, nothing that only the server writes."""
    meta = {
        key: value
        for key, value in (manifest.get("metadata") or {}).items()
        if key not in _SERVER_METADATA
    }
    annotations = meta.get("annotations")
    if isinstance(annotations, dict) and any(one in annotations for one in _SERVER_ANNOTATIONS):
        kept = {k: v for k, v in annotations.items() if k not in _SERVER_ANNOTATIONS}
        meta["annotations"] = kept
        if not kept:
            del meta["annotations"]
    return {key: value for key, value in manifest.items() if key != "status"} | {"metadata": meta}


def normal(manifest: Manifest) -> Manifest:
    """The object as it is compared: also without our marks and without empty fields."""
    bare = _without_empties(unmarked(without_server_fields(manifest)))
    return _one_spelling(bare) if bare.get("kind") == "Secret" else bare


def same_but_for_noise(before: Manifest, after: Manifest) -> bool:
    """Whether two answers of an API server hold the same declared object.

    Our marks count here, and so does the order of every list: where they differ, applying writes.
    """
    return equal(without_server_fields(before), without_server_fields(after))


def equal(one: Any, other: Any) -> bool:
    """JSON equality: `true` is not `1`, `1` is `1.0`."""
    if isinstance(one, dict):
        return (
            isinstance(other, dict)
            and one.keys() == other.keys()
            and all(equal(value, other[key]) for key, value in one.items())
        )
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(equal, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _without_empties(value: Any, inside: str = "") -> Any:
    if isinstance(value, list):
        return [_without_empties(one) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    authors_own = inside in _AUTHORS_OWN
    for key, one in value.items():
        inner = _without_empties(one, key)
        empty = not authors_own and key in _EMPTY_IS_ABSENT and inner in ({}, [])
        if inner is not None and not empty:
            kept[key] = inner
    return kept


def empty_places(manifest: Manifest) -> frozenset[object]:
    """Where the object has fields that mean the same as none; a place is its parent and its key."""
    found: set[object] = set()
    _is_hollow(unmarked(without_server_fields(manifest)), None, "", found)
    return frozenset(found)


def _is_hollow(value: Any, place: object, inside: str, found: set[object]) -> bool:
    """Whether nothing is left of the value without its empty fields, which are added to `found`."""
    if isinstance(value, list):
        for at, one in enumerate(value):
            _is_hollow(one, (place, at), "", found)
        return not value
    if not isinstance(value, dict):
        return value is None
    left = len(value)
    authors_own = inside in _AUTHORS_OWN
    for key, one in value.items():
        hollow = _is_hollow(one, (place, key), key, found)
        if one is None or (hollow and not authors_own and key in _EMPTY_IS_ABSENT):
            found.add((place, key))
            left -= 1
    return not left


def _one_spelling(secret: Manifest) -> Manifest:
    """A Secret whose `stringData` stands in `data`, as the API server stores it.

    base64 that Go's decoder reads alike (line breaks inside) is written alike.
    """
    data = secret.get("data") if isinstance(secret.get("data"), dict) else None
    texts = secret.get("stringData") if isinstance(secret.get("stringData"), dict) else None
    if data is None and texts is None:
        return secret
    merged = {key: canonical_base64(value) for key, value in (data or {}).items()}
    for key, text in (texts or {}).items():
        merged[key] = base64.b64encode(str(text).encode()).decode()
    rest = {key: value for key, value in secret.items() if key != "stringData"}
    return {**rest, "data": merged}


def canonical_base64(value: Any) -> Any:
    """The value's only spelling in base64; what is no base64 stays as it is."""
    if not isinstance(value, str):
        return value
    try:
        decoded = base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        return value
    return base64.b64encode(decoded).decode()
