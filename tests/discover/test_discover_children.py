"""Applications that render Applications, to any depth."""

from __future__ import annotations

import pytest

from discover.conftest import Discover
from discover.declare import CHART, app, application_set, ids, messages
from gitrepo import GitRepo
from trunkline.app.clusters import App
from trunkline.app.places import Places

CHILDREN = """\
{{- range .Values.children }}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: "{{ . }}", namespace: argocd}
spec:
  source: {repoURL: https://git.test/config.git, path: leaf}
  destination: {name: eu, namespace: shop}
{{- end }}
"""


async def test_a_chart_of_applications_to_any_depth(discover: Discover) -> None:
    found = await discover(
        {
            "root.yaml": app("root", path="apps"),
            "apps/Chart.yaml": CHART,
            "apps/values.yaml": "children: [a, b]\n",
            "apps/templates/children.yaml": CHILDREN,
            "leaf/leaf.yaml": app("leaf"),
        }
    )
    assert [(one.id, one.parent) for one in found.components] == [
        ("a", "root"),
        ("b", "root"),
        ("leaf", "a"),
        ("root", ""),
    ]
    assert messages(found) == []


async def test_forty_levels_deep(discover: Discover) -> None:
    files: dict[str, str] = {"root.yaml": app("n00", path="charts/n00")}
    for at in range(40):
        files[f"charts/n{at:02}/Chart.yaml"] = CHART
        files[f"charts/n{at:02}/templates/app.yaml"] = app(
            f"n{at + 1:02}", path=f"charts/n{at + 1:02}" if at < 39 else "plain"
        )
    found = await discover(files)
    assert [(one.id, one.parent) for one in found.components] == [
        ("n00", ""),
        *((f"n{at + 1:02}", f"n{at:02}") for at in range(40)),
    ]
    assert messages(found) == []


NEXT = """\
{{- $next := add1 .Values.at }}
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: "n{{ $next }}", namespace: argocd}
spec:
  source: {repoURL: u, path: next, helm: {valuesObject: {at: {{ $next }}}}}
  destination: {name: eu}
"""


async def test_a_chart_that_always_renders_the_next_comes_to_an_end(discover: Discover) -> None:
    found = await discover(
        {
            "first.yaml": app("n0", path="next"),
            "next/Chart.yaml": CHART,
            "next/values.yaml": "at: 0\n",
            "next/templates/app.yaml": NEXT,
        }
    )
    assert len(found.components) == 101
    assert messages(found) == [
        "Applications nest deeper than 100 levels; below that none is looked for"
    ]
    assert found.incomplete


async def test_a_chart_that_renders_ever_more_comes_to_an_end(
    discover: Discover, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trunkline.engine.discover.MOST", 20)
    each = NEXT.replace("$next := add1 .Values.at }}", "range tuple 1 2 3 }}\n---")
    each = each.replace("n{{ $next }}", "n{{ $.Values.at }}{{ . }}")
    each = each.replace("{at: {{ $next }}}", "{at: '{{ $.Values.at }}{{ . }}'}") + "{{- end }}\n"
    found = await discover(
        {
            "first.yaml": app("n0", path="next"),
            "next/Chart.yaml": CHART,
            "next/values.yaml": "at: ''\n",
            "next/templates/app.yaml": each,
        }
    )
    assert len(found.components) == 1 + 3 + 9 + 27
    assert messages(found) == [
        "there are more than 20 Applications; what more they render is not looked for"
    ]
    assert found.incomplete


async def test_children_of_one_that_is_skipped_are_there(discover: Discover) -> None:
    """Else they would seem to be gone, and be deleted."""
    skip = "namespace: argocd, annotations: {argocd.argoproj.io/skip-reconcile: 'true'}"
    found = await discover(
        {
            "root.yaml": app("root", path="apps").replace("namespace: argocd", skip),
            "apps/Chart.yaml": CHART,
            "apps/templates/a.yaml": app("a"),
        }
    )
    assert (ids(found), found.skipped) == (["a"], {"root"})


async def test_objects_inside_of_values_are_found(discover: Discover) -> None:
    inline = """\
source:
  repoURL: https://git.test/config.git
  path: raw
  helm:
    valuesObject:
      objects:
        - apiVersion: argoproj.io/v1alpha1
          kind: Application
          metadata: {name: inner}
          spec: {source: {repoURL: u, path: plain}, destination: {name: eu}}
"""
    found = await discover(
        {
            "root.yaml": app("root", spec=inline),
            "raw/Chart.yaml": CHART,
            "raw/templates/all.yaml": "{{ range .Values.objects }}\n---\n{{ toYaml . }}\n{{ end }}",
        }
    )
    assert ids(found) == ["inner", "root"]


async def test_sets_and_projects_of_a_parent_count(discover: Discover) -> None:
    project = """\
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: inner}
spec: {sourceRepos: ["*"], destinations: [{name: us, namespace: "*"}]}
"""
    generated = application_set("- list: {elements: [{name: x}]}\n").replace(
        "project: default", "project: inner"
    )
    found = await discover(
        {
            "root.yaml": app("root", path="below"),
            "below/kustomization.yaml": "resources: [all.txt]\n",
            "below/all.txt": f"{project}---\n{generated}",
        }
    )
    assert [(one.id, one.parent) for one in found.components] == [("root", ""), ("x", "root")]
    assert messages(found) == [
        "x: project inner does not allow the destination namespace shop of cluster eu"
    ]


async def test_what_a_parent_renders_wins_over_the_file(discover: Discover) -> None:
    found = await discover(
        {
            "root.yaml": app("root", path="apps"),
            "apps/kustomization.yaml": "resources: [a.yaml]\npatches: [{path: patch.yaml}]\n",
            "apps/a.yaml": app("a"),
            "apps/patch.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: Application\n"
            "metadata: {name: a, namespace: argocd}\nspec: {destination: {name: us}}\n",
        }
    )
    assert [(one.id, one.parent, one.destination.name) for one in found.components] == [
        ("a", "root", "us"),
        ("root", "", "eu"),
    ]
    assert messages(found) == []


async def test_two_parents_that_disagree_are_told_of(discover: Discover) -> None:
    found = await discover(
        {
            "p.yaml": app("p", path="one"),
            "q.yaml": app("q", path="two"),
            **{f"{name}/Chart.yaml": CHART for name in ("one", "two")},
            "one/templates/x.yaml": app("x"),
            "two/templates/x.yaml": app("x", cluster="us"),
        }
    )
    assert [(one.id, one.parent) for one in found.components] == [("p", ""), ("q", ""), ("x", "p")]
    assert messages(found) == [
        "x is declared twice, and not the same: what p renders is used, what q renders is not"
    ]


async def test_a_root_that_manages_itself_is_no_cycle(discover: Discover) -> None:
    found = await discover({"apps/root.yaml": app("root", path="apps"), "apps/a.yaml": app("a")})
    assert [(one.id, one.parent) for one in found.components] == [("a", "root"), ("root", "")]
    assert messages(found) == []


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        ({"a": "one", "b": "two"}, "a → b → a"),
        ({"a": "one", "b": "two", "c": "three"}, "a → b → c → a"),
    ],
    ids=["two", "three"],
)
async def test_a_cycle_names_its_path(discover: Discover, paths: dict[str, str], said: str) -> None:
    names = list(paths)
    files = {"start.yaml": app("a", path="one")}
    for name, after in zip(names, [*names[1:], names[0]], strict=True):
        files[f"{paths[name]}/Chart.yaml"] = CHART
        files[f"{paths[name]}/templates/next.yaml"] = app(after, path=paths[after])
    found = await discover(files)
    assert ids(found) == names
    (finding,) = found.findings
    assert finding.rule == "cyclic-applications"
    assert finding.message == f"Applications render each other in a circle: {said}"


async def test_a_parent_that_fails_hides_only_its_own_children(
    repo: GitRepo, places: Places
) -> None:
    repo.write(
        {
            "bad.yaml": app("bad", path="broken"),
            "broken/Chart.yaml": CHART,
            "broken/templates/app.yaml": app("lost") + '{{ fail "not today" }}',
            "good.yaml": app("good", path="apps"),
            "apps/Chart.yaml": CHART,
            "apps/templates/app.yaml": app("child"),
        }
    ).commit()
    async with await App.open(str(repo.path), places) as opened:
        found = (await opened.scene()).discovered
        (rendered,) = await opened.render(["bad"])
    assert ids(found) == ["bad", "child", "good"]
    (finding,) = found.findings
    assert (finding.rule, finding.component, finding.file) == (
        "unknown-children",
        "bad",
        "bad.yaml",
    )
    assert "not today" in finding.message
    assert found.incomplete == "bad"
    assert "not today" in rendered.error


async def test_a_child_that_is_broken_is_told_at_its_parent(discover: Discover) -> None:
    found = await discover(
        {
            "root.yaml": app("root", path="apps"),
            "apps/Chart.yaml": CHART,
            "apps/templates/a.yaml": app("a").replace("name: eu", "name: 3"),
            "apps/templates/b.yaml": app("b"),
        }
    )
    assert ids(found) == ["b", "root"]
    (finding,) = found.findings
    assert (finding.file, finding.line) == ("root.yaml", 1)
    assert finding.message.startswith("a: spec.destination.name: is a number")


KUSTOMIZATION = """\
resources: [../base]
patches:
  - path: patch.yaml
    target: {kind: Application, name: web}
"""
PATCH = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: ignored}
spec: {destination: {name: us}}
"""
KUSTOMIZED = {
    "base/kustomization.yaml": "resources: [web.yaml, shared.yaml]\nnameSuffix: -base\n",
    "base/web.yaml": app("web"),
    "base/shared.yaml": app("shared", path="more"),
    "more/app.yaml": app("below"),
    "eu/kustomization.yaml": KUSTOMIZATION + "nameSuffix: -eu\n",
    "eu/patch.yaml": PATCH,
}


async def test_what_a_kustomization_takes_in_is_not_read_by_itself(discover: Discover) -> None:
    """The base is nobody's Application: only what the root renders of it is."""
    found = await discover({**KUSTOMIZED, "eu/root.yaml": app("root", path="eu")})
    assert [(one.id, one.parent, one.destination.name) for one in found.components] == [
        ("below", "shared-base-eu", "eu"),
        ("root", "", "eu"),
        ("shared-base-eu", "root", "eu"),
        ("web-base-eu", "root", "us"),
    ]
    assert (messages(found), found.incomplete) == ([], "")


async def test_a_root_that_its_own_kustomization_names_stands(discover: Discover) -> None:
    found = await discover(
        {
            "apps/kustomization.yaml": "resources: [root.yaml, web.yaml]\n",
            "apps/root.yaml": app("root", path="apps"),
            "apps/web.yaml": app("web"),
        }
    )
    assert [(one.id, one.parent) for one in found.components] == [("root", ""), ("web", "root")]
    assert messages(found) == []


async def test_files_of_a_kustomization_that_nobody_renders_are_read(discover: Discover) -> None:
    base = {"base/kustomization.yaml": "resources: [w.yaml]\n", "base/w.yaml": app("w")}
    assert ids(await discover(base)) == ["w"]
