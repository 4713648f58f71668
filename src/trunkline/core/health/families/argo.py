"""Argo: CD (its objects may still live in a cluster while it moves over), Rollouts, Workflows,
Events, Kargo and Numaflow.

An Application whose health is good but whose sync still runs, or failed and left it out of sync,
is not done: waves of an app of apps would go on too early. A Rollout that refers to a Deployment
has seen that Deployment's newest template only when `workloadObservedGeneration` says so.
"""

from __future__ import annotations

from collections.abc import Mapping

from trunkline.core.health.conditions import conditions_of
from trunkline.core.health.declared import Conditions, Phase, held, not_seen
from trunkline.core.health.fields import entries, joined, said_at, section, text
from trunkline.core.health.status import (
    Family,
    Health,
    HealthStatus,
    degraded,
    healthy,
    progressing,
    suspended,
    unknown,
)
from trunkline.core.manifest import Manifest, annotations_of


def application(manifest: Manifest) -> Health:
    """What Argo CD's controller last said of the Application itself, and of its sync."""
    said = section(manifest, "status", "health")
    try:
        health = Health(HealthStatus(text(said, "status")), text(said, "message"))
    except ValueError:
        return progressing("waits for Argo CD's controller")
    if health.status is not HealthStatus.HEALTHY:
        return health
    operation = section(manifest, "status", "operationState")
    out = text(section(manifest, "status", "sync"), "status") == "OutOfSync"
    match text(operation, "phase"):
        case "Running" | "Terminating":
            return progressing(joined(("is being synced", text(operation, "message"))))
        case "Failed" | "Error" if out:
            return degraded(joined(("its sync failed", text(operation, "message"))))
    return health


def application_set(manifest: Manifest) -> Health:
    found = conditions_of(manifest)
    error, current = found.get("ErrorOccurred"), found.get("ResourcesUpToDate")
    rollout = found.get("RolloutProgressing")
    if error and error.true:
        return degraded(error.said)
    if current and current.false:
        return degraded(current.said)
    if rollout and rollout.true:
        return progressing(rollout.said)
    if current and current.true:
        return healthy(current.message)
    return progressing("waits for Argo CD's controller")


def workflow(manifest: Manifest) -> Health:
    status = section(manifest, "status")
    message = text(status, "message")
    match text(status, "phase"):
        case "" | "Pending" | "Running":
            return _running(manifest, message)
        case "Succeeded":
            return healthy(message)
        case "Failed" | "Error":
            return degraded(message or "the workflow failed")
        case phase:
            return unknown(message or f"the workflow's phase is {phase}")


AT_A_PAUSE = ("Suspend", "Running")


def _running(manifest: Manifest, message: str) -> Health:
    if health := held(manifest, "spec.suspend"):
        return health
    for node in section(manifest, "status", "nodes").values():
        if isinstance(node, Mapping) and (node.get("type"), node.get("phase")) == AT_A_PAUSE:
            name = text(node, "displayName") or text(node, "name")
            return suspended(f"waits at the step {name} until somebody resumes it")
    return progressing(message or "the workflow runs")


def cron_workflow(manifest: Manifest) -> Health:
    if health := held(manifest, "spec.suspend"):
        return health
    for one in conditions_of(manifest).values():
        if one.type in ("SpecError", "SubmissionError") and one.true:
            return degraded(one.said)
    if text(section(manifest, "status"), "phase") == "Stopped":
        return suspended("its stop strategy has ended it")
    return healthy(joined(("last run", text(section(manifest, "status"), "lastScheduledTime"))))


def rollout(manifest: Manifest) -> Health:
    """A Rollout of Argo Rollouts; those before 1.1 say no phase, only conditions."""
    if health := not_seen(manifest, "spec.paused"):
        return health
    if _workload_unseen(manifest):
        return progressing("waits until its controller has seen the workload it refers to")
    found = conditions_of(manifest)
    if (invalid := found.get("InvalidSpec")) and invalid.true:
        return degraded(invalid.said)
    status = section(manifest, "status")
    message = text(status, "message")
    if status.get("abort") is True:
        return degraded(joined(("the rollout was aborted", message)))
    if entries(status, "pauseConditions") or text(status, "phase") == "Paused":
        reasons = [text(one, "reason") for one in entries(status, "pauseConditions")]
        said = joined(tuple(dict.fromkeys((", ".join(reasons), message))))
        return suspended(said or "the rollout is paused")
    return ROLLOUT(manifest) if text(status, "phase") else BY_CONDITIONS(manifest)


ROLLOUT = Phase(healthy="Healthy", progressing="Progressing", degraded="Degraded")

BY_CONDITIONS = Conditions("Available", also="Progressing", fails="RolloutAborted")


def _workload_unseen(manifest: Manifest) -> bool:
    if not section(manifest, "spec", "workloadRef"):
        return False
    wanted = annotations_of(manifest).get("rollout.argoproj.io/workload-generation", "")
    seen = str(section(manifest, "status").get("workloadObservedGeneration", ""))
    return wanted.isdecimal() and seen.isdecimal() and int(seen) < int(wanted)


def analysis(manifest: Manifest) -> Health:
    """Inconclusive: the measurements say neither yes nor no, and a person has to."""
    if said_at(manifest, "status.phase") == "Inconclusive":
        return unknown(said_at(manifest, "status.message") or "is inconclusive")
    return ANALYSIS(manifest)


ANALYSIS = Phase(
    healthy="Successful",
    progressing="Pending Running",
    degraded="Failed Error",
)


def event_part(manifest: Manifest) -> Health:
    """EventBus, EventSource and Sensor: there is no Ready, all conditions together are."""
    if health := not_seen(manifest, ""):
        return health
    found = conditions_of(manifest)
    if failed := [one for one in found.values() if one.false]:
        return degraded(failed[0].said)
    if open_ := [one for one in found.values() if not one.true]:
        return progressing(open_[0].said)
    return healthy() if found else progressing("waits for its controller")


NUMAFLOW = Phase(
    healthy="Running Deployed",
    progressing="Pending Progressing Pausing Deleting",
    degraded="Failed",
    suspended="Paused",
)


def numaplane_rollout(manifest: Manifest) -> Health:
    """Its phase says that it was handed out, its conditions what became of it."""
    found = conditions_of(manifest)
    upgrade, children = found.get("ProgressiveUpgradeSucceeded"), found.get("ChildResourcesHealthy")
    if upgrade and upgrade.false:
        return degraded(upgrade.said)
    health = NUMAFLOW(manifest)
    if health.status is HealthStatus.HEALTHY and children and children.false:
        return degraded(children.said) if children.failure else progressing(children.said)
    return health


RULES: Family = {
    "argoproj.io": {
        "Application": application,
        "ApplicationSet": application_set,
        "Workflow": workflow,
        "CronWorkflow": cron_workflow,
        "Rollout": rollout,
        "AnalysisRun Experiment": analysis,
        "EventBus EventSource Sensor": event_part,
    },
    "promoter.argoproj.io": {"*": Conditions("Ready")},
    "kargo.akuity.io": {
        "Promotion": Phase(
            healthy="Succeeded",
            progressing="Pending Running",
            degraded="Failed Errored",
            suspended="Aborted",
        ),
        "Stage Warehouse": Conditions("Ready", also="Healthy", bad="Stalled", busy="Reconciling"),
    },
    "numaflow.numaproj.io": {"*": NUMAFLOW},
    "numaplane.numaproj.io": {"*": numaplane_rollout},
}
