"""PostgreSQL: CloudNativePG, Zalando, Crunchy, Percona, StackGres.

A CloudNativePG cluster that serves but cannot archive its log is degraded: the next failure loses
what nobody has archived.
"""

from __future__ import annotations

from trunkline.core.health.conditions import conditions_of
from trunkline.core.health.counts import counted
from trunkline.core.health.declared import WAITS, Conditions, Phase, not_seen
from trunkline.core.health.families.percona import CLUSTER, TASK
from trunkline.core.health.fields import count, entries, joined, section, text
from trunkline.core.health.status import Family, Health, degraded, healthy, progressing
from trunkline.core.manifest import Manifest

HEALTHY = "Cluster in healthy state"

# Phases are sentences; these beginnings say that the operator does not go on by itself.
STUCK = (
    "Cluster is unrecoverable",
    "Cluster cannot",
    "Cluster has incomplete",
    "Unable to create",
    "Invalid cluster definition",
    "Not enough disk space",
    "Waiting for user action",
)


def cloud_native(manifest: Manifest) -> Health:
    """CloudNativePG's Cluster."""
    if health := not_seen(manifest, "@cnpg.io/hibernation=on"):
        return health
    status = section(manifest, "status")
    phase, reason = text(status, "phase"), text(status, "phaseReason")
    said = joined((phase, reason))
    if phase.startswith(STUCK):
        return degraded(said)
    found = conditions_of(manifest)
    archiving = found.get("ContinuousArchiving")
    if archiving and archiving.false:
        return degraded(archiving.said)
    if phase == HEALTHY:
        return healthy(said)
    return progressing(said or WAITS)


def applied(manifest: Manifest) -> Health:
    """CloudNativePG's Database, Publication and Subscription."""
    if health := not_seen(manifest, ""):
        return health
    status = section(manifest, "status")
    if status.get("applied") is True:
        return healthy(text(status, "message"))
    if status.get("applied") is False:
        return degraded(text(status, "message") or "could not be applied")
    return progressing(WAITS)


def pooler(manifest: Manifest) -> Health:
    if health := not_seen(manifest, "spec.pgbouncer.paused"):
        return health
    if text(section(manifest, "status"), "phase"):
        return POOLER(manifest)
    wanted = count(section(manifest, "spec"), "instances", 1)
    found = count(section(manifest, "status"), "instances")
    said = counted(found, wanted, "ready", "instance")
    return healthy(said) if found >= wanted else progressing(said)


POOLER = Phase(healthy="active", progressing="inactive", degraded="failed", suspended="paused")


def crunchy(manifest: Manifest) -> Health:
    """Crunchy's PostgresCluster counts the pods of each set of instances."""
    if health := not_seen(manifest, "spec.paused spec.shutdown"):
        return health
    sets = entries(section(manifest, "status"), "instances")
    for one in sets:
        wanted, ready = count(one, "replicas"), count(one, "readyReplicas")
        if ready < wanted or count(one, "updatedReplicas") < wanted:
            return progressing(f"{text(one, 'name')}: {counted(ready, wanted, 'ready')}")
    backup = conditions_of(manifest).get("PGBackRestReplicaCreate")
    if backup and backup.false and backup.failure:
        return degraded(backup.said)
    return healthy() if sets else progressing(WAITS)


ZALANDO = Phase(
    "status.PostgresClusterStatus status",
    healthy="Running",
    progressing="Creating Updating",
    degraded="CreateFailed UpdateFailed SyncFailed UpgradeFailed DeleteFailed Invalid",
)

RULES: Family = {
    "postgresql.cnpg.io": {
        "Cluster": cloud_native,
        "Backup": Phase(
            healthy="completed",
            progressing="pending started running finalizing",
            degraded="failed walArchivingFailing",
            message="status.error",
        ),
        "ScheduledBackup": Conditions("", suspend="spec.suspend", quiet=True),
        "Pooler": pooler,
        "Database Publication Subscription": applied,
        "ImageCatalog ClusterImageCatalog": Conditions("", quiet=True),
    },
    "acid.zalan.do": {"postgresql": ZALANDO},
    "postgres-operator.crunchydata.com": {"PostgresCluster": crunchy},
    "pgv2.percona.com": {
        "PerconaPGCluster": CLUSTER,
        "PerconaPGBackup PerconaPGRestore": TASK,
    },
    "stackgres.io": {
        "SGCluster SGShardedCluster": Conditions("", bad="Failed"),
        "SGDbOps": Conditions("", also="Completed", bad="Failed", busy="Running"),
        "SGBackup": Phase(
            "status.process.status",
            healthy="Completed",
            degraded="Failed",
            message="status.process.failure",
        ),
    },
}
