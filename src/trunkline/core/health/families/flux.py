"""Flux: every toolkit, the operator, and what keeps to Flux's conventions.

Flux says `Reconciling` while it tries again what has failed (`ProgressingWithRetry`), so by the
conventions a Kustomization that cannot be built progresses for ever. The reason of `Ready` tells
a failure from a wait: for a source or a dependency that comes in the same sync.
"""

from __future__ import annotations

from trunkline.core.health.declared import Conditions
from trunkline.core.health.status import Family

READY = Conditions(
    "Ready",
    bad="Stalled",
    busy="Reconciling",
    mends="DependencyNotReady SourceNotReady ArtifactFailed Progressing ProgressingWithRetry "
    "HelmChartNotReady",
    fails="ReconciliationFailed BuildFailed HealthCheckFailed PruneFailed GitOperationFailed",
    suspend="spec.suspend",
)

# These have a status only where there is something to fetch: an OCI HelmRepository, and an Alert
# and a Provider of the newer API versions, are plain data.
DATA = Conditions(
    "", also="Ready", bad="Stalled", busy="Reconciling", suspend="spec.suspend", quiet=True
)

RULES: Family = {
    "kustomize.toolkit.fluxcd.io": {"*": READY},
    "helm.toolkit.fluxcd.io": {"*": READY},
    "source.toolkit.fluxcd.io": {"HelmRepository": DATA, "*": READY},
    "source.extensions.fluxcd.io": {"*": READY},
    "image.toolkit.fluxcd.io": {"*": READY},
    "notification.toolkit.fluxcd.io": {"Alert Provider": DATA, "*": READY},
    "fluxcd.controlplane.io": {
        "*": Conditions(
            "Ready",
            bad="Stalled",
            busy="Reconciling",
            suspend="@fluxcd.controlplane.io/reconcile=disabled",
        )
    },
    "infra.contrib.fluxcd.io": {
        "Terraform": Conditions(
            "Ready",
            bad="Stalled",
            mends="ArtifactFailed DependencyNotReady",
            suspend="spec.suspend",
        )
    },
    "flagger.app": {"*": DATA},
}
