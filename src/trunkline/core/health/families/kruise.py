"""OpenKruise: workloads that count as the built-in ones do, with a pause and a partition."""

from __future__ import annotations

from trunkline.core.health.conditions import conditions_of
from trunkline.core.health.counts import Counts, counted
from trunkline.core.health.declared import Conditions, Phase, not_seen
from trunkline.core.health.fields import at, count, section
from trunkline.core.health.status import Family, Health, degraded, healthy, progressing
from trunkline.core.manifest import Manifest

PAUSED = "spec.updateStrategy.paused spec.updateStrategy.rollingUpdate.paused spec.paused"


def workload(manifest: Manifest) -> Health:
    """A CloneSet or an advanced StatefulSet: pods below the partition stay as they were."""
    if health := not_seen(manifest, PAUSED):
        return health
    for one in conditions_of(manifest).values():
        if one.type in ("FailedScale", "FailedUpdate") and one.true:
            return degraded(one.said)
    status = section(manifest, "status")
    wanted = count(section(manifest, "spec"), "replicas", 1)
    updated, goal = count(status, "updatedReplicas"), max(0, wanted - _kept(manifest, wanted))
    if updated < goal:
        return progressing(counted(updated, goal, "updated"))
    ready = count(status, "readyReplicas")
    said = counted(ready, wanted, "ready")
    return healthy(said) if ready >= wanted else progressing(said)


def _kept(manifest: Manifest, wanted: int) -> int:
    """The partition: a number, or a part of the replicas that is rounded up."""
    found = at(manifest, "spec.updateStrategy.partition")
    if found is None:
        found = at(manifest, "spec.updateStrategy.rollingUpdate.partition")
    if isinstance(found, str) and found.removesuffix("%").isdecimal():
        return -(-wanted * int(found.removesuffix("%")) // 100)
    return found if isinstance(found, int) else 0


def daemon_set(manifest: Manifest) -> Health:
    if health := not_seen(manifest, PAUSED):
        return health
    wanted = count(section(manifest, "status"), "desiredNumberScheduled")
    goal = max(0, wanted - _kept(manifest, wanted))
    for field, enough, word in (
        ("updatedNumberScheduled", goal, "updated"),
        ("numberAvailable", wanted, "available"),
    ):
        found = count(section(manifest, "status"), field)
        if found < enough:
            return progressing(counted(found, enough, word, "pod"))
    return healthy(counted(wanted, wanted, "ready", "pod"))


RULES: Family = {
    "apps.kruise.io": {
        "CloneSet StatefulSet": workload,
        "DaemonSet": daemon_set,
        "SidecarSet": Counts(
            "status.matchedPods",
            "status.updatedPods:updated status.readyPods:ready",
            0,
            "pod",
            suspend=PAUSED,
        ),
        "UnitedDeployment": Counts(
            "spec.replicas", "status.updatedReplicas:updated status.readyReplicas:ready"
        ),
        "BroadcastJob": Phase(
            healthy="completed", progressing="running", degraded="failed", suspended="paused"
        ),
        "AdvancedCronJob": Conditions("", suspend="spec.paused", quiet=True),
        "ImagePullJob": Counts("status.desired", "status.completed:pulled", 0, "image"),
    },
    "rollouts.kruise.io": {
        "Rollout": Phase(
            healthy="Healthy",
            progressing="Initial Progressing Terminating Disabling",
            degraded="",
            suspended="Disabled",
            suspend="spec.strategy.paused spec.disabled",
        ),
    },
    "spot.io": {
        "SpotDeployment": Counts(
            "spec.replicas", "status.updatedReplicas:updated status.availableReplicas:available"
        )
    },
    "game.kruise.io": {
        "GameServer": Phase(
            "status.currentState",
            healthy="Ready",
            progressing="Creating NotReady Updating",
            degraded="Crash",
        ),
        "GameServerSet": Counts(
            "spec.replicas", "status.updatedReplicas:updated status.readyReplicas:ready"
        ),
    },
}
