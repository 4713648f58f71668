"""Ways in and between: Contour, Emissary, Traefik, NGINX, Gloo, external-dns, MetalLB, Cilium,
Calico, Google's certificates."""

from __future__ import annotations

from trunkline.core.health.conditions import conditions_of
from trunkline.core.health.declared import Conditions, Phase, not_seen
from trunkline.core.health.fields import UNOBSERVED, entries, joined, section, text
from trunkline.core.health.status import Family, Health, degraded, healthy, progressing
from trunkline.core.manifest import Manifest


def proxy(manifest: Manifest) -> Health:
    """Contour's HTTPProxy. Its condition says for which generation its status is."""
    valid = conditions_of(manifest).get("Valid")
    if valid and valid.stale(manifest):
        return progressing(UNOBSERVED)
    return HTTP_PROXY(manifest)


HTTP_PROXY = Phase(
    "status.currentStatus",
    healthy="valid",
    progressing="NotReconciled",
    degraded="invalid orphaned",
    message="status.description",
)


def gloo(manifest: Manifest) -> Health:
    """Gloo's objects: one status per namespace that watches them, states as words or numbers."""
    if health := not_seen(manifest, "", quiet=True):
        return health
    status = section(manifest, "status")
    watched = section(status, "statuses")
    told = [section(watched, name) for name in sorted(watched)]
    for one in told or [status]:
        state, reason = one.get("state"), text(one, "reason")
        if state in ("Rejected", 2):
            return degraded(joined(("rejected", reason)))
        if state in ("Pending", 0, None):
            return progressing(joined(("pending", reason)))
        if state in ("Warning", 3):
            return healthy(joined(("a warning", reason)))
    return healthy()


def operator(manifest: Manifest) -> Health:
    """Calico's Installation and its sisters: newer ones say Ready, older ones Available."""
    name = "Ready" if "Ready" in conditions_of(manifest) else "Available"
    return Conditions(name, bad="Degraded", busy="Progressing")(manifest)


VALID = Phase("status.state", healthy="Valid Warning", degraded="Invalid", message="status.message")
OBSERVED = Conditions("", quiet=True)
CONFLICT = Conditions(
    "", bad="cilium.io/PoolConflict io.cilium/conflict", suspend="spec.disabled", quiet=True
)


def certificate(manifest: Manifest) -> Health:
    """A ManagedCertificate of Google: the domains say why."""
    if health := not_seen(manifest, ""):
        return health
    status = section(manifest, "status")
    state = text(status, "certificateStatus")
    domains = (
        f"{text(one, 'domain')}: {text(one, 'status')}"
        for one in entries(status, "domainStatus")
        if text(one, "status") != "Active"
    )
    said = joined((state, ", ".join(domains)))
    if state == "Active":
        return healthy(said)
    return degraded(said) if "Failed" in said else progressing(said or "waits for its controller")


RULES: Family = {
    "projectcontour.io": {
        "HTTPProxy": proxy,
        "ExtensionService": Conditions("Valid", fatal=True),
        "TLSCertificateDelegation": Conditions("", also="Valid", fatal=True, quiet=True),
        "ContourDeployment ContourConfiguration": Conditions("", also="Valid", quiet=True),
    },
    "getambassador.io": {
        "Host": Phase(
            "status.state",
            healthy="Ready",
            progressing="Initial Pending",
            degraded="Error",
            message="status.errorReason",
        ),
        "Mapping": Phase(
            "status.state",
            healthy="Running",
            degraded="Inactive",
            message="status.reason",
            quiet=True,
        ),
        "*": OBSERVED,
    },
    "traefik.io": {"*": OBSERVED},
    "traefik.containo.us": {"*": OBSERVED},
    "k8s.nginx.org": {
        "VirtualServer VirtualServerRoute TransportServer Policy GlobalConfiguration": VALID
    },
    "gateway.solo.io": {"*": gloo},
    "gloo.solo.io": {"*": gloo},
    "proclaim.dogmatiq.io": {"DNSSDServiceInstance": Conditions("Adopted Advertised Discovered")},
    "externaldns.k8s.io": {"DNSEndpoint": OBSERVED},
    "elbv2.k8s.aws": {"*": OBSERVED},
    "networking.gke.io": {"ManagedCertificate": certificate},
    "metallb.io": {
        "MetalLB": Conditions("Available", bad="Degraded", busy="Progressing"),
        "*": OBSERVED,
    },
    "cilium.io": {
        "CiliumNetworkPolicy CiliumClusterwideNetworkPolicy": Conditions(
            "", also="Valid", fatal=True, quiet=True
        ),
        "CiliumLoadBalancerIPPool": CONFLICT,
        "*": OBSERVED,
    },
    "operator.tigera.io": {"*": operator},
    "crd.projectcalico.org": {"*": OBSERVED},
    "projectcalico.org": {"*": OBSERVED},
    "nmstate.io": {
        "NodeNetworkConfigurationPolicy": Conditions(
            "Available", bad="Degraded", busy="Progressing", off="Ignored"
        )
    },
}
