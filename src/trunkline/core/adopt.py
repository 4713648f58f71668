"""Taking over objects that another tool applied before us.

Server-side apply removes a field only if we owned it. What kubectl, Helm, Argo CD or Flux set is
owned by their field managers, so that a field which Git drops would stay for ever. On the first
sync of such an object their ownership becomes ours, without any change to the object itself; the
apply that follows removes what Git no longer holds.

https://kubernetes.io/docs/reference/using-api/server-side-apply/#transferring-ownership-between-managers
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from trunkline.core.manifest import Manifest
from trunkline.core.marks import MANAGER
from trunkline.core.options import ObjectOptions

Entry = Mapping[str, Any]
Fields = dict[str, Any]

ARGO_MARKS = (
    ("f:annotations", "argocd.argoproj.io/tracking-id"),
    ("f:annotations", "argocd.argoproj.io/installation-id"),
    ("f:labels", "app.kubernetes.io/instance"),
    # The other label that Argo CD's documentation recommends.
    ("f:labels", "argocd.argoproj.io/instance"),
)

# Field managers of tools that apply what is in Git or in a chart. Controllers and people who edit
# by hand (`kubectl-edit`, `kubectl-patch`) are not among them.
FORMER = frozenset(
    {
        "argocd-application-controller",
        "argocd-controller",
        "before-first-apply",
        "helm",
        "helm-controller",
        "kubectl",
        "kubectl-client-side-apply",
        "kubectl-create",
        "kubectl-replace",
        "kustomize-controller",
    }
)


def former_managers(live: Manifest, api_version: str, options: ObjectOptions) -> frozenset[str]:
    """Whose ownership becomes ours on the first apply; () where the object is ours already, or
    where its options say that nothing is taken over.

    Fields that are owned in another version of the API cannot be taken over as they are.
    """
    entries = _entries(live)
    ours = any(one.get("manager") == MANAGER and not one.get("subresource") for one in entries)
    if ours or not options.migrate or options.client_side:
        return frozenset()
    known = FORMER | {options.migrate_from}
    return frozenset(str(one["manager"]) for one in entries if _is_former(one, known, api_version))


def taken_over(live: Manifest, api_version: str, former: frozenset[str]) -> list[dict[str, Any]]:
    """The object's managedFields with all that the former managers own owned by us."""
    kept, ours = [], dict[str, Any]()
    for one in _entries(live):
        if not _is_former(one, former, api_version):
            kept.append(dict(one))
            continue
        left, yielded = _split(one)
        _unite(ours, yielded)
        if left:
            kept.append({**one, "fieldsV1": left})
    entry = {
        "manager": MANAGER,
        "operation": "Apply",
        "apiVersion": api_version,
        "fieldsType": "FieldsV1",
        "fieldsV1": ours,
    }
    return [*kept, entry]


def yielding(live: Manifest, former: frozenset[str]) -> Manifest:
    """The live object as if these managers owned only what becomes ours."""
    entries = [
        {**one, "fieldsV1": _split(one)[1]} if one.get("manager") in former else one
        for one in _entries(live)
    ]
    return {**live, "metadata": {**live["metadata"], "managedFields": entries}}


def take_over_patch(
    live: Manifest, api_version: str, former: frozenset[str]
) -> list[dict[str, Any]]:
    """The JSON patch that does it; refused (409) if the object changed meanwhile."""
    version = (live.get("metadata") or {}).get("resourceVersion")
    managed = taken_over(live, api_version, former)
    return [
        {"op": "replace", "path": "/metadata/managedFields", "value": managed},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": version},
    ]


def _entries(live: Manifest) -> list[Entry]:
    return list((live.get("metadata") or {}).get("managedFields") or ())


def _is_former(one: Entry, managers: frozenset[str], api_version: str) -> bool:
    return (
        one.get("manager") in managers
        and not one.get("subresource")
        and one.get("apiVersion") == api_version
    )


def _split(entry: Entry) -> tuple[Fields, Fields]:
    """What a former manager keeps, and what becomes ours.

    Argo CD keeps the marks by which it knows its objects: both may look at one repository for a
    while, and an object without its mark would be one that Argo CD has lost.
    """
    fields: Fields = copy.deepcopy(dict(entry.get("fieldsV1") or {}))
    if not str(entry.get("manager")).startswith("argocd"):
        return {}, fields
    metadata, left = fields.get("f:metadata") or {}, Fields()
    for field, mark in ARGO_MARKS:
        if f"f:{mark}" in (metadata.get(field) or {}):
            left.setdefault(field, {})[f"f:{mark}"] = metadata[field].pop(f"f:{mark}")
    return ({"f:metadata": left} if left else {}), fields


def _unite(into: dict[str, Any], fields: Mapping[str, Any]) -> None:
    for name, below in fields.items():
        if name in into:
            _unite(into[name], below)
        else:
            into[name] = copy.deepcopy(below)
