"""Hooks: objects that are run at a moment of a sync instead of being kept.

Argo CD's annotations are read, and Helm's where Argo CD's are missing:
https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/
https://helm.sh/docs/topics/charts_hooks/
Helm tells an install from an upgrade, Argo CD does not; whoever asks here says which it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from trunkline.core.flux import is_left_alone
from trunkline.core.manifest import Manifest, annotations_of

HOOK = "argocd.argoproj.io/hook"
HOOK_DELETE = "argocd.argoproj.io/hook-delete-policy"
WAVE = "argocd.argoproj.io/sync-wave"
HELM_HOOK = "helm.sh/hook"
HELM_DELETE = "helm.sh/hook-delete-policy"
HELM_WEIGHT = "helm.sh/hook-weight"

TIME_TO_LIVE = "ttlSecondsAfterFinished"


class Phase(StrEnum):
    PRE_SYNC = "PreSync"
    SYNC = "Sync"
    POST_SYNC = "PostSync"
    SYNC_FAIL = "SyncFail"
    PRE_DELETE = "PreDelete"
    POST_DELETE = "PostDelete"
    SKIP = "Skip"


class DeletePolicy(StrEnum):
    BEFORE = "BeforeHookCreation"
    SUCCEEDED = "HookSucceeded"
    FAILED = "HookFailed"


INSTALL: Mapping[str, Phase] = {
    "pre-install": Phase.PRE_SYNC,
    "post-install": Phase.POST_SYNC,
    "pre-delete": Phase.PRE_DELETE,
    "post-delete": Phase.POST_DELETE,
}
UPGRADE: Mapping[str, Phase] = {
    "pre-upgrade": Phase.PRE_SYNC,
    "post-upgrade": Phase.POST_SYNC,
    "pre-delete": Phase.PRE_DELETE,
    "post-delete": Phase.POST_DELETE,
}
HELM_POLICIES: Mapping[str, DeletePolicy] = {
    "before-hook-creation": DeletePolicy.BEFORE,
    "hook-succeeded": DeletePolicy.SUCCEEDED,
    "hook-failed": DeletePolicy.FAILED,
}


def hook_phases(manifest: Mapping[str, Any], *, first: bool) -> tuple[Phase, ...]:
    """The phases that a hook runs in, () for an object that is no hook.

    `first` says that the component is installed, not upgraded. A hook with nothing to do now (a
    test, an upgrade hook on an install) has the phase SKIP, and so has what Flux left alone.
    """
    annotations = annotations_of(manifest)
    if HOOK in annotations:
        known = {phase.value: phase for phase in Phase}
        found = [known[word] for word in _words(annotations[HOOK]) if word in known]
        return tuple(dict.fromkeys(found))
    if is_left_alone(annotations):
        return (Phase.SKIP,)
    words = _words(annotations.get(HELM_HOOK, ""))
    if not words or "crd-install" in words:
        return ()
    table = INSTALL if first else UPGRADE
    return tuple(dict.fromkeys(table[word] for word in words if word in table)) or (Phase.SKIP,)


def is_hook(manifest: Mapping[str, Any]) -> bool:
    """Whether the object is run at some moment instead of being kept."""
    return bool(hook_phases(manifest, first=True))


def never_runs(manifest: Mapping[str, Any]) -> bool:
    """Whether no sync makes the object: Helm's tests and rollbacks, and what is to be skipped."""
    return all(hook_phases(manifest, first=first) == (Phase.SKIP,) for first in (True, False))


def delete_policies(manifest: Mapping[str, Any]) -> frozenset[DeletePolicy]:
    """When a hook's object is deleted; before the next run where nothing is said."""
    annotations = annotations_of(manifest)
    known = {policy.value: policy for policy in DeletePolicy}
    found = {known[word] for word in _words(annotations.get(HOOK_DELETE, "")) if word in known}
    helm = _words(annotations.get(HELM_DELETE, ""))
    found |= {HELM_POLICIES[word] for word in helm if word in HELM_POLICIES}
    return frozenset(found) or frozenset({DeletePolicy.BEFORE})


def lasting(hook: Manifest) -> tuple[Manifest, int | None]:
    """The hook without its own time to live, and that in seconds.

    A Job that deletes itself may be gone before anybody saw how it ended; so it gets its time to
    live when that is known.
    """
    spec = hook.get("spec")
    seconds = spec.get(TIME_TO_LIVE) if isinstance(spec, dict) else None
    if hook.get("kind") != "Job" or not isinstance(spec, dict) or not isinstance(seconds, int):
        return hook, None
    kept = {key: value for key, value in spec.items() if key != TIME_TO_LIVE}
    return {**hook, "spec": kept}, seconds


def wave_of(manifest: Mapping[str, Any]) -> int:
    """The sync wave, else Helm's hook weight, else 0. What is no number counts as 0."""
    annotations = annotations_of(manifest)
    for key in (WAVE, HELM_WEIGHT):
        if key in annotations:
            try:
                return int(str(annotations[key]).strip())
            except ValueError:
                return 0
    return 0


def _words(text: object) -> list[str]:
    return [word.strip() for word in str(text).split(",") if word.strip()]
