"""Which objects of a namespace no component has: an AppProject's `orphanedResources`.

https://argo-cd.readthedocs.io/en/stable/user-guide/orphaned-resources/
Left out is what something else brings along: objects with an owner, what every namespace has from
its beginning, and the records that controllers keep.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from trunkline.core.argo.project import Project
from trunkline.core.finding import Finding, Severity
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.marks import component_of

# In every namespace, in every cluster, and on OpenShift.
_GIVEN = frozenset(
    {
        Ref("", "ServiceAccount", "", "default"),
        Ref("", "ConfigMap", "", "kube-root-ca.crt"),
        Ref("", "ConfigMap", "", "openshift-service-ca.crt"),
    }
)
RECORDS = frozenset(
    {
        ("", "Endpoints"),
        ("", "Event"),
        ("coordination.k8s.io", "Lease"),
        ("discovery.k8s.io", "EndpointSlice"),
        ("events.k8s.io", "Event"),
    }
)

# So many objects are named.
_NAMED = 5


def orphans(
    objects: Sequence[Manifest], wanted: Collection[Ref], project: Project
) -> tuple[Ref, ...]:
    """Of all objects of a namespace those that nobody has, in the order of refs."""
    claims = _claims([one for one in objects if one.get("kind") == "StatefulSet"])
    found = [
        ref
        for one in objects
        if (ref := Ref.of(one)) not in wanted
        and not (component_of(one) or _is_brought(one, ref))
        and project.kind_allowed(ref, True)
        and not (ref.kind == "PersistentVolumeClaim" and claims and claims.fullmatch(ref.name))
    ]
    ignored = project.orphaned.ignore if project.orphaned else ()
    return tuple(sorted(ref for ref in found if not any(rule.covers(ref) for rule in ignored)))


def orphans_finding(refs: Sequence[Ref], project: Project, cluster: str, namespace: str) -> Finding:
    named = ", ".join(f"{one.kind} {one.name}" for one in refs[:_NAMED])
    more = f" and {len(refs) - _NAMED} more" if len(refs) > _NAMED else ""
    warn = project.orphaned is not None and project.orphaned.warn
    return Finding(
        "orphaned-resources",
        f"namespace {namespace} of {cluster} holds what no component has: {named}{more}",
        Severity.WARNING if warn else Severity.NOTE,
        file=project.origin.file,
        line=project.origin.line,
        cluster=cluster,
        remedy=f"delete them, or have orphanedResources of project {project.name} ignore them",
    )


def _is_brought(one: Manifest, ref: Ref) -> bool:
    meta = one.get("metadata") or {}
    return bool(
        meta.get("ownerReferences")
        or (ref.group, ref.kind) in RECORDS
        or Ref(ref.group, ref.kind, "", ref.name) in _GIVEN
        or one.get("type") == "kubernetes.io/service-account-token"
        or (ref.namespace, ref.kind, ref.name) == ("default", "Service", "kubernetes")
    )


def _claims(sets: Sequence[Manifest]) -> re.Pattern[str] | None:
    """The names of the claims that StatefulSets make: template, set, ordinal."""
    names = [
        rf"{re.escape(template['metadata']['name'])}-{re.escape(one['metadata']['name'])}-\d+"
        for one in sets
        for template in (one.get("spec") or {}).get("volumeClaimTemplates") or ()
    ]
    return re.compile("|".join(names)) if names else None
