"""What scales pods and nodes: KEDA, the vertical pod autoscaler, Karpenter."""

from __future__ import annotations

from trunkline.core.health.conditions import conditions_of
from trunkline.core.health.declared import WAITS, Conditions, not_seen
from trunkline.core.health.status import Family, Health, degraded, healthy, progressing
from trunkline.core.manifest import Manifest

# Fallback: the trigger's source does not answer, and a fixed number of replicas stands in.
SCALED = Conditions(
    "Ready",
    bad="Fallback",
    off="Paused",
    fatal=True,
    suspend="@autoscaling.keda.sh/paused",
)


def vertical(manifest: Manifest) -> Health:
    """A VerticalPodAutoscaler. Without pods there is nothing to recommend, and nothing wrong: its
    workload may be scaled to zero."""
    if health := not_seen(manifest, ""):
        return health
    found = conditions_of(manifest)
    for name in ("ConfigUnsupported", "ConfigDeprecated"):
        if name in found and found[name].true:
            said = found[name].said
            return degraded(said) if name == "ConfigUnsupported" else healthy(said)
    given, none = found.get("RecommendationProvided"), found.get("NoPodsMatched")
    if given and given.true:
        return healthy(given.message)
    if none and none.true:
        return healthy(none.said)
    return progressing(given.said if given else WAITS)


RULES: Family = {
    "keda.sh": {
        "ScaledObject ScaledJob": SCALED,
        "TriggerAuthentication ClusterTriggerAuthentication": Conditions("", quiet=True),
    },
    "http.keda.sh": {"HTTPScaledObject": Conditions("Ready", fatal=True)},
    "eventing.keda.sh": {"*": Conditions("Active", fatal=True)},
    "autoscaling.k8s.io": {
        "VerticalPodAutoscaler": vertical,
        "VerticalPodAutoscalerCheckpoint": Conditions("", quiet=True),
    },
    "karpenter.sh": {
        "NodePool": Conditions(
            "",
            also="Ready ValidationSucceeded NodeClassReady NodeRegistrationHealthy",
            mends="AwaitingReconciliation",
            fatal=True,
            quiet=True,
        ),
        "NodeClaim": Conditions("Ready", also="Launched Registered Initialized"),
    },
    "karpenter.k8s.aws": {
        "EC2NodeClass": Conditions("Ready", fatal=True, mends="AwaitingReconciliation Pending")
    },
    "karpenter.azure.com": {"AKSNodeClass": Conditions("Ready", fatal=True)},
}
