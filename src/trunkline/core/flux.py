"""What Flux's annotations of single objects say, in a repository that Flux synced before.

What Flux was told to leave alone is not to be harmed by whoever comes after it.
https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources
"""

from __future__ import annotations

from collections.abc import Mapping

_DOMAIN = "kustomize.toolkit.fluxcd.io"
PRUNE, FORCE = f"{_DOMAIN}/prune", f"{_DOMAIN}/force"
SSA, RECONCILE = f"{_DOMAIN}/ssa", f"{_DOMAIN}/reconcile"


def sync_options(annotations: Mapping[str, object]) -> dict[str, str]:
    """The annotations as Argo CD's options have it."""
    found: dict[str, str] = {}
    if _says(annotations, PRUNE, "disabled"):
        found |= {"Prune": "false", "Delete": "false"}
    if _says(annotations, FORCE, "enabled"):
        found |= {"Force": "true"}
    return found


def is_left_alone(annotations: Mapping[str, object]) -> bool:
    """Whether the object is in Git and not applied."""
    return _says(annotations, SSA, "ignore") or _says(annotations, RECONCILE, "disabled")


def is_only_created(annotations: Mapping[str, object]) -> bool:
    """Whether the object, once it is there, is for others to change."""
    return _says(annotations, SSA, "ifnotpresent")


def _says(annotations: Mapping[str, object], key: str, word: str) -> bool:
    """Flux reads the words in any case."""
    return str(annotations.get(key, "")).lower() == word
