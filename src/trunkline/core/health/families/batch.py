"""Work that ends, and what queues it: Kueue, Volcano, Ray, Spark, Flink, Kubeflow, JobSet, Camel.

An application that is meant to run for ever is healthy while it runs; one that is to end is on
its way.
"""

from __future__ import annotations

from trunkline.core.health.conditions import conditions_of
from trunkline.core.health.declared import WAITS, Conditions, Phase, not_seen
from trunkline.core.health.fields import at, joined, said_at, section, text
from trunkline.core.health.status import (
    Family,
    Health,
    degraded,
    healthy,
    progressing,
    suspended,
)
from trunkline.core.manifest import Manifest


def ending(manifest: Manifest) -> Health:
    """Kubeflow's jobs and JobSet: the conditions of a Job, under their names for success."""
    if health := not_seen(manifest, "spec.suspend spec.runPolicy.suspend"):
        return health
    found = {name: one for name, one in conditions_of(manifest).items() if one.true}
    if "Failed" in found:
        return degraded(found["Failed"].said)
    for name in ("Succeeded", "Complete", "Completed"):
        if name in found:
            return healthy(found[name].message)
    if "Suspended" in found:
        return suspended(found["Suspended"].said)
    for name in ("Restarting", "Running", "Created"):
        if name in found:
            return progressing(found[name].said)
    return progressing(WAITS)


def workload(manifest: Manifest) -> Health:
    """Kueue's Workload: it waits its turn, runs, ends."""
    if at(manifest, "spec.active") is False:
        return suspended("is suspended by spec.active")
    found = {name: one for name, one in conditions_of(manifest).items() if one.true}
    if "Finished" in found:
        one = found["Finished"]
        return degraded(one.said) if one.failure else healthy(one.message)
    if "DeactivationTarget" in found:
        return degraded(found["DeactivationTarget"].said)
    if "Admitted" in found:
        return healthy("is admitted")
    said = next((found[name].said for name in ("Evicted", "QuotaReserved") if name in found), "")
    return progressing(said or "waits for quota")


QUEUE = Conditions(
    "Active",
    fatal=True,
    mends="Pending",
    suspend="spec.stopPolicy=Hold spec.stopPolicy=HoldAndDrain",
)

VOLCANO = Phase(
    "status.state.phase",
    healthy="Completed Running",
    progressing="Pending Inqueue Restarting Completing Terminating Aborting",
    degraded="Failed Terminated Unknown",
    suspended="Aborted",
    message="status.state.message status.state.reason",
)


def volcano_job(manifest: Manifest) -> Health:
    """Batch work that runs is not done."""
    health = VOLCANO(manifest)
    running = said_at(manifest, "status.state.phase") == "Running"
    return progressing("the job runs") if running else health


def spark(manifest: Manifest) -> Health:
    if health := not_seen(manifest, "spec.suspend"):
        return health
    state = section(manifest, "status", "applicationState")
    word = text(state, "state")
    if word == "RUNNING" and said_at(manifest, "spec.restartPolicy.type") == "Always":
        return healthy("the application runs")
    return SPARK(manifest)


SPARK = Phase(
    "status.applicationState.state",
    healthy="COMPLETED",
    progressing="NEW SUBMITTED RUNNING PENDING_RERUN INVALIDATING SUCCEEDING RESUMING",
    degraded="FAILED SUBMISSION_FAILED FAILING UNKNOWN PENDING_SUBMISSION_FAILED",
    suspended="SUSPENDED SUSPENDING",
    message="status.applicationState.errorMessage",
)


def flink(manifest: Manifest) -> Health:
    """The life cycle of the deployment, and what its job says once it is stable."""
    if health := not_seen(manifest, "spec.job.state=suspended"):
        return health
    status = section(manifest, "status")
    error, job = text(status, "error"), text(section(status, "jobStatus"), "state")
    said = joined((text(status, "lifecycleState"), error or job))
    if not text(status, "lifecycleState"):
        return FLINK_OLDER(manifest)
    match text(status, "lifecycleState"):
        case "STABLE" if job in ("FAILED", "FAILING"):
            return degraded(said)
        case "STABLE":
            return healthy(said)
        case "SUSPENDED":
            return suspended(said)
        case "FAILED" | "ROLLED_BACK":
            return degraded(said)
        case _:
            return degraded(said) if error else progressing(said or WAITS)


# Before it had a life cycle (operator 1.0 and older): what became of its job manager.
FLINK_OLDER = Phase(
    "status.jobManagerDeploymentStatus",
    healthy="READY",
    progressing="DEPLOYED_NOT_READY DEPLOYING MISSING",
    degraded="ERROR",
    message="status.error status.reconciliationStatus.error",
)

RAY_CLUSTER = Phase(
    "status.state",
    healthy="ready",
    progressing="pending",
    degraded="failed unhealthy",
    suspended="suspended",
    suspend="spec.suspend",
)
RAY_JOB = Phase(
    "status.jobDeploymentStatus",
    healthy="Complete",
    progressing="Initializing Running Waiting Retrying Suspending",
    degraded="Failed ValidationFailed",
    suspended="Suspended",
    suspend="spec.suspend",
)


def ray_job(manifest: Manifest) -> Health:
    """The deployment of a job may be complete while the job itself has failed."""
    status = section(manifest, "status")
    if text(status, "jobStatus") in ("FAILED", "STOPPED"):
        return degraded(joined((text(status, "jobStatus"), text(status, "message"))))
    return RAY_JOB(manifest)


RAY_SERVICE = Conditions(
    "Ready",
    off="Suspended Suspending",
    busy="UpgradeInProgress RollbackInProgress",
    suspend="spec.suspend",
)


def ray_service(manifest: Manifest) -> Health:
    if "Ready" in conditions_of(manifest):
        return RAY_SERVICE(manifest)
    return Phase("status.serviceStatus", healthy="Running", degraded="FailedToUpdateService")(
        manifest
    )


KEPTN = Phase(
    "status.status status.overallStatus",
    healthy="Succeeded",
    progressing="Pending Progressing",
    degraded="Failed Deprecated Warning",
)


def analysis(manifest: Manifest) -> Health:
    """Keptn's Analysis ends with a verdict of its own: it was done, and it passed or not."""
    if said_at(manifest, "status.state") == "Completed" and at(manifest, "status.pass") is False:
        return degraded("the analysis did not pass")
    return ANALYSIS(manifest)


ANALYSIS = Phase(
    "status.state", healthy="Completed", progressing="Pending Progressing", degraded="Failed"
)


def keptn_metric(manifest: Manifest) -> Health:
    if health := not_seen(manifest, ""):
        return health
    error, value = said_at(manifest, "status.errMsg"), said_at(manifest, "status.value")
    return degraded(error) if error else healthy(value) if value else progressing(WAITS)


RULES: Family = {
    "kueue.x-k8s.io": {
        "ClusterQueue LocalQueue Cohort": QUEUE,
        "AdmissionCheck MultiKueueCluster": Conditions("Active", fatal=True),
        "Workload": workload,
    },
    "batch.volcano.sh": {"Job": volcano_job},
    "scheduling.volcano.sh": {
        "Queue": Phase("status.state", healthy="Open", suspended="Closed Closing"),
        "PodGroup": Phase(
            healthy="Running Completed", progressing="Pending Inqueue", degraded="Unknown"
        ),
    },
    "ray.io": {"RayCluster": RAY_CLUSTER, "RayJob": ray_job, "RayService": ray_service},
    "sparkoperator.k8s.io": {
        "SparkApplication": spark,
        "ScheduledSparkApplication": Phase(
            "status.scheduleState",
            healthy="Scheduled",
            progressing="Validating",
            degraded="FailedValidation",
            suspend="spec.suspend",
        ),
    },
    "flink.apache.org": {"FlinkDeployment FlinkSessionJob": flink},
    "kubeflow.org": {
        "PyTorchJob TFJob MPIJob XGBoostJob PaddleJob JAXJob": ending,
        "Notebook": Conditions("", also="Ready"),
    },
    "trainer.kubeflow.org": {"TrainJob": ending},
    "lifecycle.keptn.sh": {
        "KeptnAppVersion KeptnWorkloadVersion KeptnWorkloadInstance KeptnTask "
        "KeptnEvaluation": KEPTN,
    },
    "metrics.keptn.sh": {"Analysis": analysis, "KeptnMetric": keptn_metric},
    "tower.ansible.com": {
        "AnsibleJob": Phase(
            "status.ansibleJobResult.status",
            healthy="successful",
            progressing="new pending waiting running",
            degraded="failed error canceled",
        )
    },
    "jobset.x-k8s.io": {"JobSet": ending},
    "leaderworkerset.x-k8s.io": {
        "LeaderWorkerSet": Conditions("Available", busy="Progressing UpdateInProgress")
    },
    "camel.apache.org": {
        "Integration IntegrationPlatform IntegrationKit Kamelet Build CamelCatalog Pipe": Phase(
            healthy="Running Ready Succeeded", degraded="Error Failed Interrupted"
        )
    },
}
