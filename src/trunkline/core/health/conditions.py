"""Conditions, and the rule for every kind that has no rule of its own.

The rule follows the Kubernetes API conventions ("Typical status properties") and what kstatus
made of them: a generation that was not observed, `Reconciling`, `Stalled` and `Ready` say it all
for any controller that keeps to them. What has no status, or none of these, is healthy: it is
data, not a process.
"""

from __future__ import annotations

from msgspec import Struct

from trunkline.core.health.fields import (
    UNOBSERVED,
    Fields,
    count,
    entries,
    joined,
    section,
    text,
    unobserved,
)
from trunkline.core.health.status import Health, degraded, healthy, progressing
from trunkline.core.manifest import Manifest

# Reasons are words of a program (CamelCase); these parts of them mean that waiting will not help.
FAILURES = ("Failed", "Failure", "Error", "Invalid", "Denied", "Exceeded", "Forbidden")


class Condition(Struct, frozen=True):
    """One entry of `status.conditions`; `status` is True, False or Unknown, as a string.

    `severity` is what Cluster API and Azure's operator add to a False one: Error, Warning, Info.
    """

    type: str
    status: str
    reason: str = ""
    message: str = ""
    observed: int | None = None
    severity: str = ""

    @property
    def true(self) -> bool:
        return self.status == "True"

    @property
    def false(self) -> bool:
        return self.status == "False"

    @property
    def failure(self) -> bool:
        """Whether it says that something went wrong, not that something goes on."""
        if self.severity:
            return self.severity == "Error"
        return any(part in self.reason for part in FAILURES)

    def stale(self, manifest: Fields) -> bool:
        """Whether it was written before its controller saw the newest spec."""
        generation = count(section(manifest, "metadata"), "generation")
        return self.observed is not None and self.observed < generation

    @property
    def said(self) -> str:
        """Reason and message as a person reads them, the type where there is neither."""
        return joined((self.reason, self.message)) or f"{self.type} is {self.status}"


Conditions = dict[str, Condition]


def conditions_of(manifest: Fields) -> Conditions:
    """The conditions of an object's status, by type."""
    return conditions_in(section(manifest, "status"))


def conditions_in(holder: Fields) -> Conditions:
    """The conditions of a status, or of a part of one, by type."""
    return {one.type: one for one in map(_read, entries(holder, "conditions")) if one.type}


def _read(entry: Fields) -> Condition:
    observed = count(entry, "observedGeneration", -1)
    return Condition(
        text(entry, "type"),
        # A string by the conventions; but whoever writes YAML by hand forgets the quotes.
        str(entry.get("status", "Unknown")),
        text(entry, "reason"),
        text(entry, "message"),
        None if observed < 0 else observed,
        text(entry, "severity"),
    )


def by_conditions(manifest: Manifest) -> Health:
    """The health of a kind without a rule of its own."""
    if unobserved(manifest):
        return progressing(UNOBSERVED)
    found = conditions_of(manifest)
    for name in ("Stalled", "Failed"):
        if name in found and found[name].true:
            return degraded(found[name].said)
    if "Reconciling" in found and found["Reconciling"].true:
        return progressing(found["Reconciling"].said)
    for name in ("Ready", "Available"):
        if name in found:
            return of_ready(manifest, found[name])
    return healthy()


def of_ready(manifest: Manifest, ready: Condition) -> Health:
    """What one condition says that is True when all is well."""
    if ready.stale(manifest):
        return progressing(UNOBSERVED)
    if ready.true:
        return healthy(ready.message)
    return degraded(ready.said) if ready.false and ready.failure else progressing(ready.said)
