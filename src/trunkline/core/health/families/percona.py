"""Percona's operators, which share the words of their statuses."""

from __future__ import annotations

from trunkline.core.health.declared import Phase
from trunkline.core.health.status import Family

CLUSTER = Phase(
    "status.state",
    healthy="ready",
    progressing="initializing stopping init",
    degraded="error unknown",
    suspended="paused",
    message="status.message status.messages",
    suspend="spec.pause",
)

TASK = Phase(
    "status.state",
    healthy="ready Succeeded",
    progressing="Starting Running requested waiting new",
    degraded="error Failed rejected",
    suspended="Suspended",
    message="status.error status.stateDescription status.comments",
)

RULES: Family = {
    "psmdb.percona.com": {
        "PerconaServerMongoDB": CLUSTER,
        "PerconaServerMongoDBBackup PerconaServerMongoDBRestore": TASK,
    },
    "pxc.percona.com": {
        "PerconaXtraDBCluster": CLUSTER,
        "PerconaXtraDBClusterBackup PerconaXtraDBClusterRestore": TASK,
    },
    "ps.percona.com": {
        "PerconaServerMySQL": CLUSTER,
        "PerconaServerMySQLBackup PerconaServerMySQLRestore": TASK,
    },
}
