"""What keeps the number of pods right: HorizontalPodAutoscaler and PodDisruptionBudget."""

from __future__ import annotations

import json

from trunkline.core.health.conditions import Condition, Conditions, conditions_in, conditions_of
from trunkline.core.health.fields import UNOBSERVED, unobserved
from trunkline.core.health.status import Health, degraded, healthy, progressing
from trunkline.core.manifest import Manifest, annotations_of

# Where autoscaling/v1 keeps what v2 has as status.conditions.
CONDITIONS_V1 = "autoscaling.alpha.kubernetes.io/conditions"


def autoscaler(manifest: Manifest) -> Health:
    """An autoscaler that cannot read its metrics, or cannot scale, is degraded; one that is
    turned off (0 replicas) or at its limit does what it was told."""
    conditions = _autoscaler_conditions(manifest)
    able, active = conditions.get("AbleToScale"), conditions.get("ScalingActive")
    if able and able.false:
        return degraded(able.said)
    if active and active.false and active.reason != "ScalingDisabled":
        return progressing(active.said) if _starting(active) else degraded(active.said)
    if able and able.true:
        return healthy(able.message)
    return progressing("waits for its first look at the metrics")


def _autoscaler_conditions(manifest: Manifest) -> Conditions:
    try:
        old = json.loads(annotations_of(manifest).get(CONDITIONS_V1, "[]"))
    except ValueError:
        old = []
    return conditions_of(manifest) or conditions_in({"conditions": old})


def _starting(active: Condition) -> bool:
    """New pods have no metrics yet; the controller says so in these words."""
    return "pods might be unready" in active.message


def disruption_budget(manifest: Manifest) -> Health:
    """Too few pods to disrupt one is a budget at work, not a fault."""
    if unobserved(manifest):
        return progressing(UNOBSERVED)
    allowed = conditions_of(manifest).get("DisruptionAllowed")
    if allowed and allowed.false and allowed.reason != "InsufficientPods":
        return degraded(allowed.said)
    if allowed or not manifest.get("status"):
        return healthy(allowed.reason if allowed else "")
    return progressing("waits until its pods are counted")
