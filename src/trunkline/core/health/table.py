"""Which rule judges which kind: a literal table of families, and what is left for the rest.

Whoever reads an object asks in this order: the user's own rules (`engine/judge.py`), the row of its
kind, the row of its group, a row whose group begins with `*.`, the shape of its status, the
conditions rule. An object that is being deleted is Progressing, whatever its kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from trunkline.core.health.families import (
    argo,
    autoscaling,
    batch,
    certificates,
    clouds,
    cluster_api,
    crossplane,
    databases,
    flux,
    gateway,
    knative,
    kruise,
    kubernetes,
    machines,
    mesh,
    monitoring,
    networking,
    operators,
    percona,
    policies,
    postgres,
    search,
    secrets,
    storage,
    streams,
)
from trunkline.core.health.fields import UNOBSERVED, section, unobserved
from trunkline.core.health.shapes import shaped, unlisted
from trunkline.core.health.status import Family, Health, HealthStatus, Rule, progressing
from trunkline.core.manifest import Manifest, group_of

FAMILIES: Mapping[str, Family] = {
    "Kubernetes": kubernetes.RULES,
    "Argo": argo.RULES,
    "autoscaling": autoscaling.RULES,
    "batch": batch.RULES,
    "certificates": certificates.RULES,
    "clouds": clouds.RULES,
    "cluster API": cluster_api.RULES,
    "Crossplane": crossplane.RULES,
    "databases": databases.RULES,
    "Flux": flux.RULES,
    "Gateway API": gateway.RULES,
    "Knative and Tekton": knative.RULES,
    "OpenKruise": kruise.RULES,
    "virtual machines": machines.RULES,
    "service mesh": mesh.RULES,
    "monitoring": monitoring.RULES,
    "networking": networking.RULES,
    "operators and fleets": operators.RULES,
    "Percona": percona.RULES,
    "policies": policies.RULES,
    "PostgreSQL": postgres.RULES,
    "search": search.RULES,
    "secrets": secrets.RULES,
    "storage": storage.RULES,
    "streams": streams.RULES,
}


def rows(family: Family) -> Iterator[tuple[str, str, Rule]]:
    """Each (group, kind, rule) of a family; `*` stands for any kind, `*.` for any group above."""
    for group, kinds in family.items():
        for names, rule in kinds.items():
            yield from ((group, kind, rule) for kind in names.split())


RULES: Mapping[tuple[str, str], Rule] = {
    (group, kind): rule for family in FAMILIES.values() for group, kind, rule in rows(family)
}


@lru_cache(maxsize=4096)
def rule_for(group: str, kind: str) -> Rule | None:
    """The listed rule of a kind, if there is one."""
    above = group.split(".")
    groups = [group, *("*." + ".".join(above[at:]) for at in range(1, len(above)))]
    for one in groups:
        for name in (kind, "*"):
            if rule := RULES.get((one, name)):
                return rule
    return None


def health_of(obj: Manifest) -> Health:
    """The health of a live object. Never raises, whatever shape the status has."""
    if health := being_deleted(obj):
        return health
    rule = rule_for(group_of(str(obj.get("apiVersion", ""))), str(obj.get("kind", "")))
    health = (rule or shaped(obj) or unlisted)(obj)
    if unobserved(obj) and health.status is not HealthStatus.SUSPENDED:
        # Whatever the status says, it says it of an older spec. What is suspended is not looked at.
        return progressing(UNOBSERVED)
    return health


def being_deleted(obj: Manifest) -> Health | None:
    """Progressing, with what holds it, for an object that is being deleted."""
    if not section(obj, "metadata").get("deletionTimestamp"):
        return None
    holders = section(obj, "metadata").get("finalizers")
    waits = ", ".join(map(str, holders)) if isinstance(holders, list) else ""
    return progressing("is being deleted" + (f", held by {waits}" if waits else ""))
