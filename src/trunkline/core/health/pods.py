"""A Pod: its phase, and what its containers are stuck at.

A pod that may end (restartPolicy Never or OnFailure) is work: it is healthy when it has
succeeded, and a container that cannot start yet is not failed, because the work may still be done
once, for instance, its image is there. Argo CD's annotation asks for the strict reading all the
same.
"""

from __future__ import annotations

from trunkline.core.health.conditions import conditions_of
from trunkline.core.health.fields import Fields, count, entries, joined, section, text
from trunkline.core.health.status import Health, degraded, healthy, progressing, unknown
from trunkline.core.manifest import Manifest, annotations_of

IGNORE_RESTART_POLICY = "argocd.argoproj.io/ignore-restart-policy"


def pod(manifest: Manifest) -> Health:
    status = section(manifest, "status")
    stays = _stays(manifest)
    if stays and (stuck := [said for one in _containers(status) if (said := _stuck(one))]):
        return degraded(", ".join(stuck))
    match text(status, "phase"):
        case "" | "Pending":
            return progressing(_pending(manifest))
        case "Succeeded":
            return healthy(text(status, "message"))
        case "Failed":
            return degraded(_failure(status))
        case "Running":
            return _running(manifest, stays)
        case phase:
            return unknown(text(status, "message") or f"the pod's phase is {phase}")


def _stays(manifest: Manifest) -> bool:
    policy = text(section(manifest, "spec"), "restartPolicy") or "Always"
    strict = annotations_of(manifest).get(IGNORE_RESTART_POLICY) == "true"
    return policy == "Always" or strict


def _running(manifest: Manifest, stays: bool) -> Health:
    status = section(manifest, "status")
    ready = conditions_of(manifest).get("Ready")
    if not stays:
        return progressing("runs")
    if ready and ready.true:
        return healthy("all containers are ready")
    for one in entries(status, "containerStatuses"):
        if last := section(one, "lastState", "terminated"):
            return degraded(_ended(one, last))
    return progressing(ready.said if ready else "is not ready yet")


def _pending(manifest: Manifest) -> str:
    scheduled = conditions_of(manifest).get("PodScheduled")
    if scheduled and scheduled.false:
        return scheduled.said
    status = section(manifest, "status")
    waiting = (_waiting(one) for one in _containers(status))
    return text(status, "message") or next(filter(None, waiting), "waits to be started")


def _failure(status: Fields) -> str:
    if said := joined((text(status, "reason"), text(status, "message"))):
        return said
    for one in _containers(status):
        ended = section(one, "state", "terminated")
        if ended and (count(ended, "exitCode") or text(ended, "message")):
            return _ended(one, ended)
    return "the pod failed"


def _containers(status: Fields) -> list[Fields]:
    return [*entries(status, "initContainerStatuses"), *entries(status, "containerStatuses")]


def _stuck(container: Fields) -> str:
    """Why the container cannot start, where the kubelet's reason says that it tried and failed:
    CrashLoopBackOff, ImagePullBackOff, ErrImagePull, CreateContainerConfigError, …"""
    reason = text(section(container, "state", "waiting"), "reason")
    failed = reason.startswith(("Err", "Invalid")) or reason.endswith(("Error", "BackOff"))
    return _waiting(container) if failed else ""


def _waiting(container: Fields) -> str:
    waiting = section(container, "state", "waiting")
    said = joined((text(waiting, "reason"), text(waiting, "message")))
    return f"container {text(container, 'name')}: {said}" if said else ""


def _ended(container: Fields, ended: Fields) -> str:
    code, reason = count(ended, "exitCode"), text(ended, "reason")
    said = joined((reason if reason != "Error" else "", text(ended, "message").strip()))
    suffix = f" ({said})" if said else ""
    return f"container {text(container, 'name')} ended with exit code {code}{suffix}"
