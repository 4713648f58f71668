"""How a component stands, in words: its status, from a glance and what was decided on it."""

from __future__ import annotations

from trunkline.core.diff import Masker
from trunkline.core.health import Health, HealthStatus
from trunkline.core.status import ComponentStatus
from trunkline.engine.look import OUT_OF_SYNC, SYNCED, UNKNOWN
from trunkline.engine.watch.charge import Charge
from trunkline.engine.watch.glance import Glance

SETTLED = frozenset({HealthStatus.HEALTHY.value, HealthStatus.SUSPENDED.value})


def standing(
    charge: Charge, seen: Glance, cluster: str, commit: str, reason: str
) -> ComponentStatus:
    """The status, with what a person needs to read first as its message."""
    health = seen.worst or Health(HealthStatus.HEALTHY)
    return ComponentStatus(
        charge.component.id,
        cluster,
        SYNCED if seen.synced and not charge.unfinished else OUT_OF_SYNC,
        health.status.value,
        commit,
        _message(charge, seen, health, reason),
    )


def unknown(charge: Charge, cluster: str, commit: str, message: str) -> ComponentStatus:
    status = HealthStatus.UNKNOWN.value
    return ComponentStatus(charge.component.id, cluster, UNKNOWN, status, commit, message)


def settled(status: ComponentStatus | None, *, automated: bool) -> bool:
    """Whether those that wait for a component may begin."""
    if status is None or status.health not in SETTLED:
        return False
    return status.sync == SYNCED or not automated


def _message(charge: Charge, seen: Glance, health: Health, reason: str) -> str:
    if reason or charge.failure:
        return reason or charge.failure
    if seen.sick and health.status.value not in SETTLED:
        return f"{seen.sick}: {Masker(charge.wanted.secrets).text(health.message)}"
    out = sorted([*seen.drifted, *seen.undelivered, *seen.extra, *seen.orphans])
    return f"{out[0]} differs" if out else ""
