"""Defaults of Jobs and CronJobs."""

from __future__ import annotations

from typing import Any

from trunkline.sandbox.admission.defaults import pods

Json = dict[str, Any]


def job(obj: Json) -> None:
    spec = obj.setdefault("spec", {})
    pods.template(spec.setdefault("template", {}))
    labels = spec["template"]["metadata"].get("labels")
    if labels and not obj["metadata"].get("labels"):
        obj["metadata"]["labels"] = dict(labels)
    spec.setdefault("manualSelector", False)
    # Neither is set for a work queue, where parallelism alone is given.
    if "completions" not in spec and "parallelism" not in spec:
        spec["completions"] = 1
    spec.setdefault("parallelism", 1)
    spec.setdefault("backoffLimit", 6)
    spec.setdefault("completionMode", "NonIndexed")
    spec.setdefault("suspend", False)
    policy = "Failed" if spec.get("podFailurePolicy") else "TerminatingOrFailed"
    spec.setdefault("podReplacementPolicy", policy)


def cron_job(obj: Json) -> None:
    spec = obj.setdefault("spec", {})
    spec.setdefault("concurrencyPolicy", "Allow")
    spec.setdefault("suspend", False)
    spec.setdefault("successfulJobsHistoryLimit", 3)
    spec.setdefault("failedJobsHistoryLimit", 1)
    template = spec.setdefault("jobTemplate", {})
    template.setdefault("metadata", {})
    pods.template(template.setdefault("spec", {}).setdefault("template", {}))
