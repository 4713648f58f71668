"""Jobs: pods until enough have succeeded, or too many have failed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trunkline.sandbox.api import Api
from trunkline.sandbox.clock import now, parsed
from trunkline.sandbox.controllers.client import Client, is_deleted
from trunkline.sandbox.controllers.conditions import with_condition
from trunkline.sandbox.controllers.loop import Key
from trunkline.sandbox.controllers.owning import MANAGER, is_ready, own_and_owned, pod_of
from trunkline.sandbox.store import Change

Json = dict[str, Any]


class Jobs:
    def __init__(self, api: Api) -> None:
        self._jobs = Client(api, "batch", "Job", MANAGER)
        self._pods = Client(api, "", "Pod", MANAGER)

    def keys(self, change: Change) -> Iterator[Key]:
        return own_and_owned(change, self._jobs.storage, "Job", self._pods.storage)

    def reconcile(self, key: Key) -> float | None:
        job = self._jobs.get(*key)
        if job is None or is_deleted(job):
            return None
        if _ended(job):
            return self._expired(job)
        pods = self._pods.owned(job)
        status = _counted(job, pods)
        if job["spec"].get("suspend"):
            self._stop(pods)
            status["conditions"] = with_condition(
                status.get("conditions"), "Suspended", True, "JobSuspended", "Job suspended"
            )
        else:
            self._advance(job, pods, status)
        self._jobs.set_status(job, status)
        return None

    def _advance(self, job: Json, pods: list[Json], status: Json) -> None:
        spec = job["spec"]
        status.setdefault("startTime", now())
        if any(c["type"] == "Suspended" for c in status.get("conditions") or ()):
            status["conditions"] = with_condition(
                status["conditions"], "Suspended", False, "JobResumed", "Job resumed"
            )
        wanted = spec.get("completions") or 1
        succeeded, failed = status.get("succeeded", 0), status.get("failed", 0)
        if succeeded >= wanted:
            _end(
                status,
                "Complete",
                "CompletionsReached",
                "Reached expected number of succeeded pods",
            )
            status["completionTime"] = now()
        elif failed > spec.get("backoffLimit", 6):
            self._stop(pods)
            said = "Job has reached the specified backoff limit"
            _end(status, "Failed", "BackoffLimitExceeded", said)
        else:
            active = status.get("active", 0)
            missing = min(spec.get("parallelism", 1), wanted - succeeded) - active
            for _ in range(missing):
                self._pods.create(pod_of(job, spec["template"], f"{job['metadata']['name']}-"))
            if missing > 0:
                status["active"] = active + missing

    def _stop(self, pods: list[Json]) -> None:
        for pod in pods:
            if _phase(pod) in ("Pending", "Running"):
                self._pods.delete(pod)

    def _expired(self, job: Json) -> float | None:
        """A finished Job goes after `ttlSecondsAfterFinished`."""
        life = job["spec"].get("ttlSecondsAfterFinished")
        if life is None:
            return None
        ends = [c["lastTransitionTime"] for c in job["status"]["conditions"] if c["type"] in _ENDS]
        left = life - (parsed(now()) - parsed(max(ends))).total_seconds()
        if left > 0:
            return float(left)
        self._jobs.delete(job)
        return None


_ENDS = ("Complete", "Failed")


def _ended(job: Json) -> bool:
    conditions = (job.get("status") or {}).get("conditions") or ()
    return any(one["type"] in _ENDS and one["status"] == "True" for one in conditions)


def _end(status: Json, kind: str, reason: str, message: str) -> None:
    """The condition that says so comes first as a target, as the Job API has it since 1.31."""
    conditions = status.get("conditions")
    target = "SuccessCriteriaMet" if kind == "Complete" else "FailureTarget"
    conditions = with_condition(conditions, target, True, reason, message)
    status["conditions"] = with_condition(conditions, kind, True, reason, message)
    status["ready"] = 0
    status.pop("active", None)


def _counted(job: Json, pods: list[Json]) -> Json:
    status = dict(job.get("status") or {})
    active = [pod for pod in pods if _phase(pod) in ("Pending", "Running")]
    status["active"] = len(active)
    status["ready"] = sum(map(is_ready, active))
    status["terminating"] = 0
    status["uncountedTerminatedPods"] = {}
    for key, phase in (("succeeded", "Succeeded"), ("failed", "Failed")):
        status[key] = sum(_phase(pod) == phase for pod in pods)
        if not status[key]:
            del status[key]
    if not active:
        del status["active"]
    return status


def _phase(pod: Json) -> str:
    return str((pod.get("status") or {}).get("phase", "Pending"))
