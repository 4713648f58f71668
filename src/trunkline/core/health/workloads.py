"""Workloads that keep pods running: their controllers count, the rules compare the counts.

The order of the questions is that of `kubectl rollout status`: seen, updated, old ones gone,
ready. An object without a status was not seen yet.
"""

from __future__ import annotations

from trunkline.core.health.conditions import conditions_of
from trunkline.core.health.counts import counted
from trunkline.core.health.fields import UNOBSERVED, count, section, text, unobserved
from trunkline.core.health.status import Health, degraded, healthy, progressing, suspended
from trunkline.core.manifest import Manifest


def deployment(manifest: Manifest) -> Health:
    spec, status = section(manifest, "spec"), section(manifest, "status")
    if spec.get("paused") is True:
        return suspended("the Deployment is paused")
    if unseen(manifest):
        return progressing(UNOBSERVED)
    conditions = conditions_of(manifest)
    rollout = conditions.get("Progressing")
    if rollout and rollout.reason == "ProgressDeadlineExceeded":
        return degraded(rollout.said)
    wanted, updated = count(spec, "replicas", 1), count(status, "updatedReplicas")
    old = count(status, "replicas") - updated
    if updated < wanted:
        failure = conditions.get("ReplicaFailure")
        return progressing(
            failure.said if failure and failure.true else counted(updated, wanted, "updated")
        )
    if old > 0:
        return progressing(f"{old} old {'replica is' if old == 1 else 'replicas are'} still there")
    available = count(status, "availableReplicas")
    if available < updated:
        return progressing(counted(available, updated, "available"))
    return healthy(counted(available, wanted, "ready"))


def replica_set(manifest: Manifest) -> Health:
    """A ReplicaSet, and a ReplicationController, which counts in the same fields."""
    if unseen(manifest):
        return progressing(UNOBSERVED)
    failure = conditions_of(manifest).get("ReplicaFailure")
    if failure and failure.true:
        return degraded(failure.said)
    wanted = count(section(manifest, "spec"), "replicas", 1)
    available = count(section(manifest, "status"), "availableReplicas")
    if available < wanted:
        return progressing(counted(available, wanted, "available"))
    return healthy(counted(available, wanted, "ready"))


def stateful_set(manifest: Manifest) -> Health:
    spec, status = section(manifest, "spec"), section(manifest, "status")
    if unseen(manifest):
        return progressing(UNOBSERVED)
    wanted, ready = count(spec, "replicas", 1), count(status, "readyReplicas")
    if ready < wanted:
        return progressing(counted(ready, wanted, "ready"))
    strategy = section(spec, "updateStrategy")
    if text(strategy, "type") == "OnDelete":
        return healthy(f"{counted(ready, wanted, 'ready')}; pods are updated when they are deleted")
    return _rolled_out(manifest, wanted, ready)


def _rolled_out(manifest: Manifest, wanted: int, ready: int) -> Health:
    """Pods below the partition keep the old revision, on purpose."""
    status = section(manifest, "status")
    rolling = section(manifest, "spec", "updateStrategy").get("rollingUpdate")
    if isinstance(rolling, dict):
        partition = count(rolling, "partition")
        updated, goal = count(status, "updatedReplicas"), max(0, wanted - partition)
        if updated < goal:
            return progressing(counted(updated, goal, "updated"))
        kept = f"; the partition keeps {min(partition, wanted)} as they were" if partition else ""
        return healthy(counted(ready, wanted, "ready") + kept)
    if text(status, "updateRevision") != text(status, "currentRevision"):
        return progressing(counted(count(status, "updatedReplicas"), wanted, "updated"))
    return healthy(counted(ready, wanted, "ready"))


def daemon_set(manifest: Manifest) -> Health:
    status = section(manifest, "status")
    if unseen(manifest):
        return progressing(UNOBSERVED)
    wanted = count(status, "desiredNumberScheduled")
    available = count(status, "numberAvailable")
    if text(section(manifest, "spec", "updateStrategy"), "type") == "OnDelete":
        said = counted(available, wanted, "ready", "pod")
        return healthy(f"{said}; pods are updated when they are deleted")
    updated = count(status, "updatedNumberScheduled")
    if updated < wanted:
        return progressing(counted(updated, wanted, "updated", "pod"))
    if available < wanted:
        return progressing(counted(available, wanted, "available", "pod"))
    return healthy(counted(available, wanted, "ready", "pod"))


def unseen(manifest: Manifest) -> bool:
    """Whether the controller has not counted for the newest spec yet. All these controllers
    observe generations, and a live object's first generation is 1."""
    status = section(manifest, "status")
    generation = count(section(manifest, "metadata"), "generation")
    never = generation > 0 and "observedGeneration" not in status
    return not status or never or unobserved(manifest)
