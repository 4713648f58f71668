"""Where the sources of discovered components are read from."""

from __future__ import annotations

import pytest

from discover.declare import CHART, CLUSTERS, MAP, URL, app
from gitrepo import GitRepo
from trunkline.app.clusters import App
from trunkline.app.places import Places
from trunkline.core.desired import Desired

TEMPLATE = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Values.name }}"}
"""

SEVERAL = f"""\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: a, namespace: argocd}}
spec:
  destination: {{name: eu, namespace: shop}}
  sources:
    - repoURL: {URL}
      path: chart
      helm: {{valueFiles: ["$values/env/eu.yaml"]}}
    - repoURL: {URL}
      ref: values
    - repoURL: {URL}
      path: plain
"""


async def rendered(repo: GitRepo, places: Places, *ids: str, revision: str = "") -> list[Desired]:
    async with await App.open(str(repo.path), places) as opened:
        return await opened.render(ids, revision)


def names(desired: Desired) -> list[str]:
    return [one["metadata"]["name"] for one in desired.manifests]


async def test_several_sources_with_values_of_one_another(repo: GitRepo, places: Places) -> None:
    repo.write(
        {
            "a.yaml": SEVERAL,
            "chart/Chart.yaml": CHART,
            "chart/values.yaml": "name: default\n",
            "chart/templates/map.yaml": TEMPLATE,
            "env/eu.yaml": "name: from-eu\n",
        }
    ).commit()
    (desired,) = await rendered(repo, places)
    assert (names(desired), desired.error) == (["from-eu", "one"], "")


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("https://git.test/config", True),
        ("git@git.test:config.git", True),
        ("ssh://git@GIT.test:22/config.git", True),
        ("https://other.test/config.git", False),
        ("https://git.test/other.git", False),
    ],
)
async def test_spellings_of_this_repository(
    repo: GitRepo, places: Places, url: str, own: bool
) -> None:
    settings = f"repository: {{urls: ['{URL}']}}\n{CLUSTERS}"
    repo.write({"trunkline.yaml": settings, "a.yaml": app("a").replace(URL, url)}).commit()
    (desired,) = await rendered(repo, places)
    assert names(desired) == (["one"] if own else [])
    assert ("no host of this name is found" in desired.error) is not own


@pytest.mark.parametrize("revision", ["HEAD", "main", "''"])
async def test_the_tracked_branch_is_the_commit_under_plan(
    repo: GitRepo, places: Places, revision: str
) -> None:
    """What makes the plan of a pull request right."""
    text = app("a").replace("path: plain", f"path: plain, targetRevision: {revision}")
    repo.write({"a.yaml": text}).commit()
    repo.git("checkout", "--quiet", "-b", "feature")
    head = repo.write({"plain/one.yaml": MAP.replace("one", "new")}).commit()
    (desired,) = await rendered(repo, places, revision=head)
    assert names(desired) == ["new"]


async def test_another_revision_is_read_as_it_was(repo: GitRepo, places: Places) -> None:
    repo.commit()
    repo.git("tag", "v1")
    text = app("a").replace("path: plain", "path: plain, targetRevision: v1")
    repo.write({"a.yaml": text, "plain/one.yaml": MAP.replace("one", "new")}).commit()
    (desired,) = await rendered(repo, places)
    assert names(desired) == ["one"]


@pytest.mark.parametrize(
    ("link", "target", "path", "expected"),
    [
        ("inside", "plain", "inside", ["one"]),
        ("outside", "/etc", "outside", []),
        ("above", "../..", "above", []),
        ("round", "round", "round", []),
    ],
)
async def test_links_are_followed_inside_of_the_repository_only(
    repo: GitRepo, places: Places, link: str, target: str, path: str, expected: list[str]
) -> None:
    repo.write({"a.yaml": app("a", path=path)}).link(link, target).commit()
    (desired,) = await rendered(repo, places)
    assert names(desired) == expected
    assert bool(desired.error) is not bool(expected)


async def test_an_application_that_is_to_be_skipped_is_not_planned_to_go(
    repo: GitRepo, places: Places
) -> None:
    text = app("a").replace(
        "namespace: argocd",
        "namespace: argocd, finalizers: [resources-finalizer.argocd.argoproj.io]",
    )
    base = repo.write({"a.yaml": text}).commit()
    skip = "annotations: {argocd.argoproj.io/skip-reconcile: 'true'}, namespace: argocd"
    head = repo.write({"a.yaml": text.replace("namespace: argocd", skip)}).commit()
    async with await App.open(str(repo.path), places) as opened:
        plan = await opened.plan_range(base, head)
    assert plan.components == ()
