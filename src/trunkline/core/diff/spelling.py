"""Values that are written differently and mean the same.

Kubernetes reads `1000m` as `1`, and a container without `terminationMessagePath` as one with the
default. Such places are told by their number only; nobody has to read them. What an API server
tells apart is never equal here: the port "80" is a name and the port 80 a number, so they differ.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from trunkline.core.diff.path import Item, Path
from trunkline.core.diff.quantity import same_quantity

# Seconds; the units of Go's time.ParseDuration, and those that Prometheus adds.
_UNITS = {
    "ns": Decimal("1e-9"),
    "us": Decimal("1e-6"),
    "µs": Decimal("1e-6"),
    "ms": Decimal("1e-3"),
    "s": Decimal(1),
    "m": Decimal(60),
    "h": Decimal(3600),
    "d": Decimal(86_400),
    "w": Decimal(604_800),
    "y": Decimal(31_536_000),
}
_PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h|d|w|y)")
_WHOLE = re.compile(rf"({_PART.pattern})+")

# How the names of fields end that hold durations.
_DURATIONS = (
    "duration interval timeout period delay ttl age window retention renewbefore expireafter "
    "consolidateafter backoff evaluationdelay for"
).split()

# Maps whose keys are the author's own: what stands there is text.
_TEXTS = frozenset("data stringData binaryData labels annotations matchLabels env".split())

# What the API server fills in: a container's fields, those of its probes and of its ports
# (core/v1, SetDefaults_Container, SetDefaults_Probe, SetDefaults_HTTPGetAction).
_CONTAINER = {"terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"}
_PROBE = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
_PROBES = frozenset({"livenessProbe", "readinessProbe", "startupProbe"})
_CONTAINERS = frozenset({"containers", "initContainers", "ephemeralContainers"})
# A Pod's own fields (SetDefaults_PodSpec).
_POD = {
    "restartPolicy": "Always",
    "dnsPolicy": "ClusterFirst",
    "schedulerName": "default-scheduler",
    "terminationGracePeriodSeconds": 30,
}


def same_meaning(path: Path, one: Any, other: Any) -> bool:
    """Whether two different values at this path are one to whoever reads the object."""
    return same_quantity(path, one, other) or _same_duration(path, one, other)


def is_default(path: Path, value: Any) -> bool:
    """Whether this value means the same as none at this path."""
    field = path[-1] if path else ""
    if not isinstance(field, str) or isinstance(value, bool):
        return False
    above = path[-2] if len(path) > 1 else ""
    if field == "protocol":
        return value == "TCP" and "ports" in path[-3:-1]
    if field == "scheme":
        return value == "HTTP" and above == "httpGet" and bool(_PROBES & _names(path))
    if above in _PROBES:
        return field in _PROBE and value == _PROBE[field]
    if isinstance(above, Item) and len(path) > 2 and path[-3] in _CONTAINERS:
        return field in _CONTAINER and value == _CONTAINER[field]
    if path[-3:-1] == ("template", "spec"):
        return field in _POD and value == _POD[field]
    return False


def _names(path: Path) -> frozenset[str]:
    return frozenset(step for step in path if isinstance(step, str))


def _same_duration(path: Path, one: Any, other: Any) -> bool:
    if not (isinstance(one, str) and isinstance(other, str)) or not _holds_duration(path):
        return False
    value = duration(one)
    return value is not None and value == duration(other)


def _holds_duration(path: Path) -> bool:
    field = path[-1] if path else ""
    if not isinstance(field, str) or _TEXTS & _names(path):
        return False
    name = field.lower()
    return name == "for" or any(name.endswith(one) for one in _DURATIONS if one != "for")


def duration(text: str) -> Decimal | None:
    """Seconds of a duration as Go and Prometheus write it, None where it is none."""
    if not _WHOLE.fullmatch(text):
        return None
    return sum((Decimal(number) * _UNITS[unit] for number, unit in _PART.findall(text)), Decimal(0))
