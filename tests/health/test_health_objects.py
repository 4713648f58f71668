"""Addresses, volumes, scaling, new kinds, and objects of the cluster itself."""

from __future__ import annotations

from health_cases import Case, cases, check

SERVICE, INGRESS = "v1 Service", "networking.k8s.io/v1 Ingress"
CLAIM, VOLUME = "v1 PersistentVolumeClaim", "v1 PersistentVolume"
ATTACHMENT = "storage.k8s.io/v1 VolumeAttachment"
SCALER, BUDGET = "autoscaling/v2 HorizontalPodAutoscaler", "policy/v1 PodDisruptionBudget"
CRD, API = (
    "apiextensions.k8s.io/v1 CustomResourceDefinition",
    "apiregistration.k8s.io/v1 APIService",
)
NODE, REQUEST = "v1 Node", "certificates.k8s.io/v1 CertificateSigningRequest"


@cases(
    Case("inside the cluster", SERVICE, "{spec: {type: ClusterIP}}", "Healthy"),
    Case(
        "without its address",
        SERVICE,
        "{spec: {type: LoadBalancer}, status: {loadBalancer: {}}}",
        "Progressing",
        "waits for an address of the load balancer",
    ),
    Case(
        "with its address",
        SERVICE,
        """
        spec: {type: LoadBalancer}
        status: {loadBalancer: {ingress: [{ip: 192.0.2.1}, {hostname: lb.example}]}}
        """,
        "Healthy",
        "192.0.2.1, lb.example",
    ),
    Case("without", INGRESS, "", "Progressing", "waits for an address of the load balancer"),
    Case(
        "with an address",
        INGRESS,
        "{status: {loadBalancer: {ingress: [{hostname: lb.example}]}}}",
        "Healthy",
        "lb.example",
    ),
)
def test_addresses(case: Case) -> None:
    check(case)


@cases(
    Case(
        "bound",
        CLAIM,
        "{spec: {volumeName: pv-1}, status: {phase: Bound}}",
        "Healthy",
        "pv-1",
    ),
    Case(
        "being provisioned",
        CLAIM,
        """
        metadata: {annotations: {volume.kubernetes.io/storage-provisioner: ebs.csi.example}}
        status: {phase: Pending}
        """,
        "Progressing",
        "its volume is being provisioned",
    ),
    Case(
        "that waits for a pod",
        CLAIM,
        "{status: {phase: Pending}}",
        "Healthy",
        "waits for its first consumer",
    ),
    Case("that is lost", CLAIM, "{status: {phase: Lost}}", "Degraded", "its volume is lost"),
    Case("that is free", VOLUME, "{status: {phase: Available}}", "Healthy"),
    Case(
        "that failed",
        VOLUME,
        "{status: {phase: Failed, message: cannot delete}}",
        "Degraded",
        "cannot delete",
    ),
    Case(
        "that fails",
        ATTACHMENT,
        "{status: {attached: false, attachError: {message: no such disk}}}",
        "Degraded",
        "no such disk",
    ),
    Case("that holds", ATTACHMENT, "{status: {attached: true}}", "Healthy"),
)
def test_volumes(case: Case) -> None:
    check(case)


@cases(
    Case("just made", SCALER, "", "Progressing", "waits for its first look at the metrics"),
    Case(
        "at work",
        SCALER,
        """
        status:
          conditions:
          - {type: AbleToScale, status: "True", reason: ReadyForNewScale, message: fine}
          - {type: ScalingActive, status: "True", reason: ValidMetricFound}
          - {type: ScalingLimited, status: "True", reason: TooFewReplicas}
        """,
        "Healthy",
        "fine",
    ),
    Case(
        "without its metrics",
        SCALER,
        """
        status:
          conditions:
          - {type: AbleToScale, status: "True", reason: SucceededGetScale}
          - type: ScalingActive
            status: "False"
            reason: FailedGetResourceMetric
            message: no metrics server
        """,
        "Degraded",
        "FailedGetResourceMetric: no metrics server",
    ),
    Case(
        "of pods that are too young",
        SCALER,
        """
        status:
          conditions:
          - {type: AbleToScale, status: "True", reason: SucceededGetScale}
          - type: ScalingActive
            status: "False"
            reason: FailedGetResourceMetric
            message: no metrics for targeted pods (pods might be unready)
        """,
        "Progressing",
        "FailedGetResourceMetric: no metrics for targeted pods (pods might be unready)",
    ),
    Case(
        "that is turned off",
        SCALER,
        """
        status:
          conditions:
          - {type: AbleToScale, status: "True", reason: SucceededGetScale}
          - {type: ScalingActive, status: "False", reason: ScalingDisabled}
        """,
        "Healthy",
    ),
    Case(
        "without its target",
        SCALER,
        "{status: {conditions: [{type: AbleToScale, status: 'False', reason: FailedGetScale}]}}",
        "Degraded",
        "FailedGetScale",
    ),
    Case(
        "of version 1",
        "autoscaling/v1 HorizontalPodAutoscaler",
        """
        metadata:
          annotations:
            autoscaling.alpha.kubernetes.io/conditions: |
              [{"type": "AbleToScale", "status": "False", "reason": "FailedGetScale"}]
        status: {currentReplicas: 1}
        """,
        "Degraded",
        "FailedGetScale",
    ),
    Case(
        "with enough pods",
        BUDGET,
        """
        status:
          conditions: [{type: DisruptionAllowed, status: "True", reason: SufficientPods}]
        """,
        "Healthy",
        "SufficientPods",
    ),
    Case(
        "that allows nothing now",
        BUDGET,
        """
        status:
          conditions: [{type: DisruptionAllowed, status: "False", reason: InsufficientPods}]
        """,
        "Healthy",
        "InsufficientPods",
    ),
    Case(
        "that cannot count",
        BUDGET,
        """
        status:
          conditions:
          - {type: DisruptionAllowed, status: "False", reason: SyncFailed, message: no selector}
        """,
        "Degraded",
        "SyncFailed: no selector",
    ),
)
def test_scaling(case: Case) -> None:
    check(case)


@cases(
    Case("just made", CRD, "", "Progressing", "the API server does not serve the kind yet"),
    Case(
        "being installed",
        CRD,
        """
        status:
          conditions:
          - {type: NamesAccepted, status: "True", reason: NoConflicts}
          - {type: Established, status: "False", reason: Installing}
        """,
        "Progressing",
        "the API server does not serve the kind yet",
    ),
    Case(
        "that is served",
        CRD,
        """
        status:
          conditions:
          - {type: NamesAccepted, status: "True"}
          - {type: Established, status: "True"}
        """,
        "Healthy",
        "the API server serves the kind",
    ),
    Case(
        "whose names are taken",
        CRD,
        """
        status:
          conditions:
          - {type: NamesAccepted, status: "False", reason: PluralConflict, message: taken}
          - {type: Established, status: "False", reason: NotAccepted}
        """,
        "Degraded",
        "its names are not accepted: PluralConflict: taken",
    ),
    Case(
        "without a backend",
        API,
        "{status: {conditions: [{type: Available, status: 'False', reason: MissingEndpoints}]}}",
        "Progressing",
        "MissingEndpoints",
    ),
    Case(
        "that is there",
        API,
        "{status: {conditions: [{type: Available, status: 'True', message: all checks passed}]}}",
        "Healthy",
        "all checks passed",
    ),
)
def test_new_kinds(case: Case) -> None:
    check(case)


@cases(
    Case("at work", "v1 Namespace", "{status: {phase: Active}}", "Healthy"),
    Case(
        "that is held",
        "v1 Namespace",
        """
        status:
          phase: Terminating
          conditions:
          - {type: NamespaceDeletionDiscoveryFailure, status: "False", message: all fine}
          - {type: NamespaceFinalizersRemaining, status: "True", message: one pod remains}
        """,
        "Progressing",
        "the namespace is being deleted; one pod remains",
    ),
    Case("at work", NODE, "{status: {conditions: [{type: Ready, status: 'True'}]}}", "Healthy"),
    Case(
        "that is silent",
        NODE,
        """
        status:
          conditions: [{type: Ready, status: Unknown, reason: NodeStatusUnknown, message: silent}]
        """,
        "Degraded",
        "NodeStatusUnknown: silent",
    ),
    Case(
        "that is cordoned",
        NODE,
        """
        spec: {unschedulable: true}
        status: {conditions: [{type: Ready, status: "True"}]}
        """,
        "Suspended",
        "the node is cordoned: it takes no new pods",
    ),
    Case("just made", REQUEST, "", "Progressing", "waits for approval"),
    Case(
        "that is denied",
        REQUEST,
        "{status: {conditions: [{type: Denied, status: 'True', reason: Policy}]}}",
        "Degraded",
        "Policy",
    ),
    Case("that is signed", REQUEST, "{status: {certificate: TFMwdA==}}", "Healthy"),
)
def test_objects_of_the_cluster(case: Case) -> None:
    check(case)
