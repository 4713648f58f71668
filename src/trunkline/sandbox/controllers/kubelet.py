"""Scheduler and kubelet in one: pods come up after a moment, or fail as they are told to.

A pod fails on demand: the annotation `sandbox.trunkline/fail: CrashLoopBackOff` (or
`ImagePullBackOff`, `Error`, `Pending`) in its template, or an image whose tag is `broken`, which
cannot be pulled. A pod that need not run for ever (restartPolicy other than Always) completes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from trunkline.sandbox.api import Api
from trunkline.sandbox.clock import now
from trunkline.sandbox.controllers.client import Client, is_deleted
from trunkline.sandbox.controllers.conditions import with_condition
from trunkline.sandbox.controllers.events import WARNING, Events
from trunkline.sandbox.controllers.loop import Key
from trunkline.sandbox.errors import bad_request
from trunkline.sandbox.store import DELETED, Change

Json = dict[str, Any]

FAIL = "sandbox.trunkline/fail"
NODE = "sandbox-node"
ADDRESS = "192.0.2.10"
PULL, CRASH, ERROR, PENDING = "ImagePullBackOff", "CrashLoopBackOff", "Error", "Pending"

_MESSAGES = {
    PULL: 'Back-off pulling image "{image}"',
    CRASH: "back-off 10s restarting failed container={container} pod={pod}",
}
_REASONS = {PULL: "Failed", CRASH: "BackOff"}


class Kubelet:
    """`delay` is how long a pod takes to be ready, in seconds."""

    def __init__(self, api: Api, delay: float) -> None:
        self._pods = Client(api, "", "Pod", "kubelet")
        self._events = Events(api, "kubelet")
        self._api, self._delay = api, delay
        self._due: dict[str, float] = {}

    def keys(self, change: Change) -> Iterator[Key]:
        if change.storage == self._pods.storage:
            meta = change.new["metadata"]
            if change.type == DELETED:
                self._due.pop(meta["uid"], None)
            else:
                yield meta.get("namespace", ""), meta["name"]

    def reconcile(self, key: Key) -> float | None:
        pod = self._pods.get(*key)
        if pod is None or is_deleted(pod):
            return None
        phase = (pod.get("status") or {}).get("phase")
        if not pod["spec"].get("nodeName"):
            return self._placed(pod)
        left = self._due.get(pod["metadata"]["uid"], 0.0) - time.monotonic()
        if phase in ("Succeeded", "Failed"):
            return None
        if left > 0:
            return left
        if phase == "Running" and _completes(pod):
            self._pods.set_status(pod, self._finished(pod, failed=False))
        elif phase == "Pending":
            return self._begun(pod)
        return None

    def _placed(self, pod: Json) -> float | None:
        """Bound to the node, with its containers about to be created."""
        mode = failure_of(pod)
        if mode == PENDING:
            message = "0/1 nodes are available: the pod was told to stay pending."
            conditions = _condition(pod, "PodScheduled", False, "Unschedulable", message)
            self._pods.set_status(pod, {**pod["status"], "conditions": conditions})
            return None
        self._due[pod["metadata"]["uid"]] = time.monotonic() + self._delay
        placed = self._pods.update(pod, {**pod, "spec": {**pod["spec"], "nodeName": NODE}})
        status = {
            **placed["status"],
            "conditions": _condition(placed, "PodScheduled", True),
            "containerStatuses": [_waiting(one, "ContainerCreating") for one in _containers(pod)],
        }
        self._pods.set_status(placed, status)
        return self._delay

    def _begun(self, pod: Json) -> float | None:
        mode = failure_of(pod)
        if mode is None:
            self._pods.set_status(pod, self._running(pod))
            if _completes(pod):
                self._due[pod["metadata"]["uid"]] = time.monotonic() + self._delay
                return self._delay
        elif mode in (CRASH, ERROR) and pod["spec"].get("restartPolicy") == "Never":
            self._pods.set_status(pod, self._finished(pod, failed=True))
        else:
            self._fail(pod, PULL if mode == PULL else CRASH)
        return None

    def _fail(self, pod: Json, reason: str) -> None:
        restarts = 0 if reason == PULL else 3
        statuses = [
            _waiting(one, reason, _said(pod, one, reason), restarts) for one in _containers(pod)
        ]
        if (pod.get("status") or {}).get("containerStatuses") == statuses:
            return
        status = {
            **pod["status"],
            "conditions": _unready(pod),
            "containerStatuses": statuses,
            "hostIP": ADDRESS,
            "startTime": now(),
        }
        self._pods.set_status(pod, status)
        for one in _containers(pod):
            self._events.emit(pod, WARNING, _REASONS[reason], _said(pod, one, reason))

    def _running(self, pod: Json) -> Json:
        started = {"running": {"startedAt": now()}}
        address = self._api.addresses.pod()
        conditions = pod["status"].get("conditions")
        for kind in ("Initialized", "ContainersReady", "Ready"):
            conditions = with_condition(conditions, kind, True)
        return {
            **pod["status"],
            "phase": "Running",
            "conditions": conditions,
            "containerStatuses": [_status(one, True, started) for one in _containers(pod)],
            "hostIP": ADDRESS,
            "podIP": address,
            "podIPs": [{"ip": address}],
            "startTime": now(),
        }

    def _finished(self, pod: Json, *, failed: bool) -> Json:
        reason = "Error" if failed else "Completed"
        ended = {"terminated": {"exitCode": int(failed), "reason": reason, "finishedAt": now()}}
        conditions = pod["status"].get("conditions")
        for kind in ("Ready", "ContainersReady"):
            conditions = with_condition(conditions, kind, False, "PodCompleted")
        return {
            **pod["status"],
            "phase": "Failed" if failed else "Succeeded",
            "conditions": conditions,
            "containerStatuses": [_status(one, False, ended) for one in _containers(pod)],
        }


def failure_of(pod: Json) -> str | None:
    """How this pod was told to fail."""
    told = (pod["metadata"].get("annotations") or {}).get(FAIL)
    if told:
        return told if told in (PULL, ERROR, PENDING) else CRASH
    broken = any(str(one.get("image", "")).endswith(":broken") for one in _containers(pod))
    return PULL if broken else None


def log_of(pod: Json, container: str) -> str:
    """What a container has said. Raises ApiStatus 400 for one that there is not or that waits."""
    name = pod["metadata"]["name"]
    known = {one["name"]: one for one in _containers(pod)}
    chosen = container or next(iter(known))
    if chosen not in known:
        raise bad_request(f"container {chosen} is not valid for pod {name}")
    mode = failure_of(pod)
    if mode in (PULL, PENDING) or (pod["status"].get("phase") == "Pending" and mode is None):
        reason = PULL if mode == PULL else "ContainerCreating"
        raise bad_request(f'container "{chosen}" in pod "{name}" is waiting to start: {reason}')
    lines = [f"{chosen}: starting {known[chosen].get('image')}"]
    lines.append(f"{chosen}: failed: told to by {FAIL}" if mode else f"{chosen}: ready")
    return "".join(f"{line}\n" for line in lines)


def _completes(pod: Json) -> bool:
    return bool(pod["spec"].get("restartPolicy") != "Always")


def _containers(pod: Json) -> list[Json]:
    return list(pod["spec"].get("containers") or ())


def _said(pod: Json, container: Json, reason: str) -> str:
    return _MESSAGES[reason].format(
        image=container.get("image"), container=container["name"], pod=pod["metadata"]["name"]
    )


def _condition(
    pod: Json, kind: str, status: bool, reason: str = "", message: str = ""
) -> list[Json]:
    return with_condition(pod["status"].get("conditions"), kind, status, reason, message)


def _unready(pod: Json) -> list[Json]:
    names = " ".join(one["name"] for one in _containers(pod))
    message = f"containers with unready status: [{names}]"
    conditions = with_condition(pod["status"].get("conditions"), "Initialized", True)
    for kind in ("Ready", "ContainersReady"):
        conditions = with_condition(conditions, kind, False, "ContainersNotReady", message)
    return conditions


def _status(container: Json, ready: bool, state: Json, restarts: int = 0) -> Json:
    return {
        "name": container["name"],
        "image": container.get("image", ""),
        "imageID": "",
        "ready": ready,
        "started": ready,
        "restartCount": restarts,
        "state": state,
    }


def _waiting(container: Json, reason: str, message: str = "", restarts: int = 0) -> Json:
    state: Json = {"reason": reason}
    if message:
        state["message"] = message
    return _status(container, False, {"waiting": state}, restarts)
