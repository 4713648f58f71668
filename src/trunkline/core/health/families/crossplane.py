"""Crossplane: packages, definitions, and every managed resource, composite and claim.

The kinds of composites and claims are the user's own, so they are known by their shape
(`shapes.py`). `Synced` says whether the last look at the outside worked, `Ready` whether the thing
is there: one that is ready but cannot be synced any more is degraded.
"""

from __future__ import annotations

from trunkline.core.health.conditions import conditions_of
from trunkline.core.health.declared import WAITS, Conditions, not_seen
from trunkline.core.health.fields import at
from trunkline.core.health.status import Family, Health, healthy, progressing, suspended
from trunkline.core.manifest import Manifest

PAUSED = "@crossplane.io/paused"

_RESOURCE = Conditions(
    "Ready",
    also="Synced LastAsyncOperation AsyncOperation Responsive",
    fails="Unavailable ReconcileError AsyncCreateFailure AsyncUpdateFailure WatchCircuitOpen",
    mends="Creating Finished Ongoing",
    suspend=PAUSED,
)


def resource(manifest: Manifest) -> Health:
    """A managed resource, a composite or a claim."""
    if health := not_seen(manifest, PAUSED):
        return health
    found = conditions_of(manifest)
    synced = found.get("Synced")
    if synced and synced.reason == "ReconcilePaused":
        return suspended(synced.said)
    if not found:
        return progressing(WAITS)
    if "Ready" not in found and synced and synced.true:
        # ProviderConfigs, and managed resources that are only looked at, may have no more.
        return healthy(synced.message)
    return _RESOURCE(manifest)


def configuration(manifest: Manifest) -> Health:
    """A ProviderConfig counts its users, and has no more to say."""
    return Conditions("", also="Ready Synced", quiet=True)(manifest)


def revision(manifest: Manifest) -> Health:
    """A package's revision: the ones that are kept to go back to are fine as they are."""
    if at(manifest, "spec.desiredState") == "Inactive":
        return healthy("an inactive revision")
    return PACKAGE_REVISION(manifest)


PACKAGE = Conditions(
    "Installed Healthy",
    fails="UnhealthyPackageRevision",
    mends="UnpackingPackage UnknownPackageRevisionHealth InactivePackageRevision",
    suspend=PAUSED,
)
PACKAGE_REVISION = Conditions(
    "",
    also="Healthy RevisionHealthy RuntimeHealthy",
    fails="UnhealthyPackageRevision",
    suspend=PAUSED,
)

RULES: Family = {
    "pkg.crossplane.io": {
        "Provider Configuration Function": PACKAGE,
        "ProviderRevision ConfigurationRevision FunctionRevision": revision,
        "Lock DeploymentRuntimeConfig ControllerConfig ImageConfig": Conditions("", quiet=True),
    },
    "apiextensions.crossplane.io": {
        "CompositeResourceDefinition": Conditions("Established", also="Offered"),
        "Composition CompositionRevision EnvironmentConfig": Conditions("", quiet=True),
        "Usage": Conditions("Ready"),
    },
    "*.crossplane.io": {
        "ProviderConfig ClusterProviderConfig ProviderConfigUsage StoreConfig": configuration,
        "*": resource,
    },
    "*.upbound.io": {
        "ProviderConfig ClusterProviderConfig ProviderConfigUsage StoreConfig": configuration,
        "*": resource,
    },
}
