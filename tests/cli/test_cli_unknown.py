"""Components that neither commit of a range can render: nobody may take them for unchanged."""

from __future__ import annotations

import pytest

from cli.test_cli_plan import SETTINGS
from gitrepo import GitRepo
from kube_objects import config_map, stream

BASE = "https://git.example.test/team/base?ref=1f2e3d"

APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd}}
spec:
  project: default
  sources: [{sources}]
  destination: {{name: eu, namespace: shop}}
"""
OWN = "{{repoURL: 'https://git.example.test/config.git', {}}}"
AWAY = "{repoURL: 'https://charts.example.test', chart: cache, targetRevision: 1.2.3"


def application(name: str, *sources: str) -> str:
    return APPLICATION.format(name=name, sources=", ".join(sources))


@pytest.fixture
def shop(repo: GitRepo) -> GitRepo:
    """web stands on a base that lies elsewhere, cache is a chart of a repository that is away."""
    chart = AWAY + ", helm: {valueFiles: [$own/values/cache.yaml]}}"
    repo.write(
        {
            "trunkline.yaml": SETTINGS,
            "apps/web.yaml": application("web", OWN.format("path: web/eu")),
            "web/eu/kustomization.yaml": "resources: [../base]\n",
            "web/base/kustomization.yaml": f"resources: ['{BASE}', map.yaml]\n",
            "web/base/map.yaml": stream(config_map("settings", {"size": "1"})),
            "apps/cache.yaml": application("cache", chart, OWN.format("ref: own")),
            "values/cache.yaml": "size: 1\n",
            "apps/gone.yaml": application("gone", OWN.format("path: nowhere")),
        }
    ).commit("begin")
    return repo


def test_what_changes_of_them_is_not_known_and_that_is_said_once(typed, shop) -> None:
    shop.write({"README.md": "more"}).commit()
    said = typed("plan", "HEAD~1..HEAD")
    assert said.code == 0
    assert said.out.splitlines()[0] == (
        "‖ what changes of 3 components is not known, for neither commit can be rendered there: "
        "cache, gone, web"
    )
    assert said.out.splitlines()[1] == "  → trunkline render says why: trunkline render cache"


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("web", {"web/base/map.yaml": stream(config_map("settings", {"size": "2"}))}),
        ("web", {"web/eu/kustomization.yaml": "resources: [../base]\nnamePrefix: eu-\n"}),
        ("cache", {"values/cache.yaml": "size: 2\n"}),
    ],
    ids=["a base's file", "an overlay", "values of a chart that is away"],
)
def test_a_change_of_what_it_is_made_of_is_an_error(
    typed, shop, name: str, changed: dict[str, str]
) -> None:
    shop.write(changed).commit()
    said = typed("plan", "HEAD~1..HEAD", "-o", "json")
    assert said.code == 1
    (failed,) = said.json["components"]
    assert (failed["id"], bool(failed["error"])) == (name, True)
    (finding,) = [one for one in said.json["findings"] if one["rule"] == "not-rendered"]
    assert "of 2 components" in finding["message"]


def test_many_are_counted(typed, shop) -> None:
    for number in range(9):
        text = application(f"lost-{number}", OWN.format("path: nowhere"))
        shop.write({f"apps/lost-{number}.yaml": text})
    shop.commit("more")
    shop.write({"README.md": "more"}).commit()
    (finding,) = typed("plan", "HEAD~1..HEAD", "-o", "json").json["findings"]
    assert finding["message"].endswith("cache, gone, lost-0 and 9 more")
    assert finding["severity"] == "warning"


def test_what_many_fail_by_is_said_once_and_names_one(typed, shop) -> None:
    for place in ("us", "ap"):
        text = application(f"web-{place}", OWN.format("path: web/eu"))
        shop.write({f"apps/web-{place}.yaml": text})
    shop.commit()
    said = typed("render", "web", "web-us", "web-ap")
    assert said.code == 1
    said_of_base = f"web/base/kustomization.yaml: {BASE} lies outside of this repository"
    assert said.err.splitlines() == [
        f"! apps/web.yaml:1  web: {said_of_base}  = 2 more alike",
        "  → vendor it into the repository, or set kustomize.remoteBases in trunkline.yaml",
    ]


def test_of_what_could_not_be_rendered_nobody_can_say_how_much_stays(typed, shop) -> None:
    shop.git("rm", "-q", "apps/web.yaml")
    shop.commit()
    messages = [
        one["message"] for one in typed("plan", "HEAD~1..HEAD", "-o", "json").json["findings"]
    ]
    assert (
        "web is removed without the finalizer resources-finalizer.argocd.argoproj.io: "
        "its objects stay in eu"
    ) in messages


def test_a_project_that_nobody_committed_is_told_by_every_verb(typed, shop) -> None:
    text = application("mine", OWN.format("path: plain")).replace("default", "mine")
    shop.write({"apps/mine.yaml": text, "plain/map.yaml": stream(config_map("mine"))}).commit()
    said = typed("render", "mine")
    reason = "mine: no AppProject is called mine (known: default)"
    assert (said.code, said.err.splitlines()[0]) == (1, f"! apps/mine.yaml:1  {reason}")
    assert f"! apps/mine.yaml:1  {reason}" in typed("components").err
    shop.write({"README.md": "more"}).commit()
    (finding,) = typed("plan", "HEAD~1..HEAD", "-o", "json").json["findings"]
    assert "cache, gone, mine and 1 more" in finding["message"]


def test_what_goes_with_one_that_the_base_cannot_render_is_not_called_nothing(typed, shop) -> None:
    finalizer = "finalizers: [resources-finalizer.argocd.argoproj.io]"
    text = application("gone", OWN.format("path: nowhere"))
    shop.write(
        {"apps/gone.yaml": text.replace("namespace: argocd", f"namespace: argocd, {finalizer}")}
    )
    shop.commit()
    shop.remove("apps/gone.yaml").commit()
    said = typed("plan", "HEAD~1..HEAD")
    assert said.code == 0
    assert "gone goes with all that it has, which is not known here: " in said.out


def test_who_asks_for_one_of_a_file_that_cannot_be_read_is_told_which(typed, shop) -> None:
    broken = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: [\n"
    shop.write({"apps/lost.yaml": broken}).commit()
    said = typed("render", "lost")
    assert said.code == 1
    assert "no component is called 'lost'" in said.err
    assert "mend apps/lost.yaml:4" in said.err
