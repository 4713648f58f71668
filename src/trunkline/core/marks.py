"""Trunkline's own marks on live objects: who applied an object, for which component.

The annotation names the component; the label lets a server-side selector find all that is ours.
A live object is ours only while it carries both (see `core/prune`).
"""

from __future__ import annotations

from typing import Any

from trunkline.core.manifest import Manifest, Ref, annotations_of, labels_of

MANAGER = "trunkline"
COMPONENT = "trunkline/component"
MANAGED_BY = "trunkline/managed-by"
SELECTOR = f"{MANAGED_BY}={MANAGER}"

ARGO_TRACKING = "argocd.argoproj.io/tracking-id"


def marked(manifest: Manifest, component_id: str) -> Manifest:
    """The manifest as it is applied: with our annotation and label, without what a control plane
    fills in by itself; the original is kept."""
    manifest = _without_aggregated(manifest)
    meta: dict[str, Any] = dict(manifest.get("metadata") or {})
    meta["annotations"] = {**(meta.get("annotations") or {}), COMPONENT: component_id}
    meta["labels"] = {**(meta.get("labels") or {}), MANAGED_BY: MANAGER}
    return {**manifest, "metadata": meta}


def _without_aggregated(manifest: Manifest) -> Manifest:
    """An aggregating ClusterRole without its rules: the control plane overwrites whatever they
    say, and whoever applied them again would take permissions away for a moment, each time.
    https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles
    """
    group = str(manifest.get("apiVersion")).partition("/")[0]
    if (group, manifest.get("kind")) != ("rbac.authorization.k8s.io", "ClusterRole"):
        return manifest
    if not manifest.get("aggregationRule") or "rules" not in manifest:
        return manifest
    return {key: value for key, value in manifest.items() if key != "rules"}


def unmarked(manifest: Manifest) -> Manifest:
    """The manifest without our marks, as the repository knows it."""
    meta: dict[str, Any] = dict(manifest.get("metadata") or {})
    for field, mark in (("annotations", COMPONENT), ("labels", MANAGED_BY)):
        if mark in (meta.get(field) or {}):
            rest = {key: value for key, value in meta[field].items() if key != mark}
            meta.pop(field)
            if rest:
                meta[field] = rest
    return {**manifest, "metadata": meta}


def component_of(live: Manifest) -> str:
    """The id of the component that this live object is marked with, "" if it is not ours."""
    if labels_of(live).get(MANAGED_BY) != MANAGER:
        return ""
    return annotations_of(live).get(COMPONENT, "")


def owner_of(live: Manifest) -> str:
    """Whose the object is: the component on our mark, else the Application that Argo CD tracks it
    for, in the spelling of component ids; "" for neither."""
    return component_of(live) or _tracked_by(live)


def _tracked_by(live: Manifest) -> str:
    """The Application of `<app>:<group>/<kind>:<namespace>/<name>`, where that names the object
    itself: a copy keeps the annotation of what it was copied from.

    An Application outside of Argo CD's namespace is written `<namespace>_<app>` there.
    """
    application, _, place = str(annotations_of(live).get(ARGO_TRACKING, "")).partition(":")
    ref = Ref.of(live)
    kind, _, name = place.partition(":")
    namespace, _, name = name.rpartition("/")
    if kind != f"{ref.group}/{ref.kind}" or name != ref.name:
        return ""
    if ref.namespace and namespace != ref.namespace:
        return ""
    return application.replace("_", "/", 1)
