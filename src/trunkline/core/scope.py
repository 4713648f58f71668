"""Which kinds live in a namespace.

A plan between two commits asks no cluster, so the built-in kinds are listed here; a CRD of the
same render says it for its own kind; and where a cluster is at hand, its discovery is asked
first. A kind that nobody knows counts as namespaced, as nearly all custom kinds are.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping

from trunkline.core.manifest import Manifest, Ref, group_of

# The kinds of Kubernetes 1.36 (`kubectl api-resources --namespaced=false`).
CLUSTER_SCOPED = frozenset(
    (group, kind)
    for group, kinds in {
        "": "ComponentStatus Namespace Node PersistentVolume",
        "admissionregistration.k8s.io": (
            "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration "
            "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding "
            "ValidatingWebhookConfiguration"
        ),
        "apiextensions.k8s.io": "CustomResourceDefinition",
        "apiregistration.k8s.io": "APIService",
        "authentication.k8s.io": "SelfSubjectReview TokenReview",
        "authorization.k8s.io": (
            "SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview"
        ),
        "certificates.k8s.io": "CertificateSigningRequest ClusterTrustBundle",
        "flowcontrol.apiserver.k8s.io": "FlowSchema PriorityLevelConfiguration",
        "networking.k8s.io": "IngressClass IPAddress ServiceCIDR",
        "node.k8s.io": "RuntimeClass",
        "policy": "PodSecurityPolicy",
        "rbac.authorization.k8s.io": "ClusterRole ClusterRoleBinding",
        "resource.k8s.io": "DeviceClass ResourceSlice",
        "scheduling.k8s.io": "PriorityClass",
        "storage.k8s.io": "CSIDriver CSINode StorageClass VolumeAttachment VolumeAttributesClass",
        "storagemigration.k8s.io": "StorageVersionMigration",
    }.items()
    for kind in kinds.split()
)


class Scopes:
    """Answers whether a kind is namespaced; `known` (a cluster's discovery) wins over the rest."""

    def __init__(self, known: Mapping[tuple[str, str], bool] | None = None) -> None:
        self._known = dict(known or {})

    def with_crds(self, manifests: Iterable[Manifest]) -> Scopes:
        """These scopes, with what the CRDs among the manifests say of their kinds; none makes
        another thing of a kind that is built in."""
        said = dict(crd_scope(one) for one in manifests if is_crd(one))
        found = {kind: one for kind, one in said.items() if kind not in CLUSTER_SCOPED}
        return Scopes({**found, **self._known}) if found else self

    def namespaced(self, group: str, kind: str) -> bool:
        known = self._known.get((group, kind))
        return (group, kind) not in CLUSTER_SCOPED if known is None else known

    def placed(self, manifest: Manifest, namespace: str) -> Manifest:
        """The manifest in the namespace it will live in: its own, else the given one; a stray
        namespace of a cluster-scoped object is dropped. Unchanged manifests are not copied."""
        ref = Ref.of(manifest)
        wanted = ""
        if self.namespaced(ref.group, ref.kind):
            wanted = ref.namespace or namespace or "default"
        if wanted == ref.namespace:
            return manifest
        placed = copy.copy(manifest)
        placed["metadata"] = dict(manifest["metadata"])
        placed["metadata"].pop("namespace", None)
        if wanted:
            placed["metadata"]["namespace"] = wanted
        return placed


def is_crd(manifest: Manifest) -> bool:
    return (
        manifest.get("kind") == "CustomResourceDefinition"
        and group_of(str(manifest.get("apiVersion"))) == "apiextensions.k8s.io"
    )


def crd_scope(crd: Manifest) -> tuple[tuple[str, str], bool]:
    """((group, kind), namespaced) of a CustomResourceDefinition."""
    spec = crd.get("spec") or {}
    kind = (spec.get("names") or {}).get("kind", "")
    return (str(spec.get("group", "")), str(kind)), spec.get("scope", "Namespaced") == "Namespaced"


def crd_versions(crd: Manifest) -> tuple[str, ...]:
    """The versions in which a CustomResourceDefinition has its kind served."""
    versions = (crd.get("spec") or {}).get("versions") or ()
    return tuple(str(one.get("name", "")) for one in versions if one.get("served"))
