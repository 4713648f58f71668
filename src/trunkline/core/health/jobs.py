"""Work that ends: Job and CronJob."""

from __future__ import annotations

from trunkline.core.health.conditions import conditions_of
from trunkline.core.health.fields import count, entries, section, text
from trunkline.core.health.status import Health, degraded, healthy, progressing, suspended
from trunkline.core.manifest import Manifest


def job(manifest: Manifest) -> Health:
    """Conditions end a Job; a suspended one waits for a person or a queue."""
    spec, status = section(manifest, "spec"), section(manifest, "status")
    found = {name: one for name, one in conditions_of(manifest).items() if one.true}
    if "Failed" in found:
        return degraded(found["Failed"].said)
    if "Complete" in found:
        return healthy("the Job is complete")
    if "Suspended" in found or spec.get("suspend") is True:
        return suspended("the Job is suspended")
    if "FailureTarget" in found:
        return progressing(f"ends with a failure: {found['FailureTarget'].said}")
    wanted, done = count(spec, "completions", 1), count(status, "succeeded")
    failures = count(status, "failed")
    tried = f", {failures} failed" if failures else ""
    return progressing(f"{done} of {wanted} completions{tried}")


def cron_job(manifest: Manifest) -> Health:
    """Only a last run that ended without success says something bad, and only once there was a
    success before: without one nobody knows whether the first run is still to end."""
    status = section(manifest, "status")
    if section(manifest, "spec").get("suspend") is True:
        return suspended("the CronJob is suspended")
    scheduled, succeeded = text(status, "lastScheduleTime"), text(status, "lastSuccessfulTime")
    if not scheduled:
        return healthy("was not scheduled yet")
    if entries(status, "active"):
        return healthy("runs now")
    if not succeeded:
        return healthy("never completed a run yet")
    # RFC 3339 in UTC with seconds, as the API server writes it, orders as text.
    if succeeded < scheduled:
        return degraded(f"the run of {scheduled} did not succeed")
    return healthy(f"last success: {succeeded}")
