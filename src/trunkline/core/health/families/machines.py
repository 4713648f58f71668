"""Virtual machines: KubeVirt and its data importer.

A machine that is stopped on purpose, by its run strategy or by somebody, is suspended; one that
waits for its first consumer is healthy, as a claim is.
"""

from __future__ import annotations

from trunkline.core.health.conditions import conditions_of
from trunkline.core.health.declared import Conditions, Phase
from trunkline.core.health.status import Family, Health, HealthStatus, degraded, suspended
from trunkline.core.manifest import Manifest

PRINTABLE = Phase(
    "status.printableStatus",
    healthy="Running",
    progressing="Provisioning Starting Stopping Terminating Migrating WaitingForVolumeBinding "
    "WaitingForReceiver Unknown",
    degraded="CrashLoopBackOff ErrorUnschedulable ErrImagePull ImagePullBackOff ErrorPvcNotFound "
    "DataVolumeError ErrorDataVolumeNotFound",
    suspended="Stopped Paused Halted",
)


def machine(manifest: Manifest) -> Health:
    """A VirtualMachine; its conditions know more than its printable status."""
    health = PRINTABLE(manifest)
    found = conditions_of(manifest)
    failed = found.get("Failure")
    if failed and failed.true:
        return degraded(failed.said)
    ready = found.get("Ready")
    if health.status in (HealthStatus.DEGRADED, HealthStatus.PROGRESSING) and ready:
        return Health(health.status, f"{health.message}; {ready.said}") if ready.false else health
    return health


def instance(manifest: Manifest) -> Health:
    """One that is paused keeps its phase."""
    paused = conditions_of(manifest).get("Paused")
    return suspended(paused.said) if paused and paused.true else INSTANCE(manifest)


INSTANCE = Phase(
    healthy="Running Succeeded",
    progressing="Pending Scheduling Scheduled WaitingForSync",
    degraded="Failed Unknown",
)


def data_volume(manifest: Manifest) -> Health:
    """An import that fails is begun again and keeps its phase."""
    running = conditions_of(manifest).get("Running")
    failed = running and running.false and running.failure
    return degraded(running.said) if running and failed else DATA(manifest)


DATA = Phase(
    healthy="Succeeded WaitForFirstConsumer PendingPopulation",
    degraded="Failed Unknown",
    suspended="Paused",
)

RULES: Family = {
    "kubevirt.io": {
        "VirtualMachine": machine,
        "VirtualMachineInstance": instance,
        "VirtualMachineInstanceReplicaSet": Conditions(
            "", bad="ReplicaFailure", suspend="spec.paused"
        ),
        "VirtualMachineInstanceMigration": Phase(
            healthy="Succeeded",
            progressing="Pending Scheduling Scheduled PreparingTarget TargetReady Running",
            degraded="Failed",
        ),
        "KubeVirt": Conditions("Available", bad="Degraded", busy="Progressing"),
    },
    "cdi.kubevirt.io": {
        "DataVolume": data_volume,
        "DataImportCron": Conditions("", also="UpToDate", busy="Progressing"),
        "CDI": Conditions("Available", bad="Degraded", busy="Progressing"),
    },
    "snapshot.kubevirt.io": {
        "VirtualMachineSnapshot VirtualMachineSnapshotContent VirtualMachineRestore": Conditions(
            "Ready", bad="Failure"
        )
    },
}
