"""Kinds that nobody can list, known by the shape of their status.

Composites and claims of Crossplane have groups that its users choose; every gateway brings policies
and routes of its own; operators of OpenShift's school share three conditions.
"""

from __future__ import annotations

from trunkline.core.health.conditions import by_conditions, conditions_of
from trunkline.core.health.declared import Conditions, held
from trunkline.core.health.families import crossplane, gateway
from trunkline.core.health.fields import entries, joined, said_at, section
from trunkline.core.health.status import Health, HealthStatus, Rule, degraded
from trunkline.core.manifest import Manifest

OPERATOR = Conditions("Available", bad="Degraded", busy="Progressing")
SUSPENSIONS = "spec.suspend spec.suspended spec.paused"
FAILED = frozenset({"failed", "error", "failure"})
RUN = Conditions("Succeeded", fatal=True)

# What a composite or a claim holds from its first moment on, before it has a status.
COMPOSED = ("compositionRef", "compositionRevisionRef", "resourceRefs", "compositionSelector")


def shaped(manifest: Manifest) -> Rule | None:
    """The rule of the object's shape, if it has one."""
    status, found = section(manifest, "status"), set(conditions_of(manifest))
    if {"Synced", "Ready"} <= found or _composed(manifest):
        return crossplane.resource
    if _attached(status, "parents"):
        return gateway.route
    if _attached(status, "ancestors"):
        return gateway.policy
    if {"Available", "Progressing", "Degraded"} <= found:
        return OPERATOR
    if found == {"Succeeded"}:
        return RUN
    return None


def unlisted(manifest: Manifest) -> Health:
    """The health of a kind without a rule or a shape. A phase is believed only where it says that
    all is over: other words mean what its operator likes."""
    if health := held(manifest, SUSPENSIONS):
        return health
    health = by_conditions(manifest)
    word = said_at(manifest, "status.phase status.state")
    if health.status is HealthStatus.HEALTHY and word.casefold() in FAILED:
        return degraded(joined((word, said_at(manifest, "status.message status.reason"))))
    return health


def _composed(manifest: Manifest) -> bool:
    spec = section(manifest, "spec")
    return any(key in spec for key in COMPOSED) or "resourceRefs" in section(spec, "crossplane")


def _attached(status: object, key: str) -> bool:
    holders = entries(status, key) if isinstance(status, dict) else []
    return any(entries(one, "conditions") for one in holders)
