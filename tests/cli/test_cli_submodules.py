"""Git submodules, as a user meets them: their files are files of the repository."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from gitrepo import GitRepo

BASE = {
    "base/kustomization.yaml": "resources: [map.yaml]\n",
    "base/map.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: base}\ndata: {at: one}\n",
    "values.yaml": "at: one\n",
}
CHART = {
    "chart/Chart.yaml": "{apiVersion: v2, name: shop, version: 1.0.0}\n",
    "chart/templates/map.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: chart}\ndata: {at: {{ .Values.at }}}\n"
    ),
}
DEEP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: deep}\n"
SOURCES = {
    "of the submodule": {"path": "vendor/lib/base"},
    "of one in it": {"path": "vendor/lib/deep"},
    "a kustomization that names it": {"path": "overlay"},
    "values that lie in it": {
        "path": "chart",
        "helm": {"valueFiles": ["../vendor/lib/values.yaml"]},
    },
    "all below": {"path": "vendor", "directory": {"recurse": True, "exclude": "*zation.yaml"}},
}
MADE = {
    "of the submodule": ["base"],
    "of one in it": ["deep"],
    "a kustomization that names it": ["k-base"],
    "values that lie in it": ["chart"],
    "all below": ["base", "deep"],
}

Listing = Callable[..., None]


def application(source: dict[str, object], url: str) -> str:
    return yaml.safe_dump(
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": "app", "namespace": "argocd"},
            "spec": {
                "source": {"repoURL": url, **source},
                "destination": {"name": "eu", "namespace": "shop"},
            },
        }
    )


def own(repo: GitRepo) -> str:
    """The address of the repository, beside that of the others."""
    return f"file://{repo.path.parent}/srv/config"


def add(repo: GitRepo, other: GitRepo, path: str, url: str) -> None:
    """`git submodule add`, with this address in `.gitmodules`."""
    allowed = ("-c", "protocol.file.allow=always")
    repo.git(*allowed, "submodule", "--quiet", "add", f"file://{other.path}", path)
    repo.git("config", "--file", ".gitmodules", f"submodule.{path}.url", url)


@pytest.fixture
def lib(tmp_path: Path) -> GitRepo:
    """What the submodule holds; `deep` is one of its own, beside it."""
    deep = GitRepo(tmp_path / "srv/deep").write({"deep.yaml": DEEP})
    deep.commit()
    made = GitRepo(tmp_path / "srv/lib").write(BASE)
    add(made, deep, "deep", "../deep")
    made.commit()
    return made


@pytest.fixture
def listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Listing:
    """Say in the sources file that these may be asked."""

    def write(*names: str, secret: str = "") -> None:
        urls = [f"{{url: 'file://{tmp_path}/srv/{name}'{secret}}}" for name in names]
        file = tmp_path / "sources.yaml"
        file.write_text(f"repositories: [{', '.join(urls)}]\n")
        monkeypatch.setenv("TRUNKLINE_SOURCES", str(file))

    return write


@pytest.fixture
def ours(repo: GitRepo, lib: GitRepo, listed: Listing) -> GitRepo:
    repo.write({"trunkline.yaml": f"repository: {{urls: ['{own(repo)}']}}\nclusters: [name: eu]\n"})
    repo.write({"overlay/kustomization.yaml": "{resources: [../vendor/lib/base], namePrefix: k-}"})
    repo.write({**CHART, "apps/app.yaml": application({"path": "overlay"}, own(repo))})
    add(repo, lib, "vendor/lib", "../lib")
    repo.commit()
    listed("lib", "deep")
    return repo


@pytest.mark.parametrize("where", SOURCES)
def test_its_files_are_files_of_the_repository(typed, ours: GitRepo, where: str) -> None:
    ours.write({"apps/app.yaml": application(SOURCES[where], own(ours))}).commit()
    said = typed("render", "app")
    made = [one["metadata"]["name"] for one in yaml.safe_load_all(said.out)]
    assert (said.code, made) == (0, MADE[where]), said.err
    assert typed("components").err == ""


def test_so_it_is_in_another_repository(typed, ours: GitRepo, lib: GitRepo) -> None:
    url = f"file://{lib.path}"
    ours.write({"apps/app.yaml": application({"path": "deep"}, url)}).commit()
    assert "name: deep" in typed("render", "app").out


def test_another_commit_of_it_is_a_change(typed, ours: GitRepo, lib: GitRepo) -> None:
    lib.write({"base/map.yaml": BASE["base/map.yaml"].replace("one", "two")}).commit()
    ours.git("-c", "protocol.file.allow=always", "-C", "vendor/lib", "pull", "--quiet")
    ours.commit()
    out = typed("plan", "HEAD~1..HEAD").out
    assert "~ ConfigMap shop/k-base" in out
    assert "+  at: two" in out


def test_what_is_not_asked_for_is_not_fetched(typed, ours: GitRepo, listed: Listing) -> None:
    """Argo CD fetches all submodules, and without one of them nothing of the repository."""
    listed()
    ours.write({"apps/app.yaml": application({"path": "."}, own(ours)), "map.yaml": DEEP}).commit()
    assert "name: deep" in typed("render", "app").out


@pytest.mark.parametrize("where", SOURCES)
def test_one_that_cannot_be_had_is_told(typed, ours: GitRepo, listed: Listing, where: str) -> None:
    listed(*(["lib"] if where in ("of one in it", "all below") else []))
    source = SOURCES[where]
    if "helm" in source:
        source = {**source, "helm": {**source["helm"], "ignoreMissingValueFiles": True}}
    ours.write({"apps/app.yaml": application(source, own(ours))}).commit()
    said = typed("render", "app")
    assert (said.code, said.out) == (1, "")
    assert "apps/app.yaml:1  app: the submodule " in said.err
    assert "file:// is asked only where" in said.err
    assert "add it to repositories in" in said.err


ADDRESSES = {
    "https://169.254.169.254/latest": "metadata: never asked",
    "https://10.0.0.7/inner.git": "add 10.0.0.7 to hosts",
    "http://git.example.test/plain.git": "http:// is asked only where",
    "/etc": "file:// is asked only where",
    "../" * 12 + "x.git": "its address is relative to one that is not known",
    "ext::sh -c touch% /tmp/run": "mend its url in .gitmodules",
    "-u./payload": "mend its url in .gitmodules",
}


@pytest.mark.parametrize("url", ADDRESSES)
def test_it_reaches_no_further_than_a_source(typed, ours: GitRepo, url: str) -> None:
    ours.git("config", "--file", ".gitmodules", "submodule.vendor/lib.url", url)
    ours.commit()
    said = typed("render", "app")
    assert (said.code, said.out) == (1, "")
    assert ADDRESSES[url] in said.err


def test_it_gets_the_credentials_of_the_repository_that_holds_it(
    typed, ours: GitRepo, listed: Listing
) -> None:
    """As in Argo CD: else whoever may write here could read all that this machine may."""
    secret = ", username: reader, password: not-a-real-one"
    listed("lib", secret=secret)
    said = typed("render", "app")
    assert "has credentials that" in said.err
    assert "name it as a source of its own, or give both the same credentials" in said.err
    listed("lib", "config", secret=secret)
    assert "name: k-base" in typed("render", "app").out


def test_it_can_be_left_unread(typed, ours: GitRepo) -> None:
    said = "repository: {urls: ['OURS'], submodules: false}\nclusters: [name: eu]\n"
    ours.write({"trunkline.yaml": said.replace("OURS", own(ours))})
    ours.write({"apps/app.yaml": application({"path": "vendor/lib/base"}, own(ours))}).commit()
    said = typed("render", "app").err
    assert "lies in the submodule vendor/lib, which is not read" in said
    assert "name the submodule's own repository" in said


def test_a_fork_gets_what_anybody_gets(typed, ours: GitRepo) -> None:
    ours.write({"overlay/kustomization.yaml": "{resources: [../vendor/lib/base]}"}).commit()
    said = typed("plan", "HEAD~1..HEAD", "--untrusted")
    assert "file:// is not asked for a change from outside" in said.out
