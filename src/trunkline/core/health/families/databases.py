"""Databases apart from PostgreSQL: MySQL, MariaDB, MongoDB, Redis, ClickHouse, GreptimeDB, TiDB,
CockroachDB, Cassandra, Scylla, etcd, KubeBlocks, Atlas."""

from __future__ import annotations

from trunkline.core.health.conditions import conditions_of
from trunkline.core.health.declared import WAITS, Conditions, Phase, not_seen
from trunkline.core.health.fields import section, text
from trunkline.core.health.status import (
    Family,
    Health,
    degraded,
    healthy,
    progressing,
    suspended,
)
from trunkline.core.manifest import Manifest

MONGODB = Phase(
    "status.phase status.opsManager.phase",
    healthy="Running Updated",
    progressing="Pending Reconciling",
    degraded="Failed Unsupported",
    suspended="Disabled",
    message="status.message status.opsManager.message",
)

INNODB = Phase(
    "status.cluster.status",
    healthy="ONLINE",
    progressing="INITIALIZING PENDING ONLINE_PARTIAL FINALIZING",
    degraded="OFFLINE NO_QUORUM SPLIT_BRAIN ONLINE_UNCERTAIN OFFLINE_UNCERTAIN UNKNOWN INVALID "
    "NO_QUORUM_UNCERTAIN SPLIT_BRAIN_UNCERTAIN",
)

ALTINITY = Phase(
    "status.status",
    healthy="Completed",
    progressing="InProgress Terminating",
    degraded="Aborted",
    message="status.error",
    suspend="spec.stop=yes spec.suspend=yes spec.stop=1",
)

GREPTIME = Phase(
    "status.clusterPhase status.standalonePhase",
    healthy="Running",
    progressing="Starting Updating Terminating",
    degraded="Error",
)


def datacenter(manifest: Manifest) -> Health:
    """A CassandraDatacenter."""
    if health := not_seen(manifest, "spec.stopped"):
        return health
    found = conditions_of(manifest)
    if (valid := found.get("Valid")) and valid.false:
        return degraded(valid.said)
    if (stopped := found.get("Stopped")) and stopped.true:
        return suspended(stopped.said)
    progress = text(section(manifest, "status"), "cassandraOperatorProgress")
    if progress == "Updating":
        return progressing("the operator works on it")
    if (ready := found.get("Ready")) and ready.true:
        return healthy(ready.message)
    return progressing(ready.said if ready else "is not ready yet")


def k8ssandra(manifest: Manifest) -> Health:
    """A K8ssandraCluster: the worst of its data centres, and its own error."""
    if health := not_seen(manifest, ""):
        return health
    status = section(manifest, "status")
    if (error := text(status, "error")) and error != "None":
        return degraded(error)
    centres = section(status, "datacenters")
    for name, one in sorted(centres.items()):
        part = section({"one": one}, "one", "cassandra")
        health = datacenter({"kind": "CassandraDatacenter", "status": dict(part)})
        if health != healthy(health.message):
            return Health(health.status, f"{name}: {health.message}")
    return healthy() if centres else progressing(WAITS)


OPERATOR = Conditions("Available", bad="Degraded", busy="Progressing")

KUBEBLOCKS = Phase(
    healthy="Running Available Succeed",
    progressing="Creating Starting Updating Stopping Deleting Pending",
    degraded="Failed Abnormal Unavailable",
    suspended="Stopped",
)

TIDB_TASK = Phase(
    healthy="Complete VolumeBackupComplete VolumeComplete",
    progressing="Scheduled Running Prepare Pending",
    degraded="Failed RetryFailed Invalid VolumeBackupFailed",
)

RULES: Family = {
    "mysql.oracle.com": {
        "InnoDBCluster": INNODB,
        "MySQLBackup": Phase("status.status", healthy="Completed", degraded="Error"),
    },
    "moco.cybozu.com": {
        "MySQLCluster": Conditions("Available", also="Initialized Healthy ReconcileSuccess"),
        "BackupPolicy": Conditions("", quiet=True),
    },
    "mysql.presslabs.org": {
        "MysqlCluster": Conditions("Ready", bad="FailoverInProgress"),
        "MysqlBackup": Conditions("Complete", bad="Failed"),
        "MysqlDatabase MysqlUser": Conditions("Ready"),
    },
    "k8s.mariadb.com": {"*": Conditions("", also="Ready Complete", suspend="spec.suspend")},
    "mongodb.com": {"*": MONGODB},
    "mongodbcommunity.mongodb.com": {"MongoDBCommunity": MONGODB},
    "atlas.mongodb.com": {"*": Conditions("Ready", suspend="spec.paused")},
    "redis.redis.opstreelabs.in": {
        "RedisCluster": Phase(
            "status.state",
            healthy="Ready",
            progressing="Initializing Bootstrap",
            degraded="Failed",
        ),
        "*": Conditions("", quiet=True),
    },
    "databases.spotahome.com": {
        "RedisFailover": Phase(
            "status.state", healthy="Healthy", progressing="NotHealthy", quiet=True
        )
    },
    "dragonflydb.io": {"Dragonfly": Phase(healthy="ready", progressing="resources-created")},
    "app.redislabs.com": {
        "RedisEnterpriseCluster": Phase(
            "status.state", healthy="Running", degraded="Error InvalidConfiguration"
        ),
        "RedisEnterpriseDatabase": Phase(
            "status.status",
            healthy="active",
            progressing="pending active-change-pending import-pending recovery",
            degraded="creation-failed delete-pending",
        ),
    },
    "clickhouse.altinity.com": {"ClickHouseInstallation": ALTINITY},
    "clickhouse-keeper.altinity.com": {"ClickHouseKeeperInstallation": ALTINITY},
    "greptime.io": {"GreptimeDBCluster GreptimeDBStandalone": GREPTIME},
    "pingcap.com": {
        "TidbCluster": Conditions("Ready", suspend="spec.paused", fails="SpecError"),
        "Backup Restore": TIDB_TASK,
        "*": Conditions("", also="Ready", quiet=True),
    },
    "core.pingcap.com": {"*": Conditions("Ready", also="Synced", off="Suspended")},
    "crdb.cockroachlabs.com": {
        "CrdbCluster": Phase(
            "status.clusterStatus",
            healthy="Finished",
            progressing="Starting",
            degraded="Failed Unknown",
        ),
        "CrdbNode CrdbTenant": Conditions("", also="Ready"),
    },
    "cassandra.datastax.com": {"CassandraDatacenter": datacenter},
    "k8ssandra.io": {"K8ssandraCluster": k8ssandra},
    "reaper.k8ssandra.io": {
        "Reaper": Phase("status.progress", healthy="Running", progressing="Pending Deploying")
    },
    "scylla.scylladb.com": {
        "ScyllaCluster ScyllaDBDatacenter ScyllaDBCluster ScyllaOperatorConfig": OPERATOR
    },
    "etcd.database.coreos.com": {
        "EtcdCluster": Phase(
            healthy="Running", progressing="Creating", degraded="Failed", message="status.reason"
        )
    },
    "druid.gardener.cloud": {"Etcd": Conditions("Ready", also="AllMembersReady BackupReady")},
    "etcd.aenix.io": {"EtcdCluster": Conditions("Ready", also="Initialized")},
    "operator.etcd.io": {
        "EtcdCluster": Conditions("Available", bad="Degraded", busy="Progressing")
    },
    "apps.kubeblocks.io": {
        "Cluster Component ClusterDefinition ComponentDefinition ComponentVersion": KUBEBLOCKS
    },
    "operations.kubeblocks.io": {
        "OpsRequest": Phase(
            healthy="Succeed",
            progressing="Pending Creating Running Cancelling",
            degraded="Failed Aborted",
            suspended="Cancelled",
        )
    },
    "db.atlasgo.io": {"*": Conditions("Ready")},
}
