"""Objects of the cluster itself: Namespace, Node, CertificateSigningRequest."""

from __future__ import annotations

from trunkline.core.health.conditions import conditions_of
from trunkline.core.health.fields import section, text
from trunkline.core.health.status import Health, degraded, healthy, progressing, suspended
from trunkline.core.manifest import Manifest


def namespace(manifest: Manifest) -> Health:
    """A namespace that is being deleted says in its conditions what still holds it."""
    if text(section(manifest, "status"), "phase") != "Terminating":
        return healthy()
    holding = [one.message for one in conditions_of(manifest).values() if one.true and one.message]
    return progressing("; ".join(["the namespace is being deleted", *holding]))


def node(manifest: Manifest) -> Health:
    ready = conditions_of(manifest).get("Ready")
    if ready is None:
        return progressing("the kubelet has not reported yet")
    if not ready.true:
        return degraded(ready.said)
    if section(manifest, "spec").get("unschedulable") is True:
        return suspended("the node is cordoned: it takes no new pods")
    return healthy()


def signing_request(manifest: Manifest) -> Health:
    conditions = conditions_of(manifest)
    for name in ("Failed", "Denied"):
        if name in conditions and conditions[name].true:
            return degraded(conditions[name].said)
    if text(section(manifest, "status"), "certificate"):
        return healthy()
    approved = "Approved" in conditions
    return progressing("waits for the signer" if approved else "waits for approval")
