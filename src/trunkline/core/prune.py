"""What may be deleted: the vetoes, each a function that gives its reason.

An object goes only if Trunkline applied it, it still carries the component's mark, and nobody
says that it stays. Whether a prune is wanted at all is for the component's policy to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from trunkline.core.flux import PRUNE, sync_options
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.marks import COMPONENT, MANAGER, component_of
from trunkline.core.options import CONFIRM, NO, ObjectOptions, object_options

CONFIRMED = "trunkline/prune-confirmed"
ARGO_CONFIRMED = "argocd.argoproj.io/deletion-approved"


class Asked(Struct, frozen=True):
    """A live object that its component does not want any more."""

    live: Manifest
    component: str
    options: ObjectOptions
    deleting_component: bool = False

    @property
    def meta(self) -> Mapping[str, Any]:
        meta: Mapping[str, Any] = self.live.get("metadata") or {}
        return meta


PruneVeto = Callable[[Asked], str]


def not_ours(asked: Asked) -> str:
    owner = component_of(asked.live)
    if owner == asked.component:
        return ""
    return f"it belongs to {owner}" if owner else "it does not carry our mark"


def not_applied_by_us(asked: Asked) -> str:
    """A copy of a marked object has the mark, but not from our write (KEP-555's managedFields).

    What is created by generateName, replaced or merged by the client is no server-side apply.
    """
    for entry in asked.meta.get("managedFields") or ():
        if entry.get("manager") == MANAGER:
            annotations = (entry.get("fieldsV1") or {}).get("f:metadata", {}).get("f:annotations")
            if f"f:{COMPONENT}" in (annotations or {}):
                return ""
    return "its mark was not set by Trunkline: it is a copy"


def owned_by_another(asked: Asked) -> str:
    for owner in asked.meta.get("ownerReferences") or ():
        if owner.get("controller"):
            return f"{owner.get('kind')} {owner.get('name')} owns it"
    return ""


def kept_by_option(asked: Asked) -> str:
    said = asked.options.delete if asked.deleting_component else asked.options.prune
    name = "Delete" if asked.deleting_component else "Prune"
    if said == NO:
        if "false" in sync_options(asked.meta.get("annotations") or {}).values():
            return f"{PRUNE}: disabled says that it stays"
        return f"{name}=false (or helm.sh/resource-policy: keep) says that it stays"
    if said == CONFIRM and not _confirmed(asked):
        return f"{name}=confirm: annotate it with {CONFIRMED}=true to let it go"
    return ""


def being_deleted(asked: Asked) -> str:
    return "it is being deleted already" if asked.meta.get("deletionTimestamp") else ""


VETOES: Sequence[PruneVeto] = (
    not_ours,
    not_applied_by_us,
    owned_by_another,
    kept_by_option,
    being_deleted,
)


def why_kept(
    live: Manifest,
    component: str,
    application_options: Mapping[str, str],
    *,
    deleting_component: bool = False,
) -> str:
    """Why the object stays, "" if it may go. The object's own options are read from it."""
    options = object_options(live, application_options)
    asked = Asked(live, component, options, deleting_component)
    return next((reason for veto in VETOES if (reason := veto(asked))), "")


def why_kept_by_word(
    manifest: Manifest, application_options: Mapping[str, str], *, deleting_component: bool = False
) -> str:
    """The same as far as files alone can say: what the object and its Application ask for."""
    options = object_options(manifest, application_options)
    return kept_by_option(Asked(manifest, "", options, deleting_component))


def extraneous(live: Sequence[Manifest], wanted: frozenset[Ref]) -> tuple[Manifest, ...]:
    """What carries a component's mark and is in no render of it."""
    return tuple(one for one in live if Ref.of(one) not in wanted)


def _confirmed(asked: Asked) -> bool:
    annotations = asked.meta.get("annotations") or {}
    return annotations.get(CONFIRMED) == "true" or ARGO_CONFIRMED in annotations
