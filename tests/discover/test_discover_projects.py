"""AppProjects: what they forbid is a finding, and is not applied; hooks included."""

from __future__ import annotations

import pytest

from discover.conftest import Discover
from discover.declare import CLUSTERS, app, ids, messages
from gitrepo import GitRepo
from trunkline.app.clusters import App
from trunkline.app.places import Places
from trunkline.core.finding import Severity
from trunkline.core.manifest import Ref
from trunkline.engine.permission import rules_for

PROJECT = """\
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: narrow, namespace: argocd}
spec:
  sourceRepos: ["https://git.test/*"]
  destinations: [{name: eu, namespace: shop}]
  namespaceResourceBlacklist: [{group: "", kind: Secret}, {group: batch, kind: "*"}]
"""

NARROW = app("a").replace("project: default", "project: narrow")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("", ""), []),
        (
            ("https://git.test/config.git", "https://evil.test/x.git"),
            ["a: project narrow does not allow the source https://evil.test/x.git"],
        ),
        (
            ("namespace: shop", "namespace: kube-system"),
            [
                (
                    "a: project narrow does not allow the destination namespace kube-system of "
                    "cluster eu"
                )
            ],
        ),
        (
            ("name: eu", "name: us"),
            ["a: project narrow does not allow the destination namespace shop of cluster us"],
        ),
        (
            ("namespace: argocd", "namespace: team"),
            ["team/a: project narrow takes no Applications of namespace team"],
        ),
        (
            ("project: narrow", "project: narow"),
            ["a: no AppProject is called narow (known: default, narrow)"],
        ),
    ],
    ids=["allowed", "source", "namespace", "cluster", "home", "unknown"],
)
async def test_a_component_out_of_bounds_is_refused(
    discover: Discover, change: tuple[str, str], says: list[str]
) -> None:
    found = await discover({"project.yaml": PROJECT, "a.yaml": NARROW.replace(*change)})
    assert messages(found) == says


OBJECTS = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: fine}
---
apiVersion: v1
kind: Secret
metadata: {name: hidden}
---
apiVersion: batch/v1
kind: Job
metadata: {name: hook, annotations: {argocd.argoproj.io/hook: PreSync}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: wide}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: away, namespace: kube-system}
"""


async def test_objects_out_of_bounds_are_findings_and_no_part_of_the_render(
    repo: GitRepo, places: Places
) -> None:
    repo.write({"project.yaml": PROJECT, "a.yaml": NARROW, "plain/one.yaml": OBJECTS}).commit()
    async with await App.open(str(repo.path), places) as opened:
        (desired,) = await opened.render(["a"])
    assert [one["metadata"]["name"] for one in desired.manifests] == ["fine"]
    assert [(one.rule, one.message.partition(": ")[2]) for one in desired.findings] == [
        ("forbidden-object", "project narrow does not allow the namespaced kind Secret"),
        ("forbidden-object", "project narrow does not allow the namespaced kind Job.batch"),
        (
            "forbidden-object",
            (
                "project narrow does not allow the cluster-scoped kind "
                "ClusterRole.rbac.authorization.k8s.io (wide)"
            ),
        ),
        (
            "forbidden-object",
            "project narrow does not allow the namespace kube-system of cluster eu",
        ),
    ]


async def test_a_refused_component_renders_nothing(repo: GitRepo, places: Places) -> None:
    refused = NARROW.replace("name: eu", "name: us")
    repo.write({"project.yaml": PROJECT, "a.yaml": refused}).commit()
    async with await App.open(str(repo.path), places) as opened:
        (desired,) = await opened.render(["a"])
    assert desired.manifests == () and "does not allow the destination" in desired.error


async def test_a_broken_project_refuses_its_components_and_no_others(discover: Discover) -> None:
    broken = PROJECT.replace("sourceRepos: [", "sourceRepos: [3, ")
    found = await discover({"project.yaml": broken, "a.yaml": NARROW, "b.yaml": app("b")})
    assert ids(found) == ["a", "b"]
    assert messages(found) == [
        "narrow: spec.sourceRepos[0]: is a number, should be a string: put it in quotes",
        "a: no AppProject is called narrow (known: default)",
    ]


async def test_a_rule_by_address_and_a_cluster_whose_address_is_not_known(
    discover: Discover,
) -> None:
    """Argo CD knows the address from a cluster Secret, which many keep out of Git."""
    project = """
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: narrow, namespace: argocd}
spec: {sourceRepos: ['*'], destinations: [{server: 'https://eu.test', namespace: '*'}]}
"""
    found = await discover(
        {"project.yaml": project, "a.yaml": NARROW, "trunkline.yaml": "clusters: []\n"}
    )
    (said,) = messages(found)
    assert "that of eu is not known (`server` under clusters in trunkline.yaml)" in said


TEAM = """\
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: team, namespace: argocd}
spec:
  sourceRepos: ["https://git.test/*"]
  destinations: [{name: eu, namespace: shop}]
"""
OPEN = TEAM.replace("name: eu, namespace: shop", "name: '*', namespace: '*'")
WHERE = "project team does not allow the namespace argocd of cluster eu"


def of_team(name: str, path: str) -> str:
    return app(name, path=path).replace("project: default", "project: team")


@pytest.mark.parametrize("projects", ["team.yaml", "projects/team.yaml"], ids=["file", "rendered"])
async def test_who_is_restricted_renders_no_way_out(discover: Discover, projects: str) -> None:
    """Neither an Application of another project nor its own project anew: they are objects, in a
    namespace that it may not write to."""
    found = await discover(
        {
            "trunkline.yaml": CLUSTERS + "discovery: {include: [team.yaml, apps/*]}\n",
            projects: TEAM,
            "apps/team.yaml": of_team("team", "theirs"),
            "apps/deep.yaml": app("deep", path="deeper"),
            "deeper/app.yaml": app("projects", path="projects"),
            "projects/one.yaml": "",
            "theirs/app.yaml": app("evil"),
            "theirs/project.yaml": OPEN,
        }
    )
    assert ids(found) == ["deep", "projects", "team"]
    assert messages(found) == [
        f"Application.argoproj.io argocd/evil: {WHERE}",
        f"AppProject.argoproj.io argocd/team: {WHERE}",
    ]
    assert found.incomplete == "team"
    assert found.projects["team"].destinations[0].namespace == "shop"


async def test_nor_is_a_file_read_by_itself_that_it_renders(discover: Discover) -> None:
    found = await discover(
        {
            "team.yaml": TEAM,
            "apps/team.yaml": of_team("team", "theirs"),
            "theirs/app.yaml": app("evil"),
        }
    )
    assert ids(found) == ["team"]


async def test_whose_project_allows_it_renders_applications(discover: Discover) -> None:
    both = TEAM.replace("namespace: shop}", "namespace: shop}, {name: eu, namespace: argocd}")
    found = await discover(
        {
            "team.yaml": both,
            "apps/team.yaml": of_team("team", "theirs"),
            "theirs/app.yaml": of_team("other", "plain"),
        }
    )
    assert (ids(found), messages(found)) == (["other", "team"], [])


async def test_a_project_is_declared_once(discover: Discover) -> None:
    found = await discover({"a.yaml": TEAM, "theirs/b.yaml": OPEN, "c.yaml": of_team("c", "plain")})
    assert messages(found) == [
        (
            "AppProject team is declared twice, and not the same: that of a.yaml:1 counts, this "
            "one does not"
        )
    ]
    assert found.projects["team"].destinations[0].namespace == "shop"


BOUNDS = """\
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: bounds, namespace: argocd}
spec:
  destinations: [{name: "*", namespace: "!kube-*"}]
  namespaceResourceWhitelist: [{group: "", kind: ConfigMap}]
  clusterResourceBlacklist: [{group: "", kind: Namespace}]
"""
CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm}
data:
  globalProjects: |
    - projectName: bounds
      labelSelector: {matchExpressions: [{key: tier, operator: In, values: [gold]}]}
"""
WIDE = """\
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: narrow, namespace: argocd, labels: {tier: TIER}}
spec:
  sourceRepos: ["*"]
  destinations: [{name: "*", namespace: "*"}]
  clusterResourceWhitelist: [{group: "*", kind: "*"}]
"""


@pytest.mark.parametrize("tier", ["gold", "lead"])
async def test_what_a_global_project_forbids_is_forbidden_in_all_that_it_selects(
    discover: Discover, tier: str
) -> None:
    found = await discover(
        {
            "cm.yaml": CONFIG,
            "bounds.yaml": BOUNDS,
            "narrow.yaml": WIDE.replace("TIER", tier),
            "a.yaml": NARROW.replace("namespace: shop", "namespace: kube-system"),
        }
    )
    bound = tier == "gold"
    says = "a: project narrow does not allow the destination namespace kube-system of cluster eu"
    assert messages(found) == [says][:bound]
    project, (one,) = found.projects["narrow"], found.components
    assert project.kind_allowed(Ref("", "ConfigMap", "x", "x"), True)
    assert project.kind_allowed(Ref("", "Secret", "x", "x"), True) is not bound
    assert project.kind_allowed(Ref("", "Namespace", "", "x"), False) is not bound
    veto = rules_for(one, found.projects, found.fleet).refusal
    assert bool(veto) is bound


async def test_a_global_project_may_hold_the_default_one(discover: Discover) -> None:
    """It has no labels where nobody declares it."""
    every = CONFIG.replace("operator: In, values: [gold]", "operator: DoesNotExist")
    found = await discover({"cm.yaml": every, "bounds.yaml": BOUNDS, "a.yaml": app("a")})
    assert not found.projects["default"].kind_allowed(Ref("", "Secret", "x", "x"), True)
    assert sorted((await discover({"cm.yaml": CONFIG, "b.yaml": BOUNDS})).projects) == ["bounds"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("", ""), "no AppProject is called bounds: its rules count nowhere"),
        (("projectName", "projectNam"), "each entry has a projectName and a labelSelector"),
        (("operator: In, ", ""), "bounds: None is no operator; there are In, NotIn"),
        (("    - projectName", "      projectName"), "a list is expected"),
    ],
)
async def test_a_global_project_that_cannot_count_is_told(
    discover: Discover, change: tuple[str, str], says: str
) -> None:
    found = await discover({"cm.yaml": CONFIG.replace(*change)})
    (finding,) = found.findings
    assert says in finding.message
    assert (finding.file, finding.line) == ("cm.yaml", 5)


LOCAL = "https://kubernetes.default.svc"
ANYWHERE = "{server: '*', namespace: '*'}"


@pytest.mark.parametrize(
    ("rules", "to", "says"),
    [
        (f"{{server: {LOCAL}, namespace: shop}}", f"server: {LOCAL}", ""),
        (f"{{server: {LOCAL}, namespace: shop}}", "name: in-cluster", ""),
        (f"{{server: {LOCAL}, namespace: shop}}", "name: eu", ""),
        ("{name: in-cluster, namespace: shop}", "name: eu", ""),
        (f"{{server: {LOCAL}, namespace: shop}}", "name: us", "cluster us"),
        (f"{ANYWHERE}, {{server: '!{LOCAL}', namespace: '*'}}", "name: eu", "cluster eu"),
        (f"{ANYWHERE}, {{name: '!in-cluster', namespace: '*'}}", "name: eu", "cluster eu"),
        (f"{ANYWHERE}, {{server: '!{LOCAL}', namespace: '*'}}", "name: us", ""),
    ],
)
async def test_the_meta_cluster_is_meant_by_the_names_that_argo_cd_has_for_it(
    discover: Discover, rules: str, to: str, says: str
) -> None:
    """However else it is reached: an address of the kubeconfig is no address of Argo CD's."""
    found = await discover(
        {
            "trunkline.yaml": CLUSTERS + "metaCluster: eu\n",
            "project.yaml": PROJECT.replace("{name: eu, namespace: shop}", rules),
            "a.yaml": NARROW.replace("name: eu", to),
        }
    )
    refused = f"a: project narrow does not allow the destination namespace shop of {says}"
    assert messages(found) == ([refused] if says else [])


CHARTS = app("a").replace("project: default", "project: narrow")
CHARTS = CHARTS.replace("https://git.test/config.git", "https://charts.test/stable")
REPOSITORY = """\
apiVersion: v1
kind: Secret
metadata: {name: charts, labels: {argocd.argoproj.io/secret-type: repository}}
stringData: {type: helm, project: narrow, url: "https://charts.test/stable/"}
"""


@pytest.mark.parametrize(
    ("change", "allowed"),
    [
        (("", ""), True),
        (
            (
                'stringData: {type: helm, project: narrow, url: "https://charts.test/stable/"}',
                "data: {project: bmFycm93, url: aHR0cHM6Ly9jaGFydHMudGVzdC9zdGFibGU=}",
            ),
            True,
        ),
        (("stable/", "other"), False),
        (("project: narrow", "project: wide"), False),
        (("project: narrow, ", ""), False),
        (("type: repository", "type: repo-creds"), False),
        (("https://charts.test/stable/", "*"), False),
    ],
    ids=["scoped", "base64", "other", "project", "unscoped", "credentials", "pattern"],
)
async def test_a_repository_that_is_scoped_to_a_project_is_a_source_of_it(
    discover: Discover, change: tuple[str, str], allowed: bool
) -> None:
    secret = REPOSITORY.replace(*change)
    found = await discover({"p.yaml": PROJECT, "repo.yaml": secret, "a.yaml": CHARTS})
    refused = ["a: project narrow does not allow the source https://charts.test/stable"]
    assert messages(found) == ([] if allowed else refused)


async def test_what_a_project_refuses_is_no_source_of_it_however_it_is_scoped(
    discover: Discover,
) -> None:
    project = PROJECT.replace('/*"]', '/*", "!https://charts.test/*"]')
    found = await discover({"p.yaml": project, "repo.yaml": REPOSITORY, "a.yaml": CHARTS})
    assert messages(found) == [
        "a: project narrow does not allow the source https://charts.test/stable"
    ]


@pytest.mark.parametrize(
    "asked",
    [
        "  signatureKeys: [{keyID: 4AEE18F83AFDEB23}]\n",
        "  sourceIntegrity: {git: {policies: [{repos: [{url: '*'}]}]}}\n",
    ],
)
async def test_who_asks_for_signed_commits_is_told_that_nobody_looks(
    discover: Discover, asked: str
) -> None:
    found = await discover({"p.yaml": PROJECT + asked, "a.yaml": NARROW})
    (finding,) = found.findings
    assert (finding.severity, finding.place) == (Severity.WARNING, "p.yaml:8")
    assert "signatures of commits are not verified here" in finding.message
    (quiet,) = [await discover({"p.yaml": PROJECT + "  signatureKeys: []\n", "a.yaml": NARROW})]
    assert quiet.findings == ()
