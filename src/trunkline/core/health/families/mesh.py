"""Service meshes: Istio and its operators, Linkerd.

Istio writes validation messages only where its analysis is turned on; an object without a status
is as good as any. A warning says that something is odd, an error that it does not work.
"""

from __future__ import annotations

from trunkline.core.health.conditions import conditions_of
from trunkline.core.health.declared import Conditions, Phase, not_seen
from trunkline.core.health.fields import Fields, entries, joined, section, text
from trunkline.core.health.status import Family, Health, degraded, healthy
from trunkline.core.manifest import Manifest


def configured(manifest: Manifest) -> Health:
    """Any of Istio's configuration objects."""
    if health := not_seen(manifest, "", quiet=True):
        return health
    told = entries(section(manifest, "status"), "validationMessages")
    errors = [_said(one) for one in told if _level(one) == "ERROR"]
    if errors:
        return degraded("; ".join(errors))
    for one in conditions_of(manifest).values():
        if one.false and one.type in REFUSALS:
            return degraded(one.said)
    return healthy("; ".join(map(_said, told)))


REFUSALS = ("ZtunnelAccepted", "WaypointAccepted", "istio.io/WaypointBound")


def _level(message: Fields) -> str:
    """Levels were numbers in old versions: 3 is an error."""
    level = message.get("level") or section(message, "type").get("level")
    return "ERROR" if level == 3 else str(level).upper()


def _said(message: Fields) -> str:
    kind = section(message, "type")
    name = " ".join(filter(None, (text(kind, "code"), text(kind, "name"))))
    documented = text(message, "documentationUrl")
    return joined((name, text(message, "message") or text(message, "description") or documented))


RULES: Family = {
    "networking.istio.io": {"*": configured},
    "security.istio.io": {"*": configured},
    "telemetry.istio.io": {"*": configured},
    "extensions.istio.io": {"*": configured},
    "install.istio.io": {
        "IstioOperator": Phase(
            "status.status",
            healthy="HEALTHY NONE",
            progressing="RECONCILING UPDATING",
            degraded="ERROR",
            suspended="ACTION_REQUIRED",
        )
    },
    "sailoperator.io": {
        "Istio IstioRevision IstioCNI ZTunnel IstioRevisionTag": Conditions(
            "Ready", also="Reconciled"
        )
    },
    "policy.linkerd.io": {"*": Conditions("", also="Accepted", fatal=True, quiet=True)},
}
