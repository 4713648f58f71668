"""cert-manager and trust-manager.

A Certificate that is being issued is progressing, the old one valid or not, as Argo CD has it. One
whose last issuance failed is degraded although the next attempt is an hour away.
"""

from __future__ import annotations

from trunkline.core.health.conditions import conditions_of
from trunkline.core.health.declared import Conditions, Phase, not_seen
from trunkline.core.health.status import Family, Health, degraded, healthy, progressing
from trunkline.core.manifest import Manifest


def certificate(manifest: Manifest) -> Health:
    if health := not_seen(manifest, ""):
        return health
    found = conditions_of(manifest)
    ready, issuing = found.get("Ready"), found.get("Issuing")
    if issuing and issuing.true:
        return progressing(issuing.said)
    if ready and ready.true:
        return healthy(ready.message)
    failed = [one for one in (issuing, ready) if one and one.false]
    return degraded(failed[0].said) if failed else progressing("waits to be issued")


ISSUER = Conditions("Ready", fatal=True, mends="Initializing")

ACME = Phase(
    "status.state",
    healthy="valid ready",
    progressing="pending processing",
    degraded="invalid expired errored",
    message="status.reason",
)

RULES: Family = {
    "cert-manager.io": {
        "Certificate": certificate,
        "CertificateRequest": Conditions("Ready", bad="Denied InvalidRequest", fails="Denied"),
        "Issuer ClusterIssuer": ISSUER,
    },
    "acme.cert-manager.io": {"Order Challenge": ACME},
    "trust.cert-manager.io": {"Bundle": Conditions("Synced", fatal=True)},
}
