"""Whether the ConfigMap `argocd-cm` has syncs act as service accounts of their projects.

A sync here acts as the cluster's access says. Who relies on less than that is told.
https://argo-cd.readthedocs.io/en/latest/operator-manual/app-sync-using-impersonation/
"""

from __future__ import annotations

from collections.abc import Iterable

from trunkline.core.argo.argocd_cm import IMPERSONATION, entries_of
from trunkline.core.finding import Finding, Severity
from trunkline.core.snapshot import Snapshot

ENABLED = f"{IMPERSONATION}.enabled"


def impersonation_findings(snapshot: Snapshot, configs: Iterable[str]) -> tuple[Finding, ...]:
    """One for each file of those that hold an `argocd-cm` which asks for it."""
    return tuple(
        Finding(
            "impersonation",
            f"{ENABLED}: no sync acts as a service account of its project here, but as the access "
            "to its cluster says",
            Severity.WARNING,
            entry.file,
            entry.line,
            remedy="give that access no more rights than the projects may have: a kubeconfig with "
            "`as` acts as somebody else",
        )
        for entry in entries_of(snapshot, configs)
        if entry.key == ENABLED and entry.value.strip().lower() == "true"
    )
