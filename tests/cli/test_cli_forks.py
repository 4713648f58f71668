"""What a pull request of a fork gets of this machine by typing the usual commands: nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gitrepo import GitRepo
from trunkline.edge.git.program import run, way_of_stranger

KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters:
  - {name: eu, cluster: {server: "https://eu.example.test:6443"}}
  - {name: vault, cluster: {server: "https://hidden.example.test:6443"}}
contexts:
  - {name: eu, context: {cluster: eu}}
  - {name: vault, context: {cluster: vault}}
"""
SETS = """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: shop}
spec:
  generators: [{clusters: {}}]
  template:
    metadata: {name: "{{name}}-shop"}
    spec:
      source: {repoURL: "https://git.example.test/ours", path: shop}
      destination: {name: "{{name}}", namespace: default}
"""
APP = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: shop
  annotations: {ANNOTATIONS}
spec:
  source: {repoURL: "ADDRESS", path: shop}
  destination: {name: eu, namespace: default}
"""
OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shop}\ndata: {at: 'VALUE'}\n"
URLS = "repository: {urls: ['https://git.example.test/ours']}\n"
OUTSIDE = "a change from outside gets what anybody gets: no credentials, no private address"


def app(url: str = "https://git.example.test/ours", annotations: str = "") -> str:
    return APP.replace("ADDRESS", url).replace("ANNOTATIONS", annotations)


@pytest.fixture
def fork(repo: GitRepo) -> GitRepo:
    """The base of a pull request."""
    repo.write({"trunkline.yaml": URLS, "app.yaml": app()})
    repo.write({"shop/object.yaml": OBJECT.replace("VALUE", "here")})
    repo.commit("the base")
    return repo


def test_what_its_settings_say_in_vain_is_told(typed, fork: GitRepo) -> None:
    fork.write({"trunkline.yaml": URLS + "limits:\n  render:\n    memory: 65536\n"}).commit()
    said = typed("plan", "HEAD~1..HEAD", "--untrusted")
    assert said.code == 0
    assert "limits.render.memory: of a change from outside this does not count" in said.out
    assert "trunkline.yaml:4" in said.out
    assert "does not count" not in typed("plan", "HEAD~1..HEAD").out


def test_it_does_not_let_itself_fetch_remote_bases(typed, fork: GitRepo) -> None:
    fork.write({"trunkline.yaml": URLS + "kustomize: {remoteBases: true}\n"})
    bases = "resources: ['https://git.example.test/theirs//base?ref=v1']\n"
    fork.write({"shop/kustomization.yaml": bases}).commit()
    said = typed("plan", "HEAD~1..HEAD", "--untrusted")
    assert said.code == 1
    assert "kustomize.remoteBases: of a change from outside this does not count" in said.out
    assert "lies outside of this repository" in said.out


def test_it_hides_no_application_from_its_plan(typed, fork: GitRepo) -> None:
    fork.write({"trunkline.yaml": URLS + "discovery: {exclude: ['**']}\n"})
    fork.write({"shop/object.yaml": OBJECT.replace("VALUE", "there")}).commit()
    assert "there" in typed("plan", "HEAD~1..HEAD", "--untrusted").out


def test_it_gets_no_credentials(
    typed, fork: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = tmp_path / "sources.yaml"
    sources.write_text(
        "hosts: ['127.0.0.1:1']\n"
        "repositories: [{url: 'https://127.0.0.1:1/private', username: us, password: hunter22}]\n"
    )
    monkeypatch.setenv("TRUNKLINE_SOURCES", str(sources))
    fork.write({"app.yaml": app("https://127.0.0.1:1/private")}).commit()
    said = typed("plan", "HEAD~1..HEAD", "--untrusted")
    assert (said.code, OUTSIDE in said.out) == (1, True)
    assert "127.0.0.1" in said.out
    assert OUTSIDE in typed("render", "--untrusted").err


def test_it_is_asked_by_https_alone(typed, fork: GitRepo) -> None:
    fork.write({"app.yaml": app("git@git.example.test:private.git")}).commit()
    said = typed("plan", "HEAD~1..HEAD", "--untrusted")
    assert "ssh:// is not asked for a change from outside" in said.out


def test_git_takes_nothing_of_this_user_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".gitconfig").write_text('[url "https://us:hunter22@x/"]\n  insteadOf = https://x/')
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / ".gitconfig"))
    with way_of_stranger() as way:
        told = asyncio.run(run("config", "--list", way=way, seconds=60, shown="it"))
    assert b"hunter22" not in told
    assert b"credential.helper=\n" in told


def test_it_gets_no_outputs_of_units(typed, fork: GitRepo) -> None:
    fork.write({"app.yaml": app(annotations="trunkline/values-from: live/rds")}).commit()
    said = typed("plan", "HEAD~1..HEAD", "--untrusted")
    assert "outputs of units are not given to a change from outside" in said.out


def test_it_sees_no_address_that_the_base_does_not_name(
    typed, repo: GitRepo, tmp_path: Path
) -> None:
    (tmp_path / "kubeconfig").write_text(KUBECONFIG)
    shown = SETS.replace("namespace: default", "namespace: '{{server}}'")
    repo.write({"trunkline.yaml": f"{URLS}clusters: [{{name: eu}}]\n", "set.yaml": shown})
    repo.write({"shop/object.yaml": OBJECT}).commit()
    more = "clusters: [{name: eu}, {name: mine, context: vault}]\n"
    repo.write({"trunkline.yaml": URLS + more}).commit()
    kubeconfig = ("--kubeconfig", str(tmp_path / "kubeconfig"))
    said = typed("plan", "HEAD~1..HEAD", "--untrusted", "--output", "json", *kubeconfig)
    assert "hidden.example.test" not in said.out
    assert "clusters[1].context" in said.out
    assert "mine-shop" in said.out
    said = typed("components", "--untrusted", "--output", "json", *kubeconfig)
    assert "example.test:6443" not in said.out
    assert "hidden.example.test" in typed("components", "--output", "json", *kubeconfig).out


REFUSED = {
    ("plan",): "clusters are not asked",
    ("status",): "clusters are not asked",
    ("clusters",): "clusters are not asked",
    ("sync",): "clusters are not changed",
    ("sync", "--infra"): "clusters are not changed",
    ("sync", "--watch"): "clusters are not changed",
    ("infra", "apply"): "nothing is applied",
    ("infra", "resume"): "nothing is applied",
    ("infra", "drift"): "drift is not checked",
    ("infra", "drift", "--heal"): "drift is not checked",
    ("infra", "import", "net", "x.y", "1"): "nothing is imported",
    ("infra", "outputs", "net"): "outputs are not read",
    ("infra", "unlock", "net", "--state-lock", "1"): "no state is unlocked",
}


@pytest.mark.parametrize("words", REFUSED, ids=" ".join)
def test_what_acts_or_runs_its_code_is_refused(
    words: tuple[str, ...], typed, fork: GitRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = typed(*words, "--untrusted")
    assert (said.code, said.out) == (1, "")
    assert f"! {REFUSED[words]} for a change from outside: " in said.err
    assert "or --trusted, where you vouch for its commits" in said.err
    # A job that a fork's merge request started needs not be told.
    monkeypatch.setenv("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "2")
    monkeypatch.setenv("CI_MERGE_REQUEST_PROJECT_ID", "1")
    assert typed(*words).err == said.err


def test_what_runs_nothing_of_it_is_not_refused(typed, fork: GitRepo) -> None:
    assert "no outputs are known" in typed("infra", "outputs", "--untrusted").err
    assert typed("infra", "unlock", "--untrusted").code == 0
