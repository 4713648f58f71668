"""The health of one object: a status that programs compare, and a message for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum

from msgspec import Struct

from trunkline.core.manifest import Manifest


class HealthStatus(StrEnum):
    """The statuses that Argo CD knows, from the best to the worst, which is its order."""

    HEALTHY = "Healthy"
    SUSPENDED = "Suspended"
    PROGRESSING = "Progressing"
    MISSING = "Missing"
    DEGRADED = "Degraded"
    UNKNOWN = "Unknown"


BADNESS = {status: place for place, status in enumerate(HealthStatus)}


class Health(Struct, frozen=True):
    """Progressing may still become healthy by itself; Degraded needs somebody."""

    status: HealthStatus
    message: str = ""


Rule = Callable[[Manifest], Health]
"""A pure function of one live object; the same object always has the same health."""


Family = Mapping[str, Mapping[str, Rule]]
"""The rules of one project: by group, then by kinds, several in one text with spaces between.
A group may begin with `*.`, and the kind may be `*`."""


def worst(statuses: Iterable[HealthStatus]) -> HealthStatus:
    """The worst status; Healthy where there is none."""
    return max(statuses, key=BADNESS.__getitem__, default=HealthStatus.HEALTHY)


def healthy(message: str = "") -> Health:
    return Health(HealthStatus.HEALTHY, message)


def suspended(message: str) -> Health:
    return Health(HealthStatus.SUSPENDED, message)


def progressing(message: str) -> Health:
    return Health(HealthStatus.PROGRESSING, message)


def degraded(message: str) -> Health:
    return Health(HealthStatus.DEGRADED, message)


def unknown(message: str) -> Health:
    return Health(HealthStatus.UNKNOWN, message)
