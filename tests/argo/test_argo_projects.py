"""AppProjects and the questions that they answer, rule beside answer."""

from __future__ import annotations

import pytest

from trunkline.core.argo.project import EVERYTHING, Project, parse_project
from trunkline.core.component import Cluster, Origin
from trunkline.core.manifest import Ref
from trunkline.core.yaml import load

EU = Cluster("eu", "https://eu.test:6443")
US = Cluster("us-1", "https://us.test")


def project(spec: str) -> Project:
    text = f"metadata: {{name: p, namespace: argocd}}\nspec: {{{spec}}}\n"
    found, findings = parse_project(load(text), Origin("p.yaml", 1))
    assert found is not None, findings
    return found


def test_a_service_account_may_be_for_a_cluster_without_a_server() -> None:
    found = project("destinationServiceAccounts: [{server: '', defaultServiceAccount: sa}]")
    assert [one.server for one in found.service_accounts] == [""]


@pytest.mark.parametrize(
    ("rules", "url", "allowed"),
    [
        ("['*']", "https://git.test/a.git", True),
        ("[]", "https://git.test/a.git", False),
        ("['https://git.test/a.git']", "https://git.test/a.git", True),
        ("['https://git.test/a.git']", "git@git.test:a", True),
        ("['https://git.test/a']", "https://git.test/ab", False),
        ("['https://git.test/*']", "https://git.test/team/a", False),
        ("['https://git.test/**']", "https://git.test/team/a", True),
        ("['https://git.test/{a,b}']", "https://git.test/b", True),
        ("['*', '!https://git.test/a']", "https://git.test/a", False),
        ("['!https://git.test/a', '*']", "https://git.test/b", True),
        ("['!https://git.test/a']", "https://git.test/b", False),
    ],
)
def test_sources(rules: str, url: str, allowed: bool) -> None:
    assert project(f"sourceRepos: {rules}").source_allowed(url) is allowed


@pytest.mark.parametrize(
    ("rules", "cluster", "namespace", "allowed"),
    [
        ("[{server: '*', namespace: '*'}]", EU, "any", True),
        ("[]", EU, "any", False),
        ("[{name: eu, namespace: shop}]", EU, "shop", True),
        ("[{name: eu, namespace: shop}]", EU, "shop-2", False),
        ("[{name: eu, namespace: shop}]", US, "shop", False),
        ("[{server: 'https://eu.test:6443', namespace: 'shop-*'}]", EU, "shop-2", True),
        ("[{server: 'https://eu.test:6443/', namespace: '*'}]", EU, "shop", True),
        ("[{name: 'us-*', namespace: '*'}]", US, "shop", True),
        ("[{name: '*', namespace: '*'}, {name: '*', namespace: '!kube-system'}]", EU, "shop", True),
        (
            "[{name: '*', namespace: '*'}, {name: '*', namespace: '!kube-system'}]",
            EU,
            "kube-system",
            False,
        ),
        ("[{name: '*', namespace: '*'}, {name: '!eu', namespace: '*'}]", EU, "shop", False),
        ("[{name: '*', namespace: '*'}, {name: '!eu', namespace: '*'}]", US, "shop", True),
    ],
)
def test_destinations(rules: str, cluster: Cluster, namespace: str, allowed: bool) -> None:
    assert project(f"destinations: {rules}").destination_allowed(cluster, namespace) is allowed


SECRET = Ref("", "Secret", "shop", "a")
DEPLOYMENT = Ref("apps", "Deployment", "shop", "a")
NAMESPACE = Ref("", "Namespace", "", "shop")
ROLE = Ref("rbac.authorization.k8s.io", "ClusterRole", "", "admin")


@pytest.mark.parametrize(
    ("spec", "allowed"),
    [
        ("", [SECRET, DEPLOYMENT]),
        ("namespaceResourceWhitelist: []", []),
        ("namespaceResourceWhitelist: [{group: apps, kind: '*'}]", [DEPLOYMENT]),
        ("namespaceResourceBlacklist: [{group: '', kind: Secret}]", [DEPLOYMENT]),
        (
            "clusterResourceWhitelist: [{group: '*', kind: '*'}]",
            [SECRET, DEPLOYMENT, NAMESPACE, ROLE],
        ),
        (
            "clusterResourceWhitelist: [{group: '', kind: Namespace, name: 'sh*'}]",
            [SECRET, DEPLOYMENT, NAMESPACE],
        ),
        ("clusterResourceWhitelist: [{group: '', kind: Namespace, name: x}]", [SECRET, DEPLOYMENT]),
        (
            (
                "clusterResourceWhitelist: [{group: '*', kind: '*'}], "
                "clusterResourceBlacklist: [{group: 'rbac.*', kind: '*'}]"
            ),
            [SECRET, DEPLOYMENT, NAMESPACE],
        ),
    ],
)
def test_kinds(spec: str, allowed: list[Ref]) -> None:
    found = project(spec)
    refs = [SECRET, DEPLOYMENT, NAMESPACE, ROLE]
    assert [one for one in refs if found.kind_allowed(one, bool(one.namespace))] == allowed


@pytest.mark.parametrize(
    ("rules", "namespace", "allowed"),
    [
        ("[]", "argocd", True),
        ("[]", "team", False),
        ("[team-*]", "team-a", True),
        ("['/^team-[ab]$/']", "team-b", True),
        ("['/^team-[ab]$/']", "team-c", False),
    ],
)
def test_namespaces_of_applications(rules: str, namespace: str, allowed: bool) -> None:
    found = project(f"sourceNamespaces: {rules}")
    assert found.applications_allowed(namespace) is allowed


def test_what_is_forbidden_is_said_in_words() -> None:
    found = project(
        "destinations: [{name: eu, namespace: shop}], "
        "namespaceResourceBlacklist: [{group: '', kind: Secret}]"
    )
    elsewhere = Ref("", "ConfigMap", "kube-system", "a")
    assert found.forbids(SECRET, True, EU) == "project p does not allow the namespaced kind Secret"
    assert found.forbids(NAMESPACE, False, EU) == (
        "project p does not allow the cluster-scoped kind Namespace (shop)"
    )
    assert found.forbids(elsewhere, True, EU) == (
        "project p does not allow the namespace kube-system of cluster eu"
    )
    assert found.forbids(DEPLOYMENT, True, EU) == ""


def test_a_cluster_of_its_own_is_a_destination_by_that_alone() -> None:
    own, other = Cluster("own", "https://own", project="p"), Cluster("other", project="q")
    assert project("").destination_allowed(own, "shop")
    assert not project(
        "destinations: [{name: '*', namespace: '*'}], permitOnlyProjectScopedClusters: true"
    ).destination_allowed(other, "shop")


def test_nobodys_default_project_permits_everything() -> None:
    assert EVERYTHING.source_allowed("https://any.test/x")
    assert EVERYTHING.destination_allowed(EU, "kube-system")
    assert EVERYTHING.kind_allowed(ROLE, False) and EVERYTHING.applications_allowed("team")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("sourceRepos: ['[a']", "p: spec.sourceRepos[0]: '[a' has a [ without a ]"),
        (
            "sourceRepos: ['!*']",
            "p: spec.sourceRepos[0]: '!*' would refuse everything; leave the list empty for that",
        ),
        (
            "destinations: [{name: '[', namespace: a}]",
            "p: spec.destinations[0].name: '[' has a [ without a ]",
        ),
        (
            "destinations: [{namespace: a}]",
            "p: spec.destinations[0]: server or name of a cluster is missing ('*' for all)",
        ),
        (
            "clusterResourceWhitelist: [{group: a}]",
            "p: spec.clusterResourceWhitelist[0]: kind is missing",
        ),
        (
            "syncWindows: [{kind: perhaps, schedule: '* * * * *', duration: 1h}]",
            "p: spec.syncWindows[0].kind: 'perhaps' is neither allow nor deny",
        ),
        (
            "syncWindows: [{kind: deny, schedule: daily, duration: 1h}]",
            "p: spec.syncWindows[0].schedule: 'daily' is no cron schedule of five fields",
        ),
    ],
)
def test_a_broken_project_is_told_of(spec: str, message: str) -> None:
    text = f"metadata: {{name: p}}\nspec: {{{spec}}}\n"
    found, findings = parse_project(load(text), Origin("p.yaml", 1))
    assert found is None and [one.message for one in findings] == [message]
