"""Which files declare something, and what becomes of those that cannot be read."""

from __future__ import annotations

import json

import pytest
import yaml

from discover.conftest import Discover
from discover.declare import CHART, CLUSTERS, app, ids, messages, rules
from gitrepo import GitRepo


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
    assert (found.components[1].origin.file, found.components[1].origin.line) == (
        "deep/down/a.yml",
        10,
    )
    assert rules(found) == []


async def test_charts_templates_and_patches_are_no_declarations(discover: Discover) -> None:
    found = await discover(
        {
            "chart/Chart.yaml": CHART,
            "chart/templates/app.yaml": app("{{ .Values.name }}") + "{{ if }}",
            "kust/kustomization.yaml": "resources: [base.yaml]\npatches: [{path: patch.yaml}]\n",
            "kust/base.yaml": app("base"),
            "kust/patch.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: Application\n"
            "metadata: {name: base}\nspec: {project: other}\n",
        }
    )
    assert ids(found) == ["base"]
    assert messages(found) == []


BROKEN = {
    "broken YAML after a good document": (
        f"{app('first')}---\nkind: [Application # argoproj.io/v1alpha1",
        ["first"],
        [("broken-yaml", "x.yaml", 10)],
    ),
    "templates outside of a chart": (
        app("{{ .Values.name }}") + "{{- if .Values.on }}\n",
        [],
        [("broken-yaml", "x.yaml", 9)],
    ),
    "no UTF-8": (app("a").encode() + b"\xff", [], [("broken-yaml", "x.yaml", 1)]),
    "an anchor that holds itself": (
        app("a", spec="info: &a [*a]\n"),
        [],
        [("broken-yaml", "x.yaml", 8)],
    ),
    "a field of another type": (
        app("a").replace("path: plain", "path: 3"),
        [],
        [("bad-application", "a", 6)],
    ),
    "an Application without a name": (
        app("a").replace("name: a, ", ""),
        [],
        [("bad-application", "x.yaml", 3)],
    ),
    "nothing but a kind": (
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\n",
        [],
        [("bad-application", "x.yaml", 1), ("bad-application", "x.yaml", 1)],
    ),
    "an unknown kind of the group": (
        app("a").replace("kind: Application", "kind: Workflow # no Application"),
        [],
        [],
    ),
    "maps and lists where names belong": (
        app("a").replace("kind: Application", "kind: {Application: a}")
        + "---\napiVersion: v1\nkind: Secret\nmetadata: argocd.argoproj.io/secret-type\n",
        [],
        [],
    ),
    "an unknown cluster": (app("a", cluster="moon"), ["a"], [("unknown-cluster", "a", 1)]),
    "an unknown project": (
        app("a").replace("project: default", "project: none"),
        ["a"],
        [("forbidden", "a", 1)],
    ),
    "an unknown path": (app("a", path="no/such"), ["a"], [("unknown-path", "a", 1)]),
    "a path out of the repository": (app("a", path="../../etc"), ["a"], [("bad-path", "a", 1)]),
}


@pytest.mark.parametrize(("text", "there", "said"), BROKEN.values(), ids=BROKEN.keys())
async def test_what_is_broken_is_a_finding_on_itself_alone(
    discover: Discover, text: str, there: list[str], said: list[tuple[str, str, int]]
) -> None:
    found = await discover({"good.yaml": app("good"), "x.yaml": text})
    assert ids(found) == sorted([*there, "good"])
    assert rules(found) == said


async def test_a_file_that_cannot_be_read_whole_is_a_doubt(discover: Discover) -> None:
    found = await discover({"x.yaml": app("a") + "---\n[ # argoproj.io/v1alpha1 Application"})
    assert found.incomplete == "x.yaml:10"
    assert (await discover({"x.yaml": app("a")})).incomplete == ""


async def test_a_huge_file_is_told_of_and_not_parsed(discover: Discover) -> None:
    huge = app("a") + "# " + "x" * 11 * 2**20
    found = await discover({"x.yaml": huge, "good.yaml": app("good")})
    assert ids(found) == ["good"]
    assert messages(found) == ["it is larger than 10 MiB and was not read"]


async def test_links_are_not_followed_twice_nor_out(discover: Discover, repo: GitRepo) -> None:
    repo.link("again.yaml", "a.yaml").link("out.yaml", "/etc/passwd").link("loop.yaml", "loop.yaml")
    found = await discover({"a.yaml": app("a")})
    assert ids(found) == ["a"]
    assert messages(found) == []


async def test_settings_say_where_to_look(discover: Discover) -> None:
    found = await discover(
        {
            "trunkline.yaml": CLUSTERS
            + "discovery: {include: [apps, 'more/*.yaml'], exclude: ['apps/**/old']}\n",
            "apps/x/a.yaml": app("a"),
            "apps/x/old/b.yaml": app("b"),
            "more/c.yaml": app("c"),
            "more/below/d.yaml": app("d"),
            "e.yaml": app("e"),
        }
    )
    assert ids(found) == ["a", "c"]


async def test_what_is_declared_twice_differently_is_told_of(discover: Discover) -> None:
    found = await discover(
        {"a.yaml": app("x"), "b.yaml": app("x"), "c.yaml": app("x", cluster="us")}
    )
    assert [one.destination.name for one in found.components] == ["eu"]
    assert [one.place for one in found.findings] == ["c.yaml:1"]
    assert messages(found) == [
        "x is declared twice, and not the same: that of a.yaml:1 is used, this one is not"
    ]


async def test_one_that_is_to_be_skipped_is_no_component_and_not_gone(discover: Discover) -> None:
    skipped = app("a").replace(
        "namespace: argocd",
        "namespace: argocd, annotations: {argocd.argoproj.io/skip-reconcile: 'true'}",
    )
    found = await discover({"a.yaml": skipped, "b.yaml": app("b")})
    assert ids(found) == ["b"]
    assert found.skipped == {"a"} and found.incomplete == ""
