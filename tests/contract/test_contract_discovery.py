"""What a cluster can do: kinds, versions, scopes."""

from __future__ import annotations

import pytest

from contract.place import Place

# What charts are made of: (group, kind, namespaced).
KINDS = [
    ("", "ConfigMap", True),
    ("", "Event", True),
    ("", "LimitRange", True),
    ("", "Namespace", False),
    ("", "Node", False),
    ("", "PersistentVolume", False),
    ("", "PersistentVolumeClaim", True),
    ("", "Pod", True),
    ("", "ResourceQuota", True),
    ("", "Secret", True),
    ("", "Service", True),
    ("", "ServiceAccount", True),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration", False),
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration", False),
    ("apiextensions.k8s.io", "CustomResourceDefinition", False),
    ("apiregistration.k8s.io", "APIService", False),
    ("apps", "ControllerRevision", True),
    ("apps", "DaemonSet", True),
    ("apps", "Deployment", True),
    ("apps", "ReplicaSet", True),
    ("apps", "StatefulSet", True),
    ("autoscaling", "HorizontalPodAutoscaler", True),
    ("batch", "CronJob", True),
    ("batch", "Job", True),
    ("coordination.k8s.io", "Lease", True),
    ("discovery.k8s.io", "EndpointSlice", True),
    ("networking.k8s.io", "Ingress", True),
    ("networking.k8s.io", "IngressClass", False),
    ("networking.k8s.io", "NetworkPolicy", True),
    ("policy", "PodDisruptionBudget", True),
    ("rbac.authorization.k8s.io", "ClusterRole", False),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding", False),
    ("rbac.authorization.k8s.io", "Role", True),
    ("rbac.authorization.k8s.io", "RoleBinding", True),
    ("scheduling.k8s.io", "PriorityClass", False),
    ("storage.k8s.io", "StorageClass", False),
]


async def test_kinds_and_scopes(place: Place) -> None:
    scopes = (await place.client.discovery()).scopes()
    known = [(group, kind, scopes.get((group, kind))) for group, kind, _ in KINDS]
    assert known == KINDS


async def test_a_resource_says_all_that_a_request_needs(place: Place) -> None:
    found = (await place.client.discovery()).find("apps", "Deployment")
    assert found is not None
    assert (found.group, found.version, found.kind) == ("apps", "v1", "Deployment")
    assert (found.plural, found.namespaced) == ("deployments", True)
    assert {"create", "delete", "get", "list", "patch", "update", "watch"} <= set(found.verbs)


@pytest.mark.parametrize("group", ["", "apps", "nowhere.example"])
async def test_an_unknown_kind_is_not_found(place: Place, group: str) -> None:
    assert (await place.client.discovery()).find(group, "Nonesuch") is None


async def test_each_kind_stands_once_without_subresources(place: Place) -> None:
    resources = (await place.client.discovery()).resources()
    identities = [(one.group, one.kind) for one in resources]
    assert len(identities) == len(set(identities))
    assert not [one.plural for one in resources if "/" in one.plural]


async def test_versions_are_those_that_helm_wants(place: Place) -> None:
    discovery = await place.client.discovery()
    assert discovery.kube_version == "v1.36.3"
    assert {"v1", "v1/ConfigMap", "apps/v1", "apps/v1/Deployment"} <= set(discovery.api_versions)
