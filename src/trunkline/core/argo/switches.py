"""What Argo CD's ConfigMaps switch: tools that are off, and how git generators match files.

A tool that is off renders nothing: its sources are read as plain manifests.
https://argo-cd.readthedocs.io/en/stable/user-guide/tool_detection/#disable-built-in-tools
https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Git-File-Globbing/
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from trunkline.core.argo.argocd_cm import DEEP_GLOBS, ENABLES, entries_of
from trunkline.core.snapshot import Snapshot


class Switches(Struct, frozen=True):
    """`off` are tools: `helm`, `kustomize`, `jsonnet`. `deep_globs`: in files of git generators
    `*` stops at a slash, and `**` does not."""

    off: frozenset[str] = frozenset()
    deep_globs: bool = False


def switches_of(snapshot: Snapshot, configs: Iterable[str]) -> Switches:
    """What the files that hold one of the ConfigMaps say together."""
    said = [(one.key, one.value.strip().lower()) for one in entries_of(snapshot, configs)]
    off = {key.partition(".")[0] for key, value in said if key in ENABLES and value == "false"}
    return Switches(frozenset(off), (DEEP_GLOBS, "true") in said)
