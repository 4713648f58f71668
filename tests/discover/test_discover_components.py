"""Discovery of whole repositories: files go in, components and findings come out."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import yaml

from gitrepo import GitRepo
from trunkline.app import App, Places
from trunkline.engine.discover import Discovered

Discover = Callable[..., Awaitable[Discovered]]

CLUSTERS = """\
clusters:
  - {name: eu, server: https://eu.test, labels: {region: eu, tier: gold}}
  - {name: us, server: https://us.test, labels: {region: us, tier: gold}}
  - {name: lab, server: https://lab.test, labels: {region: eu, tier: lab}}
"""

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n"


def app(name: str, path: str = "plain", cluster: str = "eu", more: str = "") -> str:
    return f"""\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd}}
spec:
  project: default
  source: {{repoURL: https://git.test/config.git, path: {path}}}
  destination: {{name: {cluster}, namespace: shop}}
{more}"""


def application_set(generators: str, name: str, go: bool = True, spec: str = "") -> str:
    """`generators` and `spec` are indented by four."""
    return f"""\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {{name: set, namespace: argocd}}
spec:
  goTemplate: {str(go).lower()}
{spec}
  generators:
{generators}
  template:
    metadata: {{name: '{name}'}}
    spec:
      project: default
      source: {{repoURL: https://git.test/config.git, path: plain}}
      destination: {{name: eu, namespace: shop}}
"""


@pytest.fixture
async def discover(tmp_path: Path) -> AsyncIterator[Discover]:
    repo = GitRepo(tmp_path / "repo")

    async def look(files: dict[str, str]) -> Discovered:
        repo.write({"trunkline.yaml": CLUSTERS, "plain/one.yaml": MAP, **files}).commit()
        places = Places(tmp_path / "cache", str(tmp_path / "store.db"), "/nowhere")
        async with await App.open(str(repo.path), places) as opened:
            return (await opened.scene()).discovered

    yield look


def ids(found: Discovered) -> list[str]:
    return [one.id for one in found.components]


def rules(found: Discovered) -> list[tuple[str, str, int]]:
    return [(one.rule, one.component or one.file, one.line) for one in found.findings]


async def test_applications_are_found_wherever_they_lie(discover: Discover) -> None:
    found = await discover(
        {
            "deep/down/a.yml": f"# a comment\n---\n{app('a')}---\n{app('b')}",
            "c.json": json.dumps(yaml.safe_load(app("c", cluster="us"))),
            "list.yaml": "apiVersion: v1\nkind: List\nitems:\n  - "
            + app("d").replace("\n", "\n    "),
            "other.yaml": app("elsewhere").replace("namespace: argocd", "namespace: team"),
        }
    )
    assert ids(found) == ["a", "b", "c", "d", "team/elsewhere"]
    assert found.components[1].origin.line == 10
    assert rules(found) == []


async def test_charts_templates_and_patches_are_no_declarations(discover: Discover) -> None:
    found = await discover(
        {
            "chart/Chart.yaml": "apiVersion: v2\nname: chart\nversion: 1.0.0\n",
            "chart/templates/app.yaml": app("{{ .Values.name }}") + "{{ if }}",
            "kust/kustomization.yaml": "resources: [base.yaml]\npatches: [{path: patch.yaml}]\n",
            "kust/base.yaml": app("base"),
            "kust/patch.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: Application\n"
            "metadata: {name: base}\nspec: {project: other}\n",
        }
    )
    assert ids(found) == ["base"]
    assert found.findings == ()


async def test_what_is_broken_is_a_finding_and_hides_nothing(discover: Discover) -> None:
    found = await discover(
        {
            "good.yaml": app("good"),
            "broken.yaml": f"{app('first')}---\nkind: [Application # argoproj.io/v1alpha1",
            "wrong.yaml": app("wrong").replace("path: plain", "path: 3"),
            "nowhere.yaml": app("nowhere", cluster="moon"),
            "lost.yaml": app("lost", path="no/such/path"),
            "out.yaml": app("out", path="../../etc"),
            "project.yaml": app("orphan").replace("project: default", "project: none"),
        }
    )
    assert ids(found) == ["first", "good", "lost", "nowhere", "orphan", "out"]
    assert sorted(set(rules(found))) == [
        ("bad-application", "wrong", 6),
        ("bad-path", "out", 1),
        ("broken-yaml", "broken.yaml", 10),
        ("forbidden", "orphan", 1),
        ("unknown-cluster", "nowhere", 1),
        ("unknown-path", "lost", 1),
    ]
    assert found.incomplete


LIST = """\
    - list:
        elements:
          - {name: one, size: 3}
          - {name: two, size: 1}
"""
GIT_DIRECTORIES = """\
    - git:
        repoURL: https://git.test/config.git
        revision: HEAD
        directories:
          - {path: teams/*}
          - {path: teams/old, exclude: true}
"""
GIT_FILES = """\
    - git:
        repoURL: https://git.test/config.git
        revision: HEAD
        files: [{path: "teams/**/config.yaml"}]
"""
GOLD = """\
    - clusters: {selector: {matchLabels: {tier: gold}}}
"""
MATRIX = """\
    - matrix:
        generators:
          - clusters: {selector: {matchLabels: {tier: gold}}}
          - git:
              repoURL: https://git.test/config.git
              revision: HEAD
              directories:
                - {path: teams/*}
                - {path: teams/old, exclude: true}
"""
MERGE = """\
    - merge:
        mergeKeys: [name]
        generators:
          - clusters: {values: {size: small}}
          - list: {elements: [{name: us, values: {size: large}}]}
"""
SELECTED = """\
    - clusters: {}
      selector: {matchExpressions: [{key: metadata.labels.region, operator: In, values: [us]}]}
"""

FILES = ["blue-blue", "navy-blue", "red-red"]
TEAMS = {
    "teams/red/config.yaml": "team: {name: red, size: 2}\n",
    "teams/blue/config.yaml": "- {team: {name: blue}}\n- {team: {name: navy}}\n",
    "teams/old/readme.md": "gone\n",
}


@pytest.mark.parametrize(
    ("generators", "name", "go", "expected"),
    [
        (LIST, "app-{{.name}}-{{.size}}", True, ["app-one-3", "app-two-1"]),
        (LIST, "app-{{name}}-{{ size }}", False, ["app-one-3", "app-two-1"]),
        (GOLD, "{{.name}}-{{.metadata.labels.region}}", True, ["eu-eu", "us-us"]),
        (GOLD, "{{name}}-{{metadata.labels.region}}", False, ["eu-eu", "us-us"]),
        (GIT_DIRECTORIES, "{{.path.basename}}-{{index .path.segments 0}}", True, None),
        (GIT_DIRECTORIES, "{{path.basename}}-{{path[0]}}", False, None),
        (
            GIT_FILES,
            "{{.team.name}}-{{.path.basename}}",
            True,
            FILES,
        ),
        (
            GIT_FILES,
            "{{team.name}}-{{path.basename}}",
            False,
            FILES,
        ),
        (
            MATRIX,
            "{{.name}}-{{.path.basename}}",
            True,
            ["eu-blue", "eu-red", "us-blue", "us-red"],
        ),
        (MERGE, "{{.name}}-{{.values.size}}", True, ["eu-small", "lab-small", "us-large"]),
        (SELECTED, "{{.name}}", True, ["us"]),
        (LIST, "{{ .name | upper | normalize }}", True, ["one", "two"]),
        (LIST, '{{ printf "%s_X" .name | slugify }}', True, ["one_x", "two_x"]),
    ],
    ids=[
        "list",
        "list, old",
        "clusters",
        "clusters, old",
        "directories",
        "directories, old",
        "files",
        "files, old",
        "matrix",
        "merge",
        "selector",
        "normalize",
        "slugify",
    ],
)
async def test_application_sets_generate(
    discover: Discover, generators: str, name: str, go: bool, expected: list[str] | None
) -> None:
    if "_X" in name:
        name = name.replace("_X", "-X")
        expected = ["one-x", "two-x"]
    found = await discover({**TEAMS, "set.yaml": application_set(generators, name, go)})
    assert ids(found) == (expected or ["blue-teams", "red-teams"]), found.findings
    assert found.findings == ()
    assert all("resources-finalizer" in one.finalizers[0] for one in found.components)


async def test_a_template_patch_is_laid_over_the_template(discover: Discover) -> None:
    patch = """\
  templatePatch: |
    spec:
      {{- if eq .name "two" }}
      destination: {name: us}
      {{- end }}
      syncPolicy: {automated: {prune: {{ eq .name "one" }}}}
"""
    found = await discover({"set.yaml": application_set(LIST, "{{.name}}", spec=patch)})
    assert [(one.destination.name, one.policy.prune) for one in found.components] == [
        ("eu", True),
        ("us", False),
    ]


@pytest.mark.parametrize(
    ("generators", "spec", "says"),
    [
        ("    - pullRequest: {github: {owner: a, repo: b}}", "", "asks a forge"),
        ("    - plugin: {configMapRef: {name: x}}", "", "asks a program"),
        (LIST, "  goTemplateOptions: [missingkey=error]", "a key is missing"),
        ("    - {list: {elements: []}, git: {}}", "", "a generator has exactly one kind"),
    ],
    ids=["forge", "plugin", "missing key", "two kinds"],
)
async def test_what_cannot_be_generated_is_a_finding(
    discover: Discover, generators: str, spec: str, says: str
) -> None:
    files = {"set.yaml": application_set(generators, "{{.nope}}", spec=spec), "a.yaml": app("a")}
    found = await discover(files)
    assert ids(found) == ["a"]
    (finding,) = found.findings
    assert says in finding.message and finding.file == "set.yaml"
    assert "ApplicationSet" in found.incomplete


async def test_app_of_apps_to_any_depth(discover: Discover) -> None:
    chart = "apiVersion: v2\nname: apps\nversion: 1.0.0\n"
    found = await discover(
        {
            "root.yaml": app("root", path="apps"),
            "apps/Chart.yaml": chart,
            "apps/values.yaml": "children: [a, b]\n",
            "apps/templates/children.yaml": "{{- range .Values.children }}\n---\n"
            + app("child-{{ . }}", path="leaf")
            + "{{- end }}\n",
            "leaf/leaf.yaml": app("leaf"),
        }
    )
    assert [(one.id, one.parent) for one in found.components] == [
        ("child-a", "root"),
        ("child-b", "root"),
        ("leaf", "child-a"),
        ("root", ""),
    ]
    assert found.findings == ()


async def test_a_root_that_manages_itself_is_no_cycle(discover: Discover) -> None:
    found = await discover({"apps/root.yaml": app("root", path="apps"), "apps/a.yaml": app("a")})
    assert [(one.id, one.parent) for one in found.components] == [("a", "root"), ("root", "")]
    assert found.findings == ()


async def test_a_cycle_names_its_path(discover: Discover) -> None:
    found = await discover(
        {
            "start.yaml": app("a", path="one"),
            "one/b.yaml": app("b", path="two"),
            "two/a.yaml": app("a", path="one"),
        }
    )
    assert ids(found) == ["a", "b"]
    (finding,) = found.findings
    assert finding.rule == "cyclic-applications"
    assert "a → b → a" in finding.message or "b → a → b" in finding.message


PROJECT = """\
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: narrow, namespace: argocd}
spec:
  sourceRepos: ["https://git.test/*"]
  destinations: [{name: eu, namespace: shop}]
  namespaceResourceBlacklist: [{group: "", kind: Secret}]
"""


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("", ""), ""),
        (("https://git.test/config.git", "https://evil.test/x.git"), "does not allow the source"),
        (("namespace: shop", "namespace: kube-system"), "does not allow the destination"),
        (("name: eu", "name: us"), "does not allow the destination"),
    ],
    ids=["allowed", "source", "namespace", "cluster"],
)
async def test_projects_restrict(discover: Discover, change: tuple[str, str], says: str) -> None:
    text = app("a").replace("project: default", "project: narrow").replace(*change)
    found = await discover({"project.yaml": PROJECT, "a.yaml": text})
    messages = [one.message for one in found.findings]
    assert (says in messages[0]) if says else messages == []


async def test_cluster_secrets_are_clusters(discover: Discover) -> None:
    found = await discover(
        {
            "ap.yaml": "apiVersion: v1\nkind: Secret\nmetadata:\n  name: ap\n  namespace: argocd\n"
            "  labels: {argocd.argoproj.io/secret-type: cluster, region: ap}\n"
            "stringData:\n  name: ap\n  server: https://ap.test\n"
            '  config: \'{"bearerToken":"s3cret"}\'\n',
            "a.yaml": app("a", cluster="ap"),
        }
    )
    assert [one.name for one in found.fleet.clusters] == ["ap", "eu", "lab", "us"]
    assert found.findings == ()
    assert "s3cret" not in repr(found.fleet)
