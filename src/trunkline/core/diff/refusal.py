"""Which changes an API server refuses because the field cannot change after creation.

The table follows the update validation of Kubernetes 1.36. A custom resource may have rules of
its own (CEL transition rules), which only its cluster can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from trunkline.core.diff.align import ABSENT, Node
from trunkline.core.diff.path import Path, said
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.options import SYNC_OPTIONS, object_options


class Fixed(Struct, frozen=True):
    """Fields that cannot change, but for those below them that can.

    `later`: a field that was absent may still be set. `when`: asked with the object as it was,
    for fields that are fixed only sometimes.
    """

    fields: tuple[str, ...]
    but: tuple[str, ...] = ()
    later: bool = False
    when: Callable[[Manifest], bool] = lambda _before: True

    def holds(self, path: str) -> bool:
        return _below(path, self.fields) and not _below(path, self.but)


def _below(path: str, fields: tuple[str, ...]) -> bool:
    return any(path == one or path.startswith((f"{one}.", f"{one}[")) for one in fields)


def _immutable(before: Manifest) -> bool:
    return before.get("immutable") is True


def _suspended(before: Manifest) -> bool:
    return (before.get("spec") or {}).get("suspend") is True


_SELECTOR = Fixed(("spec.selector",))
_ROLE_REF = (Fixed(("roleRef",)),)
_SPEC = (Fixed(("spec",)),)
_FROZEN_DATA = Fixed(("data", "binaryData", "immutable"), when=_immutable)

_FIXED: dict[tuple[str, str], tuple[Fixed, ...]] = {
    ("apps", "Deployment"): (_SELECTOR,),
    ("apps", "ReplicaSet"): (_SELECTOR,),
    ("apps", "DaemonSet"): (_SELECTOR,),
    ("apps", "StatefulSet"): (
        Fixed(
            ("spec",),
            but=(
                "spec.replicas",
                "spec.ordinals",
                "spec.template",
                "spec.updateStrategy",
                "spec.revisionHistoryLimit",
                "spec.persistentVolumeClaimRetentionPolicy",
                "spec.minReadySeconds",
            ),
        ),
    ),
    ("apps", "ControllerRevision"): (Fixed(("data",)),),
    ("batch", "Job"): (
        Fixed(("spec.template",), when=lambda before: not _suspended(before)),
        Fixed(
            (
                "spec.selector",
                "spec.completionMode",
                "spec.podFailurePolicy",
                "spec.backoffLimitPerIndex",
                "spec.successPolicy",
                "spec.managedBy",
                "spec.podReplacementPolicy",
            )
        ),
        Fixed(
            ("spec.completions",),
            when=lambda before: (before.get("spec") or {}).get("completionMode") != "Indexed",
        ),
    ),
    ("", "Pod"): (Fixed(("spec",), but=("spec.tolerations", "spec.activeDeadlineSeconds")),),
    ("", "Service"): (Fixed(("spec.clusterIP",), later=True),),
    ("", "PersistentVolumeClaim"): (
        Fixed(
            ("spec",),
            but=("spec.resources.requests", "spec.volumeAttributesClassName"),
            later=True,
        ),
    ),
    ("", "Secret"): (Fixed(("type",)), _FROZEN_DATA),
    ("", "ConfigMap"): (_FROZEN_DATA,),
    ("rbac.authorization.k8s.io", "RoleBinding"): _ROLE_REF,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): _ROLE_REF,
    ("storage.k8s.io", "StorageClass"): (
        Fixed(("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode")),
    ),
    ("storage.k8s.io", "VolumeAttributesClass"): (Fixed(("driverName", "parameters")),),
    ("storage.k8s.io", "VolumeAttachment"): _SPEC,
    ("scheduling.k8s.io", "PriorityClass"): (Fixed(("value", "preemptionPolicy")),),
    ("node.k8s.io", "RuntimeClass"): (Fixed(("handler",)),),
    ("networking.k8s.io", "IngressClass"): (Fixed(("spec.controller",)),),
    ("networking.k8s.io", "IPAddress"): _SPEC,
    ("discovery.k8s.io", "EndpointSlice"): (Fixed(("addressType",)),),
    ("certificates.k8s.io", "CertificateSigningRequest"): _SPEC,
    ("resource.k8s.io", "ResourceClaim"): _SPEC,
    ("resource.k8s.io", "ResourceClaimTemplate"): _SPEC,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): (
        Fixed(("spec.group", "spec.scope", "spec.names.kind", "spec.names.plural")),
    ),
}


def refused(ref: Ref, before: Manifest, root: Node) -> tuple[str, ...]:
    """The changed fields of this tree that the API server will not change, as paths."""
    rules = [one for one in _FIXED.get((ref.group, ref.kind), ()) if one.when(before)]
    found = {
        said(node.path)
        for node in root.walk()
        if not node.same and not node.children and _applies(rules, node)
    }
    return tuple(sorted(found))


def _applies(rules: list[Fixed], node: Node) -> bool:
    path = said(node.path)
    if _is_pod_image(node.path):
        return False
    return any(one.holds(path) and not (one.later and node.before is ABSENT) for one in rules)


def _is_pod_image(path: Path) -> bool:
    """The images of a running Pod are the one part of its containers that may change."""
    return len(path) == 4 and path[:1] == ("spec",) and path[-1] == "image"


def asks_for_replacement(manifest: Manifest, options: Mapping[str, str]) -> bool:
    """Whether the object, or its application, says that it may be deleted and made anew."""
    return object_options(manifest, options).recreates(Ref.of(manifest))


def remedy(fields: tuple[str, ...]) -> str:
    """What the API server will say to this change, and what can be done."""
    named = ", ".join(fields[:3]) + (f" and {len(fields) - 3} more" if len(fields) > 3 else "")
    return (
        f"the API server will refuse this: {named} cannot change after creation. "
        f"Give the object another name, or let it be replaced: {SYNC_OPTIONS}: "
        "Force=true,Replace=true deletes it and creates it again"
    )
