"""Kafka and message brokers: Strimzi, Confluent, Redpanda, Koperator, RabbitMQ, NATS, ZooKeeper,
Solr.

Strimzi has two conditions where others have one: `Ready`, and `NotReady` with the reason. A
rebalance that waits for approval is suspended: a person has to say yes.
"""

from __future__ import annotations

from trunkline.core.health.conditions import conditions_of
from trunkline.core.health.counts import Counts
from trunkline.core.health.declared import Conditions, Phase, failure, held, not_seen
from trunkline.core.health.fields import count, entries, said_at, section, text
from trunkline.core.health.status import (
    Family,
    Health,
    HealthStatus,
    degraded,
    healthy,
    progressing,
    suspended,
)
from trunkline.core.manifest import Manifest

PAUSED = "@strimzi.io/pause-reconciliation"


def strimzi(manifest: Manifest) -> Health:
    """Any of Strimzi's kinds. Warnings do not make it less ready."""
    if health := not_seen(manifest, PAUSED):
        return health
    found = conditions_of(manifest)
    if (paused := found.get("ReconciliationPaused")) and paused.true:
        return suspended(paused.said)
    if (ready := found.get("Ready")) and ready.true:
        return healthy(ready.message)
    if (broken := found.get("NotReady")) and broken.true:
        creating = broken.reason in ("Creating", "Pending")
        return progressing(broken.said) if creating else degraded(broken.said)
    if ready and ready.false:
        return degraded(ready.said)
    return progressing("is not ready yet")


def connector(manifest: Manifest) -> Health:
    """A KafkaConnector may be ready while a task of it has failed."""
    if health := held(manifest, "spec.pause spec.state=paused spec.state=stopped"):
        return health
    health = strimzi(manifest)
    tasks = entries(section(manifest, "status", "connectorStatus"), "tasks")
    states = [said_at(manifest, "status.connectorStatus.connector.state")]
    states += [text(one, "state") for one in tasks]
    if "FAILED" in states:
        return degraded(f"{states.count('FAILED')} of its tasks failed")
    return health


def rebalance(manifest: Manifest) -> Health:
    if health := not_seen(manifest, PAUSED):
        return health
    found = {name: one for name, one in conditions_of(manifest).items() if one.true}
    if "NotReady" in found:
        return degraded(found["NotReady"].said)
    if "ProposalReady" in found:
        return suspended("waits for its proposal to be approved")
    if "Stopped" in found:
        return suspended("was stopped")
    if "Ready" in found:
        return healthy("is done")
    return progressing(next(iter(found), "waits for its controller"))


CONFLUENT = Phase(
    "status.phase status.state",
    healthy="RUNNING CREATED",
    progressing="PROVISIONING PENDING UPDATING",
    degraded="ERROR FAILED",
    suspended="PAUSED",
)
RABBIT = Conditions("Ready", fails="FailedCreateOrUpdate", fatal=True)


def confluent_connector(manifest: Manifest) -> Health:
    """It was created, and it runs with all of its tasks."""
    failed = count(section(manifest, "status"), "failedTasksCount")
    health = CONFLUENT(manifest)
    if health.status is not HealthStatus.HEALTHY:
        return health
    if failed:
        return degraded(f"{failed} of its tasks failed")
    state = said_at(manifest, "status.connectorState")
    if state == "RUNNING":
        return healthy("connectorState is RUNNING")
    return (
        degraded(f"connectorState is {state}")
        if failure(state)
        else progressing(f"connectorState is {state or 'not known yet'}")
    )


RULES: Family = {
    "kafka.strimzi.io": {
        "KafkaNodePool": Conditions("", quiet=True),
        "KafkaConnector": connector,
        "KafkaRebalance": rebalance,
        "*": strimzi,
    },
    "core.strimzi.io": {"StrimziPodSet": Counts("status.pods", "status.readyPods:ready", 0, "pod")},
    "platform.confluent.io": {"Connector": confluent_connector, "*": CONFLUENT},
    "cluster.redpanda.com": {"*": Conditions("Ready", also="Healthy", suspend="spec.suspend")},
    "kafka.banzaicloud.io": {
        "KafkaCluster": Phase(
            "status.state",
            healthy="ClusterRunning",
            progressing="ClusterReconciling ClusterRollingUpgrading",
        ),
        "KafkaTopic KafkaUser": Phase("status.state", healthy="created"),
    },
    "rabbitmq.com": {
        "RabbitmqCluster": Conditions(
            "AllReplicasReady ClusterAvailable",
            also="ReconcileSuccess",
            fails="Error",
            suspend="@rabbitmq.com/pauseReconciliation",
        ),
        "*": RABBIT,
    },
    "jetstream.nats.io": {"*": Conditions("Ready", fails="Errored")},
    "zookeeper.pravega.io": {
        "ZookeeperCluster": Counts("spec.replicas", "status.readyReplicas:ready", 3, bad="Error")
    },
    "solr.apache.org": {
        "SolrCloud": Counts(
            "spec.replicas", "status.upToDateNodes:updated status.readyReplicas:ready", 3
        ),
        "SolrPrometheusExporter": Conditions("", quiet=True),
    },
}
