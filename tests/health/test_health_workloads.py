"""Workloads: what their controllers count, and what that means."""

from __future__ import annotations

import pytest
from health_cases import Case, cases, check

DEPLOYMENT, REPLICAS = "apps/v1 Deployment", "apps/v1 ReplicaSet"
STATEFUL, DAEMON = "apps/v1 StatefulSet", "apps/v1 DaemonSet"


@cases(
    Case(
        "that is ready",
        DEPLOYMENT,
        """
        metadata: {generation: 2}
        spec: {replicas: 3}
        status: {observedGeneration: 2, replicas: 3, updatedReplicas: 3, availableReplicas: 3}
        """,
        "Healthy",
        "3 of 3 replicas are ready",
    ),
    Case(
        "just made",
        DEPLOYMENT,
        "{metadata: {generation: 1}, spec: {replicas: 1}, status: {}}",
        "Progressing",
        "waits until its controller has seen the newest spec",
    ),
    Case(
        "not seen yet",
        DEPLOYMENT,
        """
        metadata: {generation: 3}
        spec: {replicas: 1}
        status: {observedGeneration: 2, replicas: 1, updatedReplicas: 1, availableReplicas: 1}
        """,
        "Progressing",
        "waits until its controller has seen the newest spec",
    ),
    Case(
        "half updated",
        DEPLOYMENT,
        """
        metadata: {generation: 2}
        spec: {replicas: 3}
        status: {observedGeneration: 2, replicas: 4, updatedReplicas: 2, availableReplicas: 3}
        """,
        "Progressing",
        "2 of 3 replicas are updated",
    ),
    Case(
        "with an old replica",
        DEPLOYMENT,
        """
        spec: {replicas: 3}
        status: {replicas: 4, updatedReplicas: 3, availableReplicas: 4}
        """,
        "Progressing",
        "1 old replica is still there",
    ),
    Case(
        "with two of three available",
        DEPLOYMENT,
        """
        spec: {replicas: 3}
        status: {replicas: 3, updatedReplicas: 3, availableReplicas: 2}
        """,
        "Progressing",
        "2 of 3 replicas are available",
    ),
    Case(
        "scaled to nothing",
        DEPLOYMENT,
        "{metadata: {generation: 4}, spec: {replicas: 0}, status: {observedGeneration: 4}}",
        "Healthy",
        "0 of 0 replicas are ready",
    ),
    Case(
        "past its deadline",
        DEPLOYMENT,
        """
        metadata: {generation: 2}
        spec: {replicas: 1}
        status:
          observedGeneration: 2
          replicas: 2
          updatedReplicas: 1
          conditions:
          - type: Progressing
            status: "False"
            reason: ProgressDeadlineExceeded
            message: ReplicaSet "web-7d" has timed out progressing.
        """,
        "Degraded",
        'ProgressDeadlineExceeded: ReplicaSet "web-7d" has timed out progressing.',
    ),
    Case(
        "whose pods are refused",
        DEPLOYMENT,
        """
        spec: {replicas: 1}
        status:
          conditions:
          - {type: ReplicaFailure, status: "True", reason: FailedCreate, message: exceeded quota}
        """,
        "Progressing",
        "FailedCreate: exceeded quota",
    ),
    Case(
        "paused",
        DEPLOYMENT,
        "{spec: {paused: true, replicas: 2}, status: {}}",
        "Suspended",
        "the Deployment is paused",
    ),
)
def test_a_deployment(case: Case) -> None:
    check(case)


@cases(
    Case(
        "that is ready",
        REPLICAS,
        "{spec: {replicas: 2}, status: {replicas: 2, availableReplicas: 2}}",
        "Healthy",
        "2 of 2 replicas are ready",
    ),
    Case(
        "that is not",
        REPLICAS,
        "{spec: {replicas: 1}, status: {replicas: 1}}",
        "Progressing",
        "0 of 1 replica is available",
    ),
    Case(
        "that may not make pods",
        REPLICAS,
        """
        spec: {replicas: 1}
        status:
          replicas: 0
          conditions:
          - {type: ReplicaFailure, status: "True", reason: FailedCreate, message: over quota}
        """,
        "Degraded",
        "FailedCreate: over quota",
    ),
    Case(
        "of the first days",
        "v1 ReplicationController",
        "{spec: {replicas: 1}, status: {replicas: 1, availableReplicas: 1, observedGeneration: 1}}",
        "Healthy",
        "1 of 1 replica is ready",
    ),
)
def test_a_replica_set(case: Case) -> None:
    check(case)


@cases(
    Case(
        "that is ready",
        STATEFUL,
        """
        metadata: {generation: 1}
        spec: {replicas: 2, updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 0}}}
        status: {observedGeneration: 1, readyReplicas: 2, updatedReplicas: 2}
        """,
        "Healthy",
        "2 of 2 replicas are ready",
    ),
    Case(
        "with one to come",
        STATEFUL,
        "{spec: {replicas: 3}, status: {readyReplicas: 2, currentRevision: a, updateRevision: a}}",
        "Progressing",
        "2 of 3 replicas are ready",
    ),
    Case(
        "between revisions",
        STATEFUL,
        """
        spec: {replicas: 3}
        status: {readyReplicas: 3, updatedReplicas: 1, currentRevision: a, updateRevision: b}
        """,
        "Progressing",
        "1 of 3 replicas are updated",
    ),
    Case(
        "that is being updated",
        STATEFUL,
        """
        spec: {replicas: 3, updateStrategy: {rollingUpdate: {partition: 0}}}
        status: {readyReplicas: 3, updatedReplicas: 2}
        """,
        "Progressing",
        "2 of 3 replicas are updated",
    ),
    Case(
        "with a partition that is done",
        STATEFUL,
        """
        spec: {replicas: 3, updateStrategy: {rollingUpdate: {partition: 2}}}
        status: {readyReplicas: 3, updatedReplicas: 1, currentRevision: a, updateRevision: b}
        """,
        "Healthy",
        "3 of 3 replicas are ready; the partition keeps 2 as they were",
    ),
    Case(
        "with a partition under way",
        STATEFUL,
        """
        spec: {replicas: 3, updateStrategy: {rollingUpdate: {partition: 1}}}
        status: {readyReplicas: 3, updatedReplicas: 1}
        """,
        "Progressing",
        "1 of 2 replicas are updated",
    ),
    Case(
        "with a partition above its size",
        STATEFUL,
        """
        spec: {replicas: 3, updateStrategy: {rollingUpdate: {partition: 9}}}
        status: {readyReplicas: 3, updatedReplicas: 0}
        """,
        "Healthy",
        "3 of 3 replicas are ready; the partition keeps 3 as they were",
    ),
    Case(
        "updated by hand",
        STATEFUL,
        """
        spec: {replicas: 1, updateStrategy: {type: OnDelete}}
        status: {readyReplicas: 1, currentRevision: a, updateRevision: b}
        """,
        "Healthy",
        "1 of 1 replica is ready; pods are updated when they are deleted",
    ),
)
def test_a_stateful_set(case: Case) -> None:
    check(case)


@cases(
    Case(
        "that is ready",
        DAEMON,
        """
        metadata: {generation: 1}
        status:
          observedGeneration: 1
          desiredNumberScheduled: 5
          updatedNumberScheduled: 5
          numberAvailable: 5
        """,
        "Healthy",
        "5 of 5 pods are ready",
    ),
    Case(
        "that is being updated",
        DAEMON,
        "{status: {desiredNumberScheduled: 5, updatedNumberScheduled: 3, numberAvailable: 5}}",
        "Progressing",
        "3 of 5 pods are updated",
    ),
    Case(
        "with a pod to come",
        DAEMON,
        "{status: {desiredNumberScheduled: 5, updatedNumberScheduled: 5, numberAvailable: 4}}",
        "Progressing",
        "4 of 5 pods are available",
    ),
    Case(
        "updated by hand",
        DAEMON,
        """
        spec: {updateStrategy: {type: OnDelete}}
        status: {desiredNumberScheduled: 2, updatedNumberScheduled: 0, numberAvailable: 2}
        """,
        "Healthy",
        "2 of 2 pods are ready; pods are updated when they are deleted",
    ),
    Case(
        "for no node",
        DAEMON,
        """
        metadata: {generation: 1}
        status: {observedGeneration: 1, desiredNumberScheduled: 0}
        """,
        "Healthy",
        "0 of 0 pods are ready",
    ),
)
def test_a_daemon_set(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("kind", [DEPLOYMENT, REPLICAS, STATEFUL, DAEMON])
def test_no_status_is_not_seen_yet(kind: str) -> None:
    check(
        Case("", kind, "", "Progressing", "waits until its controller has seen the newest spec"),
    )
