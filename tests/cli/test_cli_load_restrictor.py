"""Kustomizations that share files across their directories, as one types a plan of them."""

from __future__ import annotations

import pytest

from gitrepo import GitRepo

pytestmark = pytest.mark.usefixtures("landlock")

CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm}
data:
  kustomize.buildOptions: --enable-helm --load-restrictor LoadRestrictionsNone
"""
APP = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: NAME}
spec:
  source: {repoURL: "https://git.example.test/ours", path: apps/NAME}
  destination: {name: eu, namespace: default}
"""
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shared}\ndata: {at: 'VALUE'}\n"
HERE, THERE = MAP.replace("VALUE", "here"), MAP.replace("VALUE", "there")
SETTINGS = "clusters: [{name: eu}]\nrepository: {urls: ['https://git.example.test/ours']}\n"
NONE = f"{SETTINGS}kustomize: {{loadRestrictor: LoadRestrictionsNone}}\n"
ROOT_ONLY = f"{SETTINGS}kustomize: {{loadRestrictor: LoadRestrictionsRootOnly}}\n"


@pytest.fixture
def shared(repo: GitRepo) -> GitRepo:
    """Two kustomizations that read a file beside them, and one that has its own."""
    repo.write({"trunkline.yaml": SETTINGS, "shared/map.yaml": HERE, "apps/own/map.yaml": HERE})
    for name in ("one", "two", "own"):
        file = "map.yaml" if name == "own" else "../../shared/map.yaml"
        repo.write({f"argo/{name}.yaml": APP.replace("NAME", name)})
        repo.write({f"apps/{name}/kustomization.yaml": f"resources: [{file}]\n"})
    repo.commit("the base")
    return repo


@pytest.mark.parametrize("said", [{"argo/cm.yaml": CONFIG}, {"trunkline.yaml": NONE}])
def test_a_file_that_kustomizations_share_changes_all_of_them(
    typed, shared: GitRepo, said: dict[str, str]
) -> None:
    shared.write(said).commit()
    shared.write({"shared/map.yaml": THERE}).commit()
    plan = typed("plan", "HEAD~1..HEAD", "--output", "json")
    assert (plan.code, plan.json["findings"]) == (0, [])
    assert {one["id"] for one in plan.json["components"]} == {"one", "two"}


@pytest.mark.parametrize(
    "said", [{}, {"argo/cm.yaml": CONFIG, "trunkline.yaml": ROOT_ONLY}], ids=["nobody", "settings"]
)
def test_where_nobody_allows_it_it_is_refused_with_a_remedy(
    typed, shared: GitRepo, said: dict[str, str]
) -> None:
    """The settings win over the ConfigMap."""
    shared.write(said).commit()
    render = typed("render", "one")
    assert render.code == 1
    assert "is not in or below" in render.err
    assert "loadRestrictor: LoadRestrictionsNone in trunkline.yaml" in render.err
    assert typed("render", "own").code == 0


def test_a_commit_that_allows_it_is_planned_by_its_own_word(typed, shared: GitRepo) -> None:
    shared.write({"argo/cm.yaml": CONFIG}).commit()
    plan = typed("plan", "HEAD~1..HEAD")
    assert plan.code == 0
    assert "+ ConfigMap default/shared  the base commit cannot be rendered" in plan.out
    assert "2 create: 2 components" in plan.out


def test_what_of_the_options_does_not_count_is_told(typed, shared: GitRepo) -> None:
    shared.write({"argo/cm.yaml": f"{CONFIG}    --enable-exec\n"}).commit()
    said = typed("components").err
    assert "kustomize.buildOptions: --enable-exec: does not count" in said
    assert "argo/cm.yaml:5" in said
