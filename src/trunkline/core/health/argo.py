"""Argo CD's kinds, which may still live in a cluster while it moves over, and Argo Workflows."""

from __future__ import annotations

from trunkline.core.health.conditions import conditions_of
from trunkline.core.health.fields import section, text
from trunkline.core.health.status import (
    Health,
    HealthStatus,
    degraded,
    healthy,
    progressing,
    unknown,
)
from trunkline.core.manifest import Manifest


def application(manifest: Manifest) -> Health:
    """What Argo CD's controller last said of the Application itself."""
    said = section(manifest, "status", "health")
    try:
        return Health(HealthStatus(text(said, "status")), text(said, "message"))
    except ValueError:
        return progressing("waits for Argo CD's controller")


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
            return progressing(message or "the workflow runs")
        case "Succeeded":
            return healthy(message)
        case "Failed" | "Error":
            return degraded(message or "the workflow failed")
        case phase:
            return unknown(message or f"the workflow's phase is {phase}")
