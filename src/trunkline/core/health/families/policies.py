"""Rules of the cluster: Kyverno and OPA Gatekeeper.

What a policy finds is not its own health; whether it is loaded is.
"""

from __future__ import annotations

from trunkline.core.health.conditions import conditions_in
from trunkline.core.health.declared import WAITS, Conditions, Phase, not_seen
from trunkline.core.health.fields import UNOBSERVED, count, entries, section, text
from trunkline.core.health.status import Family, Health, degraded, healthy, progressing
from trunkline.core.manifest import Manifest


def kyverno(manifest: Manifest) -> Health:
    """A policy of Kyverno: `Ready`, in older versions `status.ready`, in the newer kinds under
    `conditionStatus`."""
    if health := not_seen(manifest, ""):
        return health
    status = section(manifest, "status")
    holder = section(status, "conditionStatus") or status
    ready = conditions_in(holder).get("Ready")
    if ready:
        return READY({**manifest, "status": holder})
    failed = [one for one in conditions_in(holder).values() if one.false]
    if failed:
        return degraded(failed[0].said)
    if holder.get("ready") is True:
        return healthy(text(holder, "message"))
    return progressing("is not ready yet")


READY = Conditions("Ready", fatal=True)


def gatekeeper(manifest: Manifest) -> Health:
    """A template, a constraint, a mutator: each pod of Gatekeeper reports for itself."""
    pods = entries(section(manifest, "status"), "byPod")
    generation = count(section(manifest, "metadata"), "generation")
    for pod in pods:
        if 0 < count(pod, "observedGeneration") < generation:
            return progressing(UNOBSERVED)
        if errors := entries(pod, "errors"):
            said = text(errors[0], "message") or text(errors[0], "code")
            return degraded(f"{text(pod, 'id')}: {said}")
    if manifest.get("kind") == "ConstraintTemplate":
        created = section(manifest, "status").get("created") is True
        return healthy() if created else progressing("its constraint is not served yet")
    if not pods:
        return progressing(WAITS)
    found = count(section(manifest, "status"), "totalViolations")
    return healthy(f"{found} violations" if found else "")


DATA = Conditions("", quiet=True)

RULES: Family = {
    "kyverno.io": {
        "ClusterPolicy Policy": kyverno,
        "CleanupPolicy ClusterCleanupPolicy GlobalContextEntry": Conditions("", also="Ready"),
        "UpdateRequest": Phase(
            "status.state", healthy="Completed", progressing="Pending", degraded="Failed"
        ),
        "PolicyException": DATA,
    },
    "policies.kyverno.io": {"PolicyException": DATA, "*": kyverno},
    "templates.gatekeeper.sh": {"ConstraintTemplate": gatekeeper},
    "constraints.gatekeeper.sh": {"*": gatekeeper},
    "mutations.gatekeeper.sh": {"*": gatekeeper},
    "expansion.gatekeeper.sh": {"*": gatekeeper},
    "config.gatekeeper.sh": {"Config": DATA},
}
