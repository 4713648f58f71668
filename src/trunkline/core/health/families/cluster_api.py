"""Cluster API and its providers, Gardener and Karmada: clusters as objects.

The newer Cluster API says `Available`, the older `Ready` with a severity, and every version keeps
`failureMessage` for what only a person can mend.
"""

from __future__ import annotations

from trunkline.core.health.conditions import conditions_of, of_ready
from trunkline.core.health.declared import Conditions, Phase, not_seen
from trunkline.core.health.fields import joined, section, text
from trunkline.core.health.status import Family, Health, degraded, healthy, progressing
from trunkline.core.manifest import Manifest

PAUSED = "spec.paused @cluster.x-k8s.io/paused"

PHASES = Phase(
    healthy="Provisioned Running",
    progressing="Pending Provisioning Deleting Deleted ScalingUp ScalingDown Scaling Updating",
    degraded="Failed Unknown",
    suspend=PAUSED,
)

# What a provider has when all is well, the best said first.
READY = ("Available", "Ready")


def member(manifest: Manifest) -> Health:
    """Any object of the Cluster API, a provider's too."""
    if health := not_seen(manifest, PAUSED):
        return health
    status = section(manifest, "status")
    failed = joined((text(status, "failureReason"), text(status, "failureMessage")))
    if failed or text(status, "phase") == "Failed":
        return degraded(failed or "phase is Failed")
    found = conditions_of(manifest)
    for name in READY:
        if name in found:
            return of_ready(manifest, found[name])
    if text(status, "phase"):
        return PHASES(manifest)
    if status.get("ready") is True or section(status, "initialization").get("provisioned") is True:
        return healthy()
    return progressing("is not ready yet")


def shoot(manifest: Manifest) -> Health:
    """Gardener: the last operation, then the conditions, which flap while one runs."""
    if health := not_seen(manifest, ""):
        return health
    last = section(manifest, "status", "lastOperation")
    said = joined((text(last, "type"), text(last, "description")))
    match text(last, "state"):
        case "Succeeded":
            bad = [one for one in conditions_of(manifest).values() if one.false]
            return degraded(bad[0].said) if bad else healthy(said)
        case "Failed" | "Aborted":
            return degraded(said)
        case _:
            return progressing(said or "waits for its controller")


RULES: Family = {
    "cluster.x-k8s.io": {
        "ClusterClass": Conditions("", also="RefVersionsUpToDate VariablesReconciled Ready"),
        "MachineHealthCheck": Conditions("", also="RemediationAllowed", mends="TooManyUnhealthy"),
        "*": member,
    },
    "*.cluster.x-k8s.io": {"*": member},
    "addons.cluster.x-k8s.io": {
        "ClusterResourceSet": Conditions(
            "", also="ResourcesApplied", fails="ApplyFailed", suspend=PAUSED
        ),
        "ClusterResourceSetBinding": Conditions("", quiet=True),
    },
    "core.gardener.cloud": {"Shoot Seed ManagedSeed BackupBucket BackupEntry": shoot},
    "extensions.gardener.cloud": {"*": shoot},
    "resources.gardener.cloud": {
        "ManagedResource": Conditions("ResourcesApplied ResourcesHealthy", also="")
    },
    "cluster.karmada.io": {"Cluster": Conditions("Ready", fatal=True)},
    "work.karmada.io": {
        "ResourceBinding ClusterResourceBinding": Conditions("Scheduled FullyApplied"),
        "Work": Conditions("Applied", fails="AppliedFailed", suspend="spec.suspendDispatching"),
    },
    "operator.karmada.io": {"Karmada": Conditions("Ready")},
}
