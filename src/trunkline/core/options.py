"""Sync options: what an Application says for all of its objects, and an object for itself.

https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/
An object's own annotation wins over the Application's. Options that have no meaning for
Trunkline's way of applying (it is always server-side) are accepted and change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trunkline.core.manifest import annotations_of

SYNC_OPTIONS = "argocd.argoproj.io/sync-options"
COMPARE_OPTIONS = "argocd.argoproj.io/compare-options"
HELM_POLICY = "helm.sh/resource-policy"

YES, NO, CONFIRM = "true", "false", "confirm"


@dataclass(frozen=True, slots=True)
class ObjectOptions:
    """`prune` and `delete` are `true`, `false` or `confirm`; `propagation` is the API's word."""

    prune: str = YES
    delete: str = YES
    prune_last: bool = False
    replace: bool = False
    force: bool = False
    validate: bool = True
    skip_dry_run_on_missing: bool = False
    ignore_extraneous: bool = False
    propagation: str = "Foreground"


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
    said = {**application, **own}
    kept = annotations.get(HELM_POLICY) == "keep"
    return ObjectOptions(
        prune=NO if kept else _three(said.get("Prune", YES)),
        delete=NO if kept else _three(said.get("Delete", YES)),
        prune_last=_on(said, "PruneLast"),
        replace=_on(said, "Replace"),
        force=_on(said, "Force"),
        validate=said.get("Validate", YES).lower() != NO,
        skip_dry_run_on_missing=_on(said, "SkipDryRunOnMissingResource"),
        ignore_extraneous="IgnoreExtraneous" in compare,
        propagation=said.get("PrunePropagationPolicy", "foreground").capitalize(),
    )


def is_on(options: Mapping[str, str], name: str) -> bool:
    """Whether an Application's options hold `name=true`."""
    return _on(options, name)


def _on(options: Mapping[str, str], name: str) -> bool:
    return options.get(name, "").lower() == YES


def _three(value: str) -> str:
    low = value.lower()
    return low if low in (NO, CONFIRM) else YES
