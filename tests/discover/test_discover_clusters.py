"""Clusters from settings, Secrets, the kubeconfig, or from nothing but names."""

from __future__ import annotations

from pathlib import Path

import pytest

from discover.conftest import Discover
from discover.declare import CLUSTERS, MAP, app, application_set, ids, messages
from gitrepo import GitRepo
from trunkline.app.clusters import App
from trunkline.app.places import Places
from trunkline.core.manifest import Ref
from trunkline.engine.permission import rules_for

SECRET = """\
apiVersion: v1
kind: Secret
metadata:
  name: ap
  namespace: argocd
  labels: {argocd.argoproj.io/secret-type: cluster, region: ap}
stringData:
  name: ap
  server: https://ap.test
  config: '{"bearerToken":"s3cret"}'
"""


async def test_cluster_secrets_are_clusters(discover: Discover) -> None:
    found = await discover({"ap.yaml": SECRET, "a.yaml": app("a", cluster="ap")})
    assert [one.name for one in found.fleet.clusters] == ["ap", "eu", "lab", "us"]
    assert messages(found) == []
    assert "s3cret" not in repr(found.fleet)


async def test_what_goes_to_a_cluster_may_be_left_as_it_is(discover: Discover) -> None:
    """As an Application says it of itself."""
    skips = "annotations: {argocd.argoproj.io/skip-reconcile: 'true'}\n  labels:"
    apps = {"a.yaml": app("a", cluster="ap"), "b.yaml": app("b")}
    found = await discover({"ap.yaml": SECRET.replace("labels:", skips), **apps})
    assert (ids(found), found.skipped, found.incomplete) == (["b"], {"a"}, "")


KEPT = {
    "namespaces: 'shop, db'": ["", "", "kube-system", "ClusterRole"],
    "namespaces: shop\n  clusterResources: 'true'": ["", "db", "kube-system", ""],
    "clusterResources: 'false'": ["", "", "", ""],
}


@pytest.mark.parametrize("said", KEPT)
async def test_a_cluster_may_be_kept_to_namespaces(discover: Discover, said: str) -> None:
    """As Argo CD's cache of such a cluster: what lies elsewhere is nobody's to manage."""
    secret = SECRET.replace("  name: ap\n  server", f"  {said}\n  name: ap\n  server")
    found = await discover({"ap.yaml": secret, "a.yaml": app("a", cluster="ap")})
    (one,) = found.components
    veto = rules_for(one, found.projects, found.fleet).veto
    asked = [Ref("", "Secret", name, "x") for name in ("shop", "db", "kube-system")]
    told = [veto(ref, True) for ref in asked]
    told.append(veto(Ref("rbac.authorization.k8s.io", "ClusterRole", "", "x"), False))
    expected = KEPT[said]
    assert [bool(one) for one in told] == [bool(one) for one in expected]
    assert all(name in one for name, one in zip(expected, told, strict=True))


async def test_a_project_has_its_own_cluster_in_the_namespaces_that_it_is_kept_to(
    discover: Discover,
) -> None:
    project = (
        "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\n"
        "metadata: {name: team, namespace: argocd}\nspec: {sourceRepos: ['*']}\n"
    )
    kept = SECRET.replace("  name: ap\n  server", "  project: team\n  KEPT\n  name: ap\n  server")
    for namespaces, says in {"shop": [], "db": ["does not allow the destination"]}.items():
        found = await discover(
            {
                "team.yaml": project,
                "ap.yaml": kept.replace("KEPT", f"namespaces: {namespaces}"),
                "a.yaml": app("a", cluster="ap").replace("project: default", "project: team"),
            }
        )
        assert len(messages(found)) == len(says)
        assert all(text in one for text, one in zip(says, messages(found), strict=True))


async def test_a_broken_cluster_secret_hides_no_other(discover: Discover) -> None:
    broken = SECRET.replace("  server: https://ap.test\n", "")
    found = await discover({"ap.yaml": broken, "us.yaml": app("a", cluster="us")})
    assert [one.name for one in found.fleet.clusters] == ["eu", "lab", "us"]
    assert messages(found) == ["Secret ap: the cluster's server is missing in data or stringData"]


async def test_defaults_count_for_clusters_that_say_nothing(discover: Discover) -> None:
    settings = CLUSTERS + "defaults: {kubeVersion: 1.30.2, apiVersions: [x.test/v1]}\n"
    found = await discover({"trunkline.yaml": settings, "ap.yaml": SECRET})
    assert {one.kube_version for one in found.fleet.clusters} == {"v1.30.2"}
    assert {one.api_versions for one in found.fleet.clusters} == {("x.test/v1",)}


async def test_where_nothing_declares_clusters_names_are_enough(discover: Discover) -> None:
    generated = application_set("- list: {elements: [{name: b}]}", cluster := "{{.name}}")
    found = await discover(
        {
            "trunkline.yaml": "{}",
            "a.yaml": app("a", cluster="north"),
            "set.yaml": generated.replace("name: eu", f"name: 'south-{cluster}'"),
            "root.yaml": app("root", path="below", cluster="in-cluster"),
            "below/c.yaml": app("c", cluster="west"),
        }
    )
    assert ids(found) == ["a", "b", "c", "root"]
    assert [one.name for one in found.fleet.clusters] == [
        "in-cluster",
        "north",
        "south-b",
        "west",
    ]
    assert messages(found) == []


KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters:
  - {name: c, cluster: {server: "https://eu.test:6443"}}
users: [{name: u, user: {token: s3cret}}]
contexts: [{name: admin@eu, context: {cluster: c, user: u}}]
"""


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("{}", [("admin@eu", "https://eu.test:6443")]),
        ("clusters: [{name: eu, context: admin@eu}]", [("eu", "https://eu.test:6443")]),
        (
            "clusters: [{name: eu, context: admin@eu, server: 'https://front.test'}]",
            [("eu", "https://front.test")],
        ),
        ("clusters: [{name: us}]", [("us", "")]),
    ],
    ids=["contexts are clusters", "context's server", "server of the settings", "no context"],
)
async def test_the_kubeconfig_says_what_the_settings_do_not(
    repo: GitRepo, tmp_path: Path, settings: str, expected: list[tuple[str, str]]
) -> None:
    (tmp_path / "kubeconfig").write_text(KUBECONFIG)
    repo.write({"trunkline.yaml": settings}).commit()
    places = Places(tmp_path / "cache", str(tmp_path / "s.db"), str(tmp_path / "kubeconfig"))
    async with await App.open(str(repo.path), places) as opened:
        fleet = (await opened.scene()).discovered.fleet
    assert [(one.name, one.server) for one in fleet.clusters] == expected


async def test_what_belongs_to_a_new_cluster_is_new(repo: GitRepo, places: Places) -> None:
    """Each side of a plan has the clusters of its own commit, not of the one that is planned."""
    generated = application_set("- clusters: {}")
    repo.write({"set.yaml": generated.replace("name: eu", "name: '{{.name}}'")})
    base = repo.commit()
    new = CLUSTERS.replace("clusters:\n", "clusters:\n  - {name: ap, server: 'https://ap.test'}\n")
    repo.write({"trunkline.yaml": new})
    head = repo.commit()
    repo.write({"trunkline.yaml": CLUSTERS})
    last = repo.commit()
    async with await App.open(str(repo.path), places, revision=head) as opened:
        there = await opened.plan_range(base, head)
        gone = await opened.plan_range(head, last)
    changes = {
        (one.cluster, change.action.value)
        for plan in (there, gone)
        for one in plan.components
        for change in one.changes
    }
    assert changes == {("ap", "create"), ("ap", "delete")}


async def test_settings_of_the_past_that_cannot_be_read_hide_nothing(
    repo: GitRepo, places: Places
) -> None:
    repo.write({"trunkline.yaml": "clusters: [", "a.yaml": app("a", cluster="eu")})
    base = repo.commit()
    repo.write({"trunkline.yaml": CLUSTERS})
    head = repo.commit()
    async with await App.open(str(repo.path), places) as opened:
        plan = await opened.plan_range(base, head)
    assert (list(plan.components), list(plan.findings)) == ([], [])


async def test_a_cluster_of_the_settings_has_annotations_as_a_secret_has(
    discover: Discover,
) -> None:
    """What bridges Terraform and Argo CD hands over stands in the cluster's annotations."""
    generated = application_set("- clusters: {}", "{{.metadata.annotations.addons}}-{{.name}}")
    settings = "clusters: [{name: eu, server: 'https://eu.test', annotations: {addons: base}}]"
    found = await discover({"trunkline.yaml": settings, "set.yaml": generated, "plain/m.yaml": MAP})
    assert ids(found) == ["base-eu"]
