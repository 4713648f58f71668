"""Cloud resources as objects: AWS controllers (ACK), Google's Config Connector, Azure's service
operator, kro, Pulumi, SAP.

ACK tells what a person must mend (`Terminal`) from what is tried again (`Recoverable`).
"""

from __future__ import annotations

from trunkline.core.health.conditions import conditions_of
from trunkline.core.health.declared import Conditions, Phase, not_seen
from trunkline.core.health.status import Family, Health, degraded, healthy, progressing
from trunkline.core.manifest import Manifest


def controlled(manifest: Manifest) -> Health:
    """A resource of an AWS controller."""
    if health := not_seen(manifest, ""):
        return health
    found = conditions_of(manifest)
    if (terminal := found.get("ACK.Terminal")) and terminal.true:
        return degraded(terminal.said)
    if (references := found.get("ACK.ReferencesResolved")) and references.false:
        return progressing(references.said)
    if (trying := found.get("ACK.Recoverable")) and trying.true:
        return progressing(trying.said)
    synced = found.get("Ready") or found.get("ACK.ResourceSynced")
    if synced and synced.true:
        return healthy(synced.message)
    return progressing(synced.said if synced else "waits to be synced")


CONNECTOR = Conditions(
    "Ready",
    fails="DependencyInvalid ManagementConflict UpdateFailed DeleteFailed",
    mends="DependencyNotReady DependencyNotFound Updating Creating",
)

AZURE = Conditions("Ready", suspend="@serviceoperator.azure.com/reconcile-policy=skip")

KRO = Phase(
    "status.state",
    healthy="ACTIVE",
    progressing="IN_PROGRESS DELETING",
    degraded="ERROR FAILED INACTIVE",
)


def kro(manifest: Manifest) -> Health:
    """An instance or a graph of kro; the condition that is False says what `state` does not."""
    health = KRO(manifest)
    wrong = [one for one in conditions_of(manifest).values() if one.false]
    told = wrong[0].said if wrong else ""
    return Health(health.status, f"{health.message}; {told}") if told else health


RULES: Family = {
    "*.services.k8s.aws": {"*": controlled},
    "services.k8s.aws": {
        "AdoptedResource": Conditions("", also="ACK.Adopted"),
        "FieldExport IAMRoleSelector": Conditions("", bad="ACK.Terminal", quiet=True),
    },
    "*.cnrm.cloud.google.com": {"*": CONNECTOR},
    "core.cnrm.cloud.google.com": {
        "ConfigConnector ConfigConnectorContext": Conditions("", quiet=True)
    },
    "*.azure.com": {"*": AZURE},
    "iammanager.keikoproj.io": {
        "Iamrole": Phase(
            "status.state",
            healthy="Ready",
            degraded="Error PolicyNotAllowed RolesMaxLimitReached RoleNameNotAvailable",
            message="status.errorDescription",
        )
    },
    "kro.run": {"*": kro},
    "pulumi.com": {"*": Conditions("Ready", bad="Stalled", busy="Reconciling")},
    "services.cloud.sap.com": {"*": Conditions("Ready", also="Succeeded", bad="Failed")},
}
