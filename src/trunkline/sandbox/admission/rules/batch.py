"""Rules of Jobs and CronJobs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trunkline.sandbox.admission.rules.fields import at, missing, unchanged, wrong
from trunkline.sandbox.admission.rules.pods import template_causes
from trunkline.sandbox.errors import Cause

Json = dict[str, Any]

_POLICIES = ("Never", "OnFailure")
_NICKNAMES = ("@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually")


def job(new: Json, old: Json | None) -> Iterator[Cause]:
    template = at(new, "spec.template") or {}
    yield from template_causes(template, "spec.template", policies=_POLICIES)
    for field in ("parallelism", "completions", "backoffLimit"):
        count = at(new, f"spec.{field}")
        if isinstance(count, int) and count < 0:
            yield wrong(f"spec.{field}", count, "must be greater than or equal to 0")
    yield from unchanged(new, old, "spec.selector", "spec.completionMode")
    # A suspended job that never started may still change its template (KEP-2926).
    if old is not None and not (at(old, "spec.suspend") and not at(old, "status.startTime")):
        yield from unchanged(new, old, "spec.completions", "spec.template")


def cron_job(new: Json, _old: Json | None) -> Iterator[Cause]:
    yield from missing(new, "spec.schedule")
    schedule = str(at(new, "spec.schedule") or "")
    fields = schedule.split()
    if schedule and len(fields) != 5 and schedule not in _NICKNAMES and fields[0] != "@every":
        rule = f"expected exactly 5 fields, found {len(fields)}: [{schedule}]"
        yield wrong("spec.schedule", schedule, rule)
    template = at(new, "spec.jobTemplate.spec.template") or {}
    yield from template_causes(template, "spec.jobTemplate.spec.template", policies=_POLICIES)
