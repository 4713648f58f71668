"""Pods and jobs: phases, containers that are stuck, and work that ends."""

from __future__ import annotations

from health_cases import Case, cases, check

POD, JOB, CRON = "v1 Pod", "batch/v1 Job", "batch/v1 CronJob"


@cases(
    Case("without a status", POD, "", "Progressing", "waits to be started"),
    Case(
        "that no node takes",
        POD,
        """
        status:
          phase: Pending
          conditions:
          - {type: PodScheduled, status: "False", reason: Unschedulable, message: 0/3 nodes fit}
        """,
        "Progressing",
        "Unschedulable: 0/3 nodes fit",
    ),
    Case(
        "that is being made",
        POD,
        """
        status:
          phase: Pending
          containerStatuses: [{name: web, state: {waiting: {reason: ContainerCreating}}}]
        """,
        "Progressing",
        "container web: ContainerCreating",
    ),
    Case(
        "without its image",
        POD,
        """
        spec: {restartPolicy: Always}
        status:
          phase: Pending
          containerStatuses:
          - name: web
            state: {waiting: {reason: ImagePullBackOff, message: Back-off pulling image}}
        """,
        "Degraded",
        "container web: ImagePullBackOff: Back-off pulling image",
    ),
    Case(
        "with a wrong image name",
        POD,
        """
        status:
          phase: Pending
          containerStatuses: [{name: web, state: {waiting: {reason: InvalidImageName}}}]
        """,
        "Degraded",
        "container web: InvalidImageName",
    ),
    Case(
        "without its ConfigMap",
        POD,
        """
        status:
          phase: Pending
          containerStatuses:
          - {name: web, state: {waiting: {reason: CreateContainerConfigError, message: no map}}}
        """,
        "Degraded",
        "container web: CreateContainerConfigError: no map",
    ),
    Case(
        "whose init container crashes",
        POD,
        """
        status:
          phase: Pending
          initContainerStatuses:
          - {name: migrate, state: {waiting: {reason: CrashLoopBackOff, message: back-off 10s}}}
          containerStatuses: [{name: web, state: {waiting: {reason: PodInitializing}}}]
        """,
        "Degraded",
        "container migrate: CrashLoopBackOff: back-off 10s",
    ),
    Case(
        "of work without its image",
        POD,
        """
        spec: {restartPolicy: Never}
        status:
          phase: Pending
          containerStatuses: [{name: run, state: {waiting: {reason: ImagePullBackOff}}}]
        """,
        "Progressing",
        "container run: ImagePullBackOff",
    ),
    Case(
        "of work that is read strictly",
        POD,
        """
        metadata: {annotations: {argocd.argoproj.io/ignore-restart-policy: "true"}}
        spec: {restartPolicy: Never}
        status:
          phase: Pending
          containerStatuses: [{name: run, state: {waiting: {reason: ImagePullBackOff}}}]
        """,
        "Degraded",
        "container run: ImagePullBackOff",
    ),
    Case(
        "that is ready",
        POD,
        """
        spec: {restartPolicy: Always}
        status: {phase: Running, conditions: [{type: Ready, status: "True"}]}
        """,
        "Healthy",
        "all containers are ready",
    ),
    Case(
        "that starts",
        POD,
        """
        status:
          phase: Running
          conditions:
          - {type: Ready, status: "False", reason: ContainersNotReady, message: not yet}
        """,
        "Progressing",
        "ContainersNotReady: not yet",
    ),
    Case(
        "that was restarted and is not ready",
        POD,
        """
        status:
          phase: Running
          conditions: [{type: Ready, status: "False"}]
          containerStatuses:
          - {name: web, lastState: {terminated: {exitCode: 137, reason: OOMKilled}}}
        """,
        "Degraded",
        "container web ended with exit code 137 (OOMKilled)",
    ),
    Case(
        "of work that runs",
        POD,
        """
        spec: {restartPolicy: OnFailure}
        status: {phase: Running, conditions: [{type: Ready, status: "True"}]}
        """,
        "Progressing",
        "runs",
    ),
    Case("of work that is done", POD, "{status: {phase: Succeeded}}", "Healthy"),
    Case(
        "that failed",
        POD,
        """
        status:
          phase: Failed
          containerStatuses:
          - {name: a, state: {terminated: {exitCode: 0}}}
          - {name: b, state: {terminated: {exitCode: 3, reason: Error}}}
        """,
        "Degraded",
        "container b ended with exit code 3",
    ),
    Case(
        "that was evicted",
        POD,
        "{status: {phase: Failed, reason: Evicted, message: The node was low on memory.}}",
        "Degraded",
        "Evicted: The node was low on memory.",
    ),
    Case(
        "on a lost node",
        POD,
        "{status: {phase: Unknown}}",
        "Unknown",
        "the pod's phase is Unknown",
    ),
)
def test_a_pod(case: Case) -> None:
    check(case)


@cases(
    Case("just made", JOB, "{spec: {completions: 2}}", "Progressing", "0 of 2 completions"),
    Case(
        "that tries again",
        JOB,
        "{status: {active: 1, failed: 2}}",
        "Progressing",
        "0 of 1 completions, 2 failed",
    ),
    Case(
        "that is complete",
        JOB,
        '{status: {succeeded: 1, conditions: [{type: Complete, status: "True"}]}}',
        "Healthy",
        "the Job is complete",
    ),
    Case(
        "that failed",
        JOB,
        """
        status:
          conditions:
          - {type: FailureTarget, status: "True", reason: BackoffLimitExceeded}
          - {type: Failed, status: "True", reason: BackoffLimitExceeded, message: too often}
        """,
        "Degraded",
        "BackoffLimitExceeded: too often",
    ),
    Case(
        "that is about to fail",
        JOB,
        "{status: {conditions: [{type: FailureTarget, status: 'True', reason: DeadlineExceeded}]}}",
        "Progressing",
        "ends with a failure: DeadlineExceeded",
    ),
    Case("suspended", JOB, "{spec: {suspend: true}}", "Suspended", "the Job is suspended"),
    Case(
        "that goes on after a suspension",
        JOB,
        '{status: {conditions: [{type: Suspended, status: "False"}]}}',
        "Progressing",
        "0 of 1 completions",
    ),
)
def test_a_job(case: Case) -> None:
    check(case)


@cases(
    Case("just made", CRON, "", "Healthy", "was not scheduled yet"),
    Case("suspended", CRON, "{spec: {suspend: true}}", "Suspended", "the CronJob is suspended"),
    Case(
        "that runs",
        CRON,
        "{status: {lastScheduleTime: '2026-01-02T00:00:00Z', active: [{name: it-1}]}}",
        "Healthy",
        "runs now",
    ),
    Case(
        "without a success yet",
        CRON,
        "{status: {lastScheduleTime: '2026-01-02T00:00:00Z'}}",
        "Healthy",
        "never completed a run yet",
    ),
    Case(
        "whose last run failed",
        CRON,
        """
        status:
          lastScheduleTime: "2026-01-02T00:00:00Z"
          lastSuccessfulTime: "2026-01-01T00:00:10Z"
        """,
        "Degraded",
        "the run of 2026-01-02T00:00:00Z did not succeed",
    ),
    Case(
        "whose last run succeeded",
        CRON,
        """
        status:
          lastScheduleTime: "2026-01-02T00:00:00Z"
          lastSuccessfulTime: "2026-01-02T00:00:10Z"
        """,
        "Healthy",
        "last success: 2026-01-02T00:00:10Z",
    ),
)
def test_a_cron_job(case: Case) -> None:
    check(case)
