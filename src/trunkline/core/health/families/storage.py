"""Disks, buckets and backups: snapshots, Rook, Longhorn, Velero, MinIO, Trident.

A Ceph cluster that warns still serves, and warns often; the warning is the message. What Longhorn
calls a degraded volume rebuilds a copy by itself; a faulted one has none left.
"""

from __future__ import annotations

from trunkline.core.health.declared import WAITS, Conditions, Phase, not_seen
from trunkline.core.health.fields import Fields, joined, said_at, section, text
from trunkline.core.health.status import (
    Family,
    Health,
    degraded,
    healthy,
    progressing,
)
from trunkline.core.manifest import Manifest


def snapshot(manifest: Manifest) -> Health:
    """A VolumeSnapshot, its content, and the groups of them: an error is tried again, but until
    then there is none."""
    status = section(manifest, "status")
    if status.get("readyToUse") is True:
        return healthy()
    if error := text(section(status, "error"), "message"):
        return degraded(error)
    return progressing("the snapshot is not ready to use yet" if status else WAITS)


ROOK = Phase(
    healthy="Ready Connected Created Deleted Bound",
    progressing="Progressing Updating Deleting Connecting Creating",
    degraded="Failure ReconcileFailed ReconcileFailure",
    message="status.message status.info.description",
)


def ceph_cluster(manifest: Manifest) -> Health:
    health = ROOK(manifest)
    ceph = section(manifest, "status", "ceph")
    said = joined((text(ceph, "health"), _details(ceph)))
    match text(ceph, "health"):
        case "HEALTH_ERR" | "HEALTH_WARN":
            return degraded(said)
    return health


def _details(ceph: Fields) -> str:
    details = section(ceph, "details")
    told = (text(one, "message") for one in details.values() if isinstance(one, dict))
    return "; ".join(filter(None, told))


def longhorn_volume(manifest: Manifest) -> Health:
    if health := not_seen(manifest, ""):
        return health
    state = said_at(manifest, "status.state")
    match said_at(manifest, "status.robustness"):
        case "faulted":
            return degraded("no copy of the volume is left that works")
        case "degraded":
            return progressing("a copy of the volume is missing and is rebuilt")
    if state in ("creating", "attaching", "detaching", ""):
        return progressing(f"the volume is {state or 'not there yet'}")
    return healthy(f"the volume is {state}")


BACKUP = Phase(
    healthy="Completed Processed",
    progressing="New InProgress Queued ReadyToStart WaitingForPluginOperations Finalizing "
    "Uploading Accepted Prepared Canceling Deleting",
    degraded="Failed FailedValidation PartiallyFailed FinalizingPartiallyFailed "
    "WaitingForPluginOperationsPartiallyFailed UploadingPartialFailure Canceled",
    message="status.failureReason status.message status.validationErrors",
)

# States of MinIO's operator that are sentences, and that no waiting mends.
STUCK = frozenset(
    {
        "Another MinIO Tenant already exists in the namespace",
        "Different versions across MinIO Pools",
        "Pool Decommissioning Not Allowed",
        "Statefulset not controlled by operator",
        "Tenant credentials are not set properly",
    }
)


def tenant(manifest: Manifest) -> Health:
    state = said_at(manifest, "status.currentState")
    return degraded(state) if state in STUCK else TENANT(manifest)


TENANT = Phase("status.currentState", healthy="Initialized", message="status.healthMessage")

RULES: Family = {
    "snapshot.storage.k8s.io": {"VolumeSnapshot VolumeSnapshotContent": snapshot},
    "groupsnapshot.storage.k8s.io": {"VolumeGroupSnapshot VolumeGroupSnapshotContent": snapshot},
    "ceph.rook.io": {"CephCluster": ceph_cluster, "*": ROOK},
    "objectbucket.io": {
        "ObjectBucketClaim ObjectBucket": Phase(
            healthy="Bound", progressing="Pending Released", degraded="Failed"
        )
    },
    "longhorn.io": {
        "Volume": longhorn_volume,
        "Node": Conditions("Ready", also="Schedulable", fatal=True),
        "Backup": Phase(
            "status.state",
            healthy="Completed",
            progressing="New Pending InProgress",
            degraded="Error Unknown",
            message="status.error",
        ),
        "Snapshot": snapshot,
        "BackupTarget": Conditions("", bad="Unavailable"),
    },
    "velero.io": {
        "Backup Restore PodVolumeBackup PodVolumeRestore DataUpload DataDownload DownloadRequest "
        "DeleteBackupRequest": BACKUP,
        "Schedule": Phase(
            healthy="Enabled",
            progressing="New",
            degraded="FailedValidation",
            message="status.validationErrors",
            suspend="spec.paused",
        ),
        "BackupStorageLocation VolumeSnapshotLocation": Phase(
            healthy="Available", degraded="Unavailable", quiet=True
        ),
        "BackupRepository": Phase(healthy="Ready", progressing="New", degraded="NotReady"),
    },
    "minio.min.io": {
        "Tenant": tenant,
    },
    "trident.netapp.io": {
        "TridentBackendConfig": Phase(
            "status.lastOperationStatus", healthy="Success", degraded="Failed"
        ),
        "TridentOrchestrator": Phase(
            "status.status",
            healthy="Installed",
            progressing="Installing Updating Uninstalling",
            degraded="Failed Error",
        ),
    },
    "astra.netapp.io": {
        "Application": Conditions("Ready", fatal=True),
        "*": Phase(
            "status.state",
            healthy="Available Completed Ready",
            progressing="Discovering Pending Running",
            degraded="Error Failed Removed",
            message="status.error",
            quiet=True,
        ),
    },
    "noobaa.io": {
        "*": Phase(
            healthy="Ready",
            progressing="Verifying Creating Connecting Configuring Deleting",
            degraded="Rejected",
        )
    },
    "ocs.openshift.io": {"StorageCluster": Phase(healthy="Ready", degraded="Error")},
}
