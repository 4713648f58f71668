"""Each verb without any cluster: its fixed forms, its exit codes, its words for bad input."""

from __future__ import annotations

import re

import jsonschema
import pytest
import yaml

from gitrepo import GitRepo
from kube_objects import config_map, deployment, job, stream
from trunkline.cli.main import VERBS

APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, namespace: argocd}
spec:
  project: default
  source: {repoURL: https://git.example.test/config.git, path: web}
  destination: {name: eu, namespace: shop}
"""
SETTINGS = "clusters:\n  - name: eu\n    server: https://eu.example.test\n"


@pytest.fixture
def shop(repo: GitRepo) -> GitRepo:
    """One Application with two objects, for a cluster that no test asks."""
    repo.write(
        {
            "trunkline.yaml": SETTINGS,
            "apps/web.yaml": APPLICATION,
            "web/all.yaml": stream(deployment("web"), config_map("settings")),
        }
    ).commit("begin")
    return repo


def test_components_have_their_fixed_form(typed, shop) -> None:
    said = typed("components", "--output", "json")
    assert said.code == 0, said.err
    (row,) = said.json
    assert {key: row[key] for key in list(row)[:9]} == {
        "id": "web",
        "kind": "Application",
        "name": "web",
        "namespace": "shop",
        "project": "default",
        "cluster": "eu",
        "source": "web",
        "revision": "",
        "parent": "",
    }
    assert "web" in typed("components").out


def test_render_writes_a_file_for_a_name_at_its_limit(typed, shop, tmp_path) -> None:
    long, other = "l" * 252 + "a", "l" * 252 + "b"
    shop.write({"web/all.yaml": stream(config_map(long), config_map(other))}).commit("long")
    assert typed("render", "--to", str(tmp_path / "out")).code == 0
    files = sorted((tmp_path / "out" / "eu" / "web").iterdir())
    names = [yaml.safe_load(one.read_text())["metadata"]["name"] for one in files]
    assert sorted(names) == [long, other]


def test_render_writes_a_file_for_each_of_those_that_would_be_called_alike(
    typed, shop, tmp_path
) -> None:
    """Hooks have no name until they run; and hyphens part words as well as namespaces."""
    hooks = [job("", hook="PreSync"), job("", hook="PostSync")]
    for one in hooks:
        one["metadata"] = {**one["metadata"], "generateName": "migrate-", "name": None}
    maps = [config_map("b-c"), config_map("c")]
    for one, namespace in zip(maps, ("a", "a-b"), strict=True):
        one["metadata"]["namespace"] = namespace
    shop.write({"web/all.yaml": stream(*hooks, *maps)}).commit("alike")
    assert typed("render", "--to", str(tmp_path / "out")).code == 0
    assert sorted(one.name for one in (tmp_path / "out" / "eu" / "web").iterdir()) == [
        "configmap-a-b-c-2.yaml",
        "configmap-a-b-c.yaml",
        "job.batch-shop-migrate-2.yaml",
        "job.batch-shop-migrate.yaml",
    ]


def test_a_repository_that_declares_nothing_is_told_what_is_missing(typed, repo) -> None:
    repo.write({"chart/templates/app.yaml": APPLICATION, "chart/Chart.yaml": "name: c\n"}).commit()
    said = typed("components")
    assert said.code == 0 and said.out == ""
    assert "no Application" in said.err and "commit an Application that names it" in said.err
    assert typed("components", "--output", "json").json == []


APPLICATIONSET = """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: apps, namespace: argocd}
spec:
  generators: [{git: {repoURL: "https://git.test/none.git", revision: HEAD, directories: []}}]
  template: {metadata: {name: x}, spec: {project: default, destination: {}, source: {}}}
"""


def test_what_is_declared_and_gives_nothing_is_not_called_nothing(typed, repo) -> None:
    repo.write({"apps.yaml": APPLICATIONSET}).commit()
    said = typed("components")
    assert "apps.yaml" in said.err
    assert "nothing is declared" not in said.err


def test_a_repository_of_infrastructure_alone_is_told_where_it_is_listed(typed, repo) -> None:
    repo.write({"net/main.tf": 'terraform {\n  backend "s3" {}\n}\n'}).commit()
    said = typed("components").err
    assert "no Application" in said and "its 1 unit is listed by trunkline infra units" in said


def test_render_prints_a_stream_or_writes_files(typed, shop, tmp_path) -> None:
    said = typed("render", "web")
    kinds = [one["kind"] for one in yaml.safe_load_all(said.out)]
    assert (said.code, sorted(kinds)) == (0, ["ConfigMap", "Deployment"]), said.err
    assert typed("render", "--to", str(tmp_path / "out")).code == 0
    files = sorted(str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*.yaml"))
    assert files == ["eu/web/configmap-shop-settings.yaml", "eu/web/deployment.apps-shop-web.yaml"]


def test_a_plan_of_commits_has_its_fixed_form_and_exit_codes(typed, shop) -> None:
    assert typed("plan", "HEAD..HEAD", "--exit-code").code == 0
    shop.write({"web/all.yaml": stream(deployment("web", replicas=3), config_map("more"))})
    head = shop.commit("grow")
    said = typed("plan", "HEAD~1..HEAD", "--output", "json", "--exit-code")
    assert said.code == 2, said.err
    plan = said.json
    assert set(plan) >= {"base", "head", "components", "findings", "summary"}
    jsonschema.validate(plan, typed("schema", "plan").json)
    assert plan["head"] == head
    (component,) = plan["components"]
    changes = component["changes"]
    assert (component["id"], component["cluster"]) == ("web", "eu")
    assert [
        (one["ref"]["kind"], one["ref"]["name"], one["action"]) for one in component["changes"]
    ] == [
        ("ConfigMap", "more", "create"),
        ("ConfigMap", "settings", "delete"),
        ("Deployment", "web", "update"),
    ]
    assert "replicas: 3" in changes[2]["diff"]
    text = typed("plan", "HEAD~1..HEAD").out
    assert "web" in text and "replicas" in text
    assert "<details>" in typed("plan", "HEAD~1..HEAD", "--output", "markdown").out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("plan", "nowhere..HEAD"), "no commit is called 'nowhere'"),
        (("plan", "HEAD"), "is no range of commits"),
        (("render", "wbe"), "did you mean web?"),
        (("status", "moon"), "trunkline components lists them"),
        (("render", "--revision", "nope"), "no commit is called 'nope'"),
        (("components", "--repo", "/nowhere"), "no Git repository here"),
        (("sync", "--resource", "ConfigMap:nope"), "no component renders such an object"),
        (("sync", "--cluster", "moon"), "no cluster is called 'moon'"),
        (("runs", "never"), "no run begins with 'never'"),
        (("health", "missing.yaml"), "missing.yaml: No such file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_a_user_gets_wrong_is_said_without_a_traceback(typed, shop, words, says) -> None:
    said = typed(*words)
    assert said.code == 1
    assert says in said.err
    assert "Traceback" not in said.err + said.out


def test_bad_settings_name_file_line_and_key(typed, shop) -> None:
    shop.write({"trunkline.yaml": "clusters:\n  - name: eu\n    sever: https://x\n"}).commit()
    said = typed("components")
    assert said.code == 1
    assert "trunkline.yaml:3" in said.err and "sever" in said.err


def test_a_broken_file_hides_nothing_else(typed, shop) -> None:
    shop.write({"apps/broken.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: [Application\n"})
    shop.commit()
    said = typed("components", "--output", "json")
    assert [one["id"] for one in said.json] == ["web"]
    assert "apps/broken.yaml" in said.err


def test_health_keeps_the_order_of_its_input(typed, repo) -> None:
    live = {**deployment("web"), "status": {}}
    live["metadata"]["generation"] = 2
    said = typed("health", "-", "--output", "json", stdin=stream(live, config_map("settings")))
    assert said.code == 0, said.err
    assert [(one["ref"]["kind"], one["status"]) for one in said.json] == [
        ("Deployment", "Progressing"),
        ("ConfigMap", "Healthy"),
    ]


@pytest.mark.parametrize("subject", ["settings", "plan", "run"])
def test_schemas_are_json_schemas(typed, repo, subject) -> None:
    jsonschema.Draft202012Validator.check_schema(typed("schema", subject).json)


def test_init_writes_settings_that_load(typed, shop) -> None:
    shop.remove("trunkline.yaml").commit()
    assert typed("init").code == 0
    assert "there already" in typed("init").err
    shop.commit("settings")
    (row,) = typed("components", "--output", "json").json
    assert row["cluster"] == "eu"


def test_what_a_cluster_that_is_down_has_is_not_known(typed, shop, tmp_path) -> None:
    said = typed("status", "--kubeconfig", str(tmp_path / "kubeconfig"))
    assert "for there is no" in said.err
    assert said.code == 1
    last = said.out.splitlines()[-1]
    assert last.startswith("0 of 1 are equal to ") and last.endswith("; of 1 that is not known")


def test_a_plan_tells_of_a_cluster_that_is_down_once(typed, shop, tmp_path) -> None:
    down = "for there is no"
    said = typed("plan", "--kubeconfig", str(tmp_path / "kubeconfig"))
    assert (said.code, said.out.count(down), said.err.count(down)) == (1, 1, 0)
    # Who puts it into a file is told on the way.
    written = typed("plan", "--output", "html", "--kubeconfig", str(tmp_path / "kubeconfig"))
    assert (written.code, written.err.count(down)) == (1, 1)


def test_a_plan_tells_of_a_cluster_to_which_nothing_goes_any_more(typed, shop, tmp_path) -> None:
    second = "  - name: us\n    server: https://us.example.test\n"
    shop.write({"trunkline.yaml": SETTINGS + second}).commit("a second cluster")
    said = typed("plan", "--kubeconfig", str(tmp_path / "kubeconfig")).out
    assert [said.count(f"no context '{one}'") for one in ("eu", "us")] == [1, 1]


def test_init_writes_nothing_into_a_bare_repository(typed, shop, tmp_path) -> None:
    bare = tmp_path / "bare"
    shop.git("clone", "--quiet", "--bare", str(shop.path), str(bare))
    said = typed("init", "--force", "--repo", str(bare))
    assert said.code == 1
    assert "has no files: it is a bare repository" in said.err
    assert not (bare / "trunkline.yaml").exists()


@pytest.mark.parametrize("words", [["--version"], ["-V"], ["version"]])
def test_the_version_is_told_however_it_is_asked_for(typed, repo, words) -> None:
    said = typed(*words)
    assert said.code == 0
    assert said.out.startswith("trunkline ")


def test_help_names_the_exit_codes(typed, repo) -> None:
    assert "Exit codes: 0 all is well;" in typed("--help").out


def test_help_is_broken_into_lines_by_the_terminal(typed, repo, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = typed("infra", "apply", "--help").out
    assert " waits for an Application is held until a sync has made that well; the rest" in said


def test_version_names_the_parts(typed, repo) -> None:
    assert typed("version", "--output", "json").json["trunkline"]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(typed, repo, verb) -> None:
    said = typed(verb, "--help")
    assert said.code == 0
    assert re.search(rf"Example: .*trunkline {verb}|trunkline {verb}", said.out)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_prints_json(typed, repo, verb) -> None:
    assert "--output" in typed(verb, "--help").out
