"""The namespace that a component needs and does not own: CreateNamespace, with what
managedNamespaceMetadata asks for.

Components share namespaces. So each applies its labels and annotations under a field manager of
its own: what one drops goes, and what another set stays. Where a component renders the namespace
itself, that decides, and here it is only created in time for what comes before it.
https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#namespace-metadata
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from trunkline.core.component import Component
from trunkline.core.desired import Desired
from trunkline.core.manifest import Manifest, Ref, annotations_of, labels_of
from trunkline.core.marks import MANAGER
from trunkline.core.options import is_on
from trunkline.engine.live import Live

# https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers
_LONGEST_MANAGER = 128

Texts = Mapping[str, str]


class Home(Struct, frozen=True):
    """A namespace that is not as wanted; `live` None: it is not there. `manager` applies it."""

    manifest: Manifest
    manager: str
    live: Manifest | None = None

    @property
    def answer(self) -> Manifest:
        """What it will be."""
        if self.live is None:
            return self.manifest
        metadata = dict(self.live["metadata"])
        for field, now in (("labels", labels_of), ("annotations", annotations_of)):
            mine = _owned(self.live, self.manager, field)
            kept = {key: value for key, value in now(self.live).items() if key not in mine}
            metadata[field] = {**kept, **now(self.manifest)}
        return {**self.live, "metadata": metadata}


def namespace_of(component: Component) -> str:
    """The namespace that CreateNamespace asks for, "" for none."""
    creates = is_on(component.policy.options, "CreateNamespace")
    return component.destination.namespace if creates else ""


async def home_of(live: Live, desired: Desired) -> Home | None:
    """The component's namespace, None where it is as wanted or nobody asks for it."""
    component, name = desired.component, namespace_of(desired.component)
    if not name:
        return None
    ref = Ref("", "Namespace", "", name)
    await live.load([ref])
    found, manager = live.get(ref), _manager(component)
    rendered = ref in desired.refs
    manifest = _bare(name) if rendered else _manifest(component)
    if found is None:
        return Home(manifest, manager)
    if rendered or _as_wanted(found, manifest, manager):
        return None
    return Home(manifest, manager, found)


def in_time(component: Component, name: str) -> Home:
    """A rendered namespace that a hook before the Sync phase needs: created bare, so that the hook
    can run; what it is to be comes with its manifest."""
    return Home(_bare(name), _manager(component))


def _as_wanted(live: Manifest, manifest: Manifest, manager: str) -> bool:
    """Whether all that is asked for is there, and nothing that is not asked for is ours."""
    wanted = {"labels": labels_of(manifest), "annotations": annotations_of(manifest)}
    there = {"labels": labels_of(live), "annotations": annotations_of(live)}
    return all(
        wanted[field].items() <= there[field].items()
        and _owned(live, manager, field) <= wanted[field].keys()
        for field in wanted
    )


def _owned(live: Manifest, manager: str, field: str) -> set[str]:
    """The labels or annotations that this manager has applied."""
    found: set[str] = set()
    for entry in live["metadata"].get("managedFields") or ():
        if entry.get("manager") == manager:
            fields: Mapping[str, Any] = (entry.get("fieldsV1") or {}).get("f:metadata") or {}
            found |= {key[2:] for key in fields.get(f"f:{field}") or {} if key.startswith("f:")}
    return found


def _manager(component: Component) -> str:
    name = f"{MANAGER}/{component.id}"
    if len(name) <= _LONGEST_MANAGER:
        return name
    return f"{MANAGER}/{hashlib.sha256(component.id.encode()).hexdigest()}"


def _bare(name: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def _manifest(component: Component) -> Manifest:
    manifest = _bare(component.destination.namespace)
    for field, texts in (
        ("labels", component.policy.namespace_labels),
        ("annotations", component.policy.namespace_annotations),
    ):
        if texts:
            manifest["metadata"][field] = dict(texts)
    return manifest
