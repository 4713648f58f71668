"""What an object owns says why it is not well: a Deployment counts, its pods know the image.

Only below what is on its way or degraded is looked. What is healthy counts well without what it
owns: a CronJob's run that goes on, or a pod that is replaced, is no news.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from trunkline.core.health.fields import entries, section, text
from trunkline.core.health.status import Health, HealthStatus
from trunkline.core.health.table import health_of
from trunkline.core.manifest import Manifest, Ref

UNWELL = frozenset({HealthStatus.PROGRESSING, HealthStatus.DEGRADED})

# What owners of these groups make beside the workloads that everybody makes.
MADE_BY = {
    "cert-manager.io": (
        ("cert-manager.io", "CertificateRequest"),
        ("acme.cert-manager.io", "Order"),
        ("acme.cert-manager.io", "Challenge"),
    ),
    "argoproj.io": (("argoproj.io", "AnalysisRun"),),
}
WORKLOADS = (
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("batch", "Job"),
    ("", "PersistentVolumeClaim"),
    ("", "Pod"),
)


def kinds_below(owner: Ref) -> Sequence[tuple[str, str]]:
    """The kinds that may stand below an owner."""
    own = () if (owner.group, owner.kind) == ("", "Pod") else WORKLOADS
    return (*MADE_BY.get(owner.group, ()), *own)


def below(owner: Manifest, objects: Iterable[Manifest]) -> Iterator[Manifest]:
    """Everything among these objects that the owner owns, at any depth."""
    children: dict[str, list[Manifest]] = defaultdict(list)
    for one in objects:
        for reference in entries(section(one, "metadata"), "ownerReferences"):
            children[text(reference, "uid")].append(one)
    left = [text(section(owner, "metadata"), "uid")]
    seen = set(left)
    while left:
        for one in children.get(left.pop(0), ()):
            uid = text(section(one, "metadata"), "uid")
            if uid not in seen:
                seen.add(uid)
                left.append(uid)
                yield one


def with_owned(health: Health, owned: Iterable[Manifest]) -> Health:
    """Degraded, with the reason, where something below is."""
    if health.status not in UNWELL:
        return health
    for one in owned:
        found = health_of(one)
        if found.status is HealthStatus.DEGRADED and not _is_replaced(one):
            ref = Ref.of(one)
            said = f"{ref.kind} {ref.name}: {found.message}"
            return Health(HealthStatus.DEGRADED, f"{health.message}; {said}")
    return health


def _is_replaced(manifest: Manifest) -> bool:
    """A pod that has failed is left lying while another one tries."""
    failed = text(section(manifest, "status"), "phase") == "Failed"
    return manifest.get("kind") == "Pod" and failed
