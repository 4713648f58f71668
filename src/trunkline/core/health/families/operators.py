"""Operators and fleets: OLM, OpenShift, Open Cluster Management.

Who installs by hand (`installPlanApproval: Manual`) has said that a waiting upgrade is no fault: a
Subscription whose installed version works is healthy, and an InstallPlan that waits for its yes is
suspended.
"""

from __future__ import annotations

from trunkline.core.health.conditions import conditions_in, conditions_of
from trunkline.core.health.declared import Conditions, Phase, not_seen
from trunkline.core.health.fields import entries, said_at, section, text
from trunkline.core.health.status import (
    Family,
    Health,
    degraded,
    healthy,
    progressing,
    suspended,
)
from trunkline.core.manifest import Manifest


def subscription(manifest: Manifest) -> Health:
    if health := not_seen(manifest, ""):
        return health
    found = conditions_of(manifest)
    for name in ("ResolutionFailed", "BundleUnpackFailed", "InstallPlanFailed"):
        if name in found and found[name].true:
            return degraded(found[name].said)
    status = section(manifest, "status")
    installed, current = text(status, "installedCSV"), text(status, "currentCSV")
    manual = said_at(manifest, "spec.installPlanApproval") == "Manual"
    if text(status, "state") == "AtLatestKnown" and installed:
        return healthy(installed)
    if manual and installed:
        return healthy(f"{installed}; {current} waits for approval")
    if manual and text(status, "state") == "UpgradePending":
        return suspended(f"{current} waits for approval")
    sources = found.get("CatalogSourcesUnhealthy")
    if sources and sources.true:
        return degraded(sources.said)
    return progressing(f"{current or 'it'} is being installed")


CATALOG = Phase(
    "status.connectionState.lastObservedState",
    healthy="READY IDLE",
    progressing="CONNECTING",
    degraded="TRANSIENT_FAILURE SHUTDOWN",
)

OPERATOR = Conditions("Available", bad="Degraded", busy="Progressing", quiet=True)


def route(manifest: Manifest) -> Health:
    """OpenShift's Route: admitted by every router that looked at it."""
    told = entries(section(manifest, "status"), "ingress")
    for one in told:
        admitted = conditions_in(one).get("Admitted")
        if admitted and admitted.false:
            return degraded(f"{text(one, 'routerName')}: {admitted.said}")
        if not admitted or not admitted.true:
            return progressing(f"{text(one, 'routerName')} has not admitted it yet")
    return healthy(text(told[0], "host")) if told else progressing("no router has looked at it yet")


COMPLIANCE = Phase(
    "status.compliant",
    healthy="Compliant",
    progressing="Pending",
    degraded="NonCompliant",
    suspend="spec.disabled",
)


MANAGED = Conditions(
    "HubAcceptedManagedCluster ManagedClusterJoined ManagedClusterConditionAvailable",
    fails="ManagedClusterLeaseUpdateStopped",
)

RULES: Family = {
    "apps.3scale.net": {"APIManager": Conditions("Available")},
    "capabilities.3scale.net": {
        "*": Conditions(
            "",
            also="Synced Ready",
            bad="Failed Invalid Orphan",
            off="Waiting",
            suspend="status.state=suspended status.developerUserState=suspended",
        ),
    },
    "core.spinkube.dev": {"SpinApp": Conditions("Available", busy="Progressing")},
    "operators.coreos.com": {
        "Subscription": subscription,
        "ClusterServiceVersion": Phase(
            healthy="Succeeded",
            progressing="Pending InstallReady Installing Replacing Deleting",
            degraded="Failed Unknown",
        ),
        "InstallPlan": Phase(
            healthy="Complete",
            progressing="Planning Installing",
            degraded="Failed",
            suspended="RequiresApproval",
        ),
        "CatalogSource": CATALOG,
        "OperatorGroup OperatorCondition OLMConfig": Conditions("", quiet=True),
    },
    "olm.operatorframework.io": {
        "ClusterExtension": Conditions("Installed", also="Healthy", mends="Absent"),
        "ClusterCatalog": Conditions("", also="Serving", mends="Unavailable"),
    },
    "config.openshift.io": {
        "ClusterOperator": OPERATOR,
        "ClusterVersion": Conditions(
            "Available", bad="Failing Degraded", busy="Progressing", fatal=True
        ),
        "*": Conditions("", quiet=True),
    },
    "operator.openshift.io": {"*": OPERATOR},
    "machineconfiguration.openshift.io": {
        "MachineConfigPool": Conditions(
            "Updated", bad="Degraded NodeDegraded RenderDegraded", suspend="spec.paused"
        )
    },
    "route.openshift.io": {"Route": route},
    "apps.openshift.io": {
        "DeploymentConfig": Conditions(
            "Available", also="Progressing", fails="ProgressDeadlineExceeded", suspend="spec.paused"
        )
    },
    "build.openshift.io": {
        "Build": Phase(
            healthy="Complete",
            progressing="New Pending Running",
            degraded="Failed Error Cancelled",
        )
    },
    "cluster.open-cluster-management.io": {
        "ManagedCluster": MANAGED,
        "Placement": Conditions("PlacementSatisfied"),
    },
    "work.open-cluster-management.io": {
        "ManifestWork": Conditions("Applied Available", bad="Degraded", busy="Progressing"),
        "ManifestWorkReplicaSet": Conditions("", also="PlacementVerified ManifestworkApplied"),
    },
    "addon.open-cluster-management.io": {
        "ManagedClusterAddOn": Conditions("Available", bad="Degraded", busy="Progressing")
    },
    "policy.open-cluster-management.io": {
        "Policy ConfigurationPolicy CertificatePolicy OperatorPolicy": COMPLIANCE
    },
    "operator.open-cluster-management.io": {
        "ClusterManager Klusterlet": Conditions("Applied", bad="HubRegistrationDegraded")
    },
}
