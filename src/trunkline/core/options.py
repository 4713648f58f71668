"""Sync options: what an Application says for all of its objects, and an object for itself.

https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/
An object's own annotation wins over the Application's. Options that have no meaning for
Trunkline's way of working are accepted and change nothing: it only ever writes what is out of
sync (`ApplyOutOfSyncOnly`), and always asks the server, webhooks included, for the difference
(`ServerSideDiff`, `IncludeMutationWebhook`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from trunkline.core import flux
from trunkline.core.manifest import Ref, annotations_of

SYNC_OPTIONS = "argocd.argoproj.io/sync-options"
COMPARE_OPTIONS = "argocd.argoproj.io/compare-options"
MIGRATION_MANAGER = "argocd.argoproj.io/client-side-apply-migration-manager"
HELM_POLICY = "helm.sh/resource-policy"

YES, NO, CONFIRM = "true", "false", "confirm"

# Whatever lives in them goes with them, so that they are never deleted to be made anew.
NEVER_RECREATED = frozenset(
    {("", "Namespace"), ("apiextensions.k8s.io", "CustomResourceDefinition")}
)


class ObjectOptions(Struct, frozen=True):
    """`prune` and `delete` are `true`, `false` or `confirm`; `propagation` is the API's word.

    `client_side`: ServerSideApply=false was said. `migrate`: the fields of the tool that applied
    the object before become ours; `migrate_from` names one more field manager of such a tool.
    """

    prune: str = YES
    delete: str = YES
    prune_last: bool = False
    replace: bool = False
    force: bool = False
    validate: bool = True
    skip_dry_run_on_missing: bool = False
    ignore_extraneous: bool = False
    propagation: str = "Foreground"
    client_side: bool = False
    migrate: bool = True
    migrate_from: str = ""

    def recreates(self, ref: Ref) -> bool:
        """Whether the object may be deleted and made anew where a change is refused."""
        return self.force and (ref.group, ref.kind) not in NEVER_RECREATED


def parsed_options(text: str) -> dict[str, str]:
    """`Prune=false,Replace=true` as a map; a word without a value stands for itself."""
    words = (word.strip() for word in text.split(","))
    pairs = (word.partition("=") for word in words if word)
    return {key.strip(): value.strip() for key, _, value in pairs}


def object_options(manifest: Mapping[str, Any], application: Mapping[str, str]) -> ObjectOptions:
    """The options that hold for one object."""
    annotations = annotations_of(manifest)
    own = parsed_options(str(annotations.get(SYNC_OPTIONS, "")))
    compare = parsed_options(str(annotations.get(COMPARE_OPTIONS, "")))
    said = {**application, **flux.sync_options(annotations), **own}
    kept = annotations.get(HELM_POLICY) == "keep"
    return ObjectOptions(
        prune=NO if kept else _three(said.get("Prune", YES)),
        delete=NO if kept else _three(said.get("Delete", YES)),
        prune_last=_on(said, "PruneLast"),
        replace=_on(said, "Replace"),
        force=_on(said, "Force"),
        validate=not _off(said, "Validate"),
        skip_dry_run_on_missing=_on(said, "SkipDryRunOnMissingResource"),
        ignore_extraneous=compare.get("IgnoreExtraneous", NO).lower() in ("", YES),
        propagation=said.get("PrunePropagationPolicy", "foreground").capitalize(),
        client_side=_off(said, "ServerSideApply"),
        migrate=not _off(said, "ClientSideApplyMigration"),
        migrate_from=str(annotations.get(MIGRATION_MANAGER, "")),
    )


def is_on(options: Mapping[str, str], name: str) -> bool:
    """Whether an Application's options hold `name=true`."""
    return _on(options, name)


def _on(options: Mapping[str, str], name: str) -> bool:
    return options.get(name, "").lower() == YES


def _off(options: Mapping[str, str], name: str) -> bool:
    return options.get(name, "").lower() == NO


def _three(value: str) -> str:
    low = value.lower()
    return low if low in (NO, CONFIRM) else YES
