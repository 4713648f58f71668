"""The rule for kinds without one of their own, deletion, and statuses of any shape."""

from __future__ import annotations

from typing import Any

import pytest
from health_cases import Case, cases, check
from hypothesis import given
from hypothesis import strategies as st

from trunkline.core.health import RULES, HealthStatus, health_of, worst

WIDGET = "example.com/v1 Widget"


@cases(
    Case("without a status", "v1 ConfigMap", "{data: {a: b}}", "Healthy"),
    Case("with a status of its own", WIDGET, "{status: {phase: Whatever}}", "Healthy"),
    Case(
        "whose phase says that it failed",
        WIDGET,
        "{status: {phase: Failed, message: no quota}}",
        "Degraded",
        "Failed: no quota",
    ),
    Case(
        "that is suspended",
        WIDGET,
        "{spec: {suspend: true}, status: {conditions: [{type: Ready, status: 'False'}]}}",
        "Suspended",
        "is suspended by spec.suspend",
    ),
    Case(
        "that was not seen",
        WIDGET,
        """
        metadata: {generation: 3}
        status: {observedGeneration: 2, conditions: [{type: Ready, status: "True"}]}
        """,
        "Progressing",
        "waits until its controller has seen the newest spec",
    ),
    Case(
        "whose condition is old",
        WIDGET,
        """
        metadata: {generation: 3}
        status: {conditions: [{type: Ready, status: "True", observedGeneration: 2}]}
        """,
        "Progressing",
        "waits until its controller has seen the newest spec",
    ),
    Case(
        "that is ready",
        WIDGET,
        "{status: {conditions: [{type: Ready, status: 'True', message: all good}]}}",
        "Healthy",
        "all good",
    ),
    Case(
        "that is not ready yet",
        WIDGET,
        "{status: {conditions: [{type: Ready, status: 'False', reason: Creating}]}}",
        "Progressing",
        "Creating",
    ),
    Case(
        "that failed",
        WIDGET,
        "{status: {conditions: [{type: Ready, status: 'False', reason: BuildFailed}]}}",
        "Degraded",
        "BuildFailed",
    ),
    Case(
        "that does not know",
        WIDGET,
        "{status: {conditions: [{type: Ready, status: Unknown}]}}",
        "Progressing",
        "Ready is Unknown",
    ),
    Case(
        "that is stalled",
        WIDGET,
        """
        status:
          conditions:
          - {type: Ready, status: "True"}
          - {type: Stalled, status: "True", reason: BadSpec, message: no such size}
        """,
        "Degraded",
        "BadSpec: no such size",
    ),
    Case(
        "that is being reconciled",
        WIDGET,
        """
        status:
          conditions:
          - {type: Ready, status: "True"}
          - {type: Reconciling, status: "True", reason: NewSpec}
        """,
        "Progressing",
        "NewSpec",
    ),
    Case(
        "that is available",
        WIDGET,
        "{status: {conditions: [{type: Available, status: 'True'}]}}",
        "Healthy",
    ),
    Case(
        "that is being deleted",
        "v1 ConfigMap",
        "{metadata: {deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: [example.com/keep]}}",
        "Progressing",
        "is being deleted, held by example.com/keep",
    ),
)
def test_the_conditions_rule(case: Case) -> None:
    check(case)


@cases(
    Case(
        "just made",
        "argoproj.io/v1alpha1 Application",
        "",
        "Progressing",
        "waits for Argo CD's controller",
    ),
    Case(
        "that is degraded",
        "argoproj.io/v1alpha1 Application",
        "{status: {health: {status: Degraded, message: pods crash}}}",
        "Degraded",
        "pods crash",
    ),
    Case(
        "with an error",
        "argoproj.io/v1alpha1 ApplicationSet",
        """
        status:
          conditions:
          - {type: ErrorOccurred, status: "True", reason: RenderTemplateParamsError, message: bad}
          - {type: ResourcesUpToDate, status: "False"}
        """,
        "Degraded",
        "RenderTemplateParamsError: bad",
    ),
    Case(
        "up to date",
        "argoproj.io/v1alpha1 ApplicationSet",
        "{status: {conditions: [{type: ResourcesUpToDate, status: 'True', message: all made}]}}",
        "Healthy",
        "all made",
    ),
    Case(
        "that failed",
        "argoproj.io/v1alpha1 Workflow",
        "{status: {phase: Failed, message: step two}}",
        "Degraded",
        "step two",
    ),
)
def test_argo_kinds(case: Case) -> None:
    check(case)


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ((), "Healthy"),
        (("Healthy", "Suspended"), "Suspended"),
        (("Suspended", "Progressing"), "Progressing"),
        (("Progressing", "Missing"), "Missing"),
        (("Degraded", "Missing", "Healthy"), "Degraded"),
        (("Unknown", "Degraded"), "Unknown"),
    ],
)
def test_the_worst(statuses: tuple[str, ...], expected: str) -> None:
    assert worst(HealthStatus(one) for one in statuses) == expected


WORDS = sorted(
    """conditions phase replicas readyReplicas updatedReplicas containerStatuses state waiting type
    status reason loadBalancer ingress observedGeneration health active attachError spec parents
    parentRefs ancestors listeners byPod errors bindings instances datacenters nodes statuses
    operationState sync lastOperation ceph details connectorStatus tasks nodeSets""".split()
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["True", "False", "Ready", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner),
    max_leaves=12,
)


@given(
    kind=st.sampled_from([*sorted(RULES), ("example.com", "Widget")]),
    spec=ANYTHING,
    status=ANYTHING,
)
def test_any_shape_has_a_health(kind: tuple[str, str], spec: Any, status: Any) -> None:
    group, name = kind
    manifest = {"apiVersion": f"{group}/v1", "kind": name, "spec": spec, "status": status}
    assert health_of(manifest) == health_of(manifest)
