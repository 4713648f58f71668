"""Kustomizations that name directories of other Git repositories, and charts to inflate."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from gitrepo import GitRepo
from sources.gitserved import GitServer
from sources.served import ChartServer
from sources.test_sources_render import SETTINGS, URL, application
from trunkline.app.clusters import App
from trunkline.app.places import Places
from trunkline.core.desired import Desired
from trunkline.core.sources.base import BadBase, parse_base

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n"
ALLOWED = f"{SETTINGS}kustomize: {{remoteBases: true}}\n"

Render = Callable[..., Awaitable[Desired]]


@pytest.fixture
def theirs(tmp_path: Path) -> GitRepo:
    """Two repositories: the bases of one name the other, and a directory beside them."""
    GitRepo(tmp_path / "srv/deep.git").write(
        {"kustomization.yaml": "resources: [map.yaml]\n", "map.yaml": MAP.format(name="deep")}
    ).commit()
    repo = GitRepo(tmp_path / "srv/team.git").write(
        {
            "base/kustomization.yaml": "resources: [map.yaml, ../beside]\n",
            "base/map.yaml": MAP.format(name="base"),
            "beside/kustomization.yaml": "resources: [map.yaml]\n",
            "beside/map.yaml": MAP.format(name="beside"),
            "out/kustomization.yaml": "resources: [../../../own]\n",
        }
    )
    repo.commit()
    repo.git("tag", "v1")
    return repo


@pytest.fixture
async def served(tmp_path: Path, theirs: GitRepo) -> AsyncIterator[GitServer]:
    server = GitServer(folder=tmp_path / "srv")
    async with server.running():
        nested = f"resources: ['{server.url}/deep.git']\n"
        theirs.write({"nested/kustomization.yaml": nested}).commit()
        yield server


@pytest.fixture
def render(tmp_path: Path, served: GitServer) -> Render:
    async def rendered(
        kustomization: str, *, settings: str = ALLOWED, section: str = "", sources: str = ""
    ) -> Desired:
        file = tmp_path / "sources.yaml"
        file.write_text(f"credentials: [{{url: '{served.url}'}}]\n{sources}\n")
        source = f"{{repoURL: '{URL}', path: overlay{section}}}"
        repo = GitRepo(tmp_path / "repo").write(
            {
                "trunkline.yaml": settings,
                "a.yaml": application(source),
                "own/kustomization.yaml": "resources: []\n",
                "overlay/kustomization.yaml": kustomization,
            }
        )
        repo.commit()
        places = Places(tmp_path / "cache", str(tmp_path / "store.db"), "/nowhere", file)
        async with await App.open(str(repo.path), places) as app:
            (found,) = await app.render(())
        return found

    return rendered


def names(desired: Desired) -> list[str]:
    assert desired.error == ""
    return [one["metadata"]["name"] for one in desired.manifests]


@pytest.mark.parametrize(
    ("base", "found"),
    [
        ("{url}/team.git//base?ref=v1", ["my-base", "my-beside"]),
        ("{url}/team.git/base?ref=main", ["my-base", "my-beside"]),
        ("git::{url}/team.git//nested", ["my-deep"]),
        ("{url}/deep.git", ["my-deep"]),
    ],
)
async def test_a_base_of_another_repository(
    served: GitServer, render: Render, base: str, found: list[str]
) -> None:
    text = f"namePrefix: my-\nresources: ['{base.format(url=served.url)}']\n"
    assert names(await render(text)) == found


async def test_a_file_of_objects_by_its_address(
    served: GitServer, repository: ChartServer, render: Render
) -> None:
    """As pages of releases and of raw files have them: it is no repository though `.git` is in
    its address."""
    named = [f"{repository.url}/{path}" for path in ("x.githost.test/a.yaml", "two.json?key=k1")]
    for name, path in (("one", "/x.githost.test/a.yaml"), ("two", "/two.json")):
        repository.files[path] = MAP.format(name=name).encode()
    text = f"namePrefix: my-\nresources: [{', '.join(named)}, ../own]\n"
    desired = await render(text, sources=f"hosts: ['{repository.place}']")
    assert names(desired) == ["my-one", "my-two"]
    assert repository.asked == ["/x.githost.test/a.yaml", "/two.json?key=k1"]


async def test_a_component_that_the_application_adds(served: GitServer, render: Render) -> None:
    section = f", kustomize: {{components: ['{served.url}/team.git//part']}}"
    part = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnameSuffix: -x\n"
    GitRepo(served.folder / "team.git").write({"part/kustomization.yaml": part}).commit()
    text = f"resources: ['{served.url}/deep.git']\n"
    assert names(await render(text, section=section)) == ["deep-x"]


@pytest.mark.parametrize(
    ("base", "said"),
    [
        ("{url}/team.git//none", "does not exist|no kustomization.yaml|accumulating"),
        ("{url}/none.git//base", "no such repository is there"),
        ("{url}/team.git//base?ref=none", "no branch, tag or commit is called none"),
        ("{url}/team.git//out", "leads out of its repository"),
        ("{url}/team.git//../own", "leads out of its repository|holds what no repository"),
        ("https://example.test/base.yaml", "no host of this name is found"),
        ("oci://example.test/base", "is no Git repository"),
        ("https://169.254.169.254/a/b", "it is link-local"),
    ],
)
async def test_bases_that_are_refused(
    served: GitServer, render: Render, base: str, said: str
) -> None:
    desired = await render(f"resources: ['{base.format(url=served.url)}']\n")
    assert any(one in desired.error for one in said.split("|")), desired.error


@pytest.mark.parametrize(
    ("kustomization", "said"),
    [
        ("resources: ['{url}/none.yaml?key=k1']", "{url}/none.yaml: the server answered 404"),
        ("patches: [{{path: '{url}/a.yaml'}}]", "{url}/a.yaml lies outside of this repository"),
        ("components: ['{url}/a.yaml']", "is not among resources"),
    ],
)
async def test_files_that_are_refused(
    served: GitServer, repository: ChartServer, render: Render, kustomization: str, said: str
) -> None:
    repository.files["/a.yaml"] = MAP.format(name="one").encode()
    text = kustomization.format(url=repository.url)
    desired = await render(f"{text}\n", sources=f"hosts: ['{repository.place}']")
    assert said.format(url=repository.url) in desired.error
    assert "k1" not in desired.error


async def test_only_where_the_settings_say_so(served: GitServer, render: Render) -> None:
    desired = await render(f"resources: ['{served.url}/deep.git']\n", settings=SETTINGS)
    assert "lies outside of this repository" in desired.error
    assert "kustomize.remoteBases" in desired.findings[0].remedy
    assert served.asked == []


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        (
            "github.com/org/repo/deep/base?ref=v1",
            ("https://github.com/org/repo", "deep/base", "v1"),
        ),
        ("https://github.com/org/repo//base", ("https://github.com/org/repo", "base", "")),
        ("https://a.test/x/repo.git/base?version=2", ("https://a.test/x/repo.git", "base", "2")),
        (
            "git@github.com:org/repo//base?ref=a&timeout=9s",
            ("git@github.com:org/repo", "base", "a"),
        ),
        ("git@github.com:org/repo.git", ("git@github.com:org/repo.git", "", "")),
        ("git@github.com:org/repo/base", ("git@github.com:org/repo", "base", "")),
        ("ssh://git@a.test:2222/x/y//z", ("ssh://git@a.test:2222/x/y", "z", "")),
        (
            "https://dev.azure.com/o/p/_git/repo/base",
            ("https://dev.azure.com/o/p/_git/repo", "base", ""),
        ),
        ("git::https://a.test/x/y/.", ("https://a.test/x/y", "", "")),
    ],
)
def test_spellings(name: str, parts: tuple[str, str, str]) -> None:
    found = parse_base(name)
    assert (found.url, found.path, found.revision) == parts


@pytest.mark.parametrize(
    "name", ["https://a.test/x.yaml", "oci://a.test/x", "https://a.test/x//../y"]
)
def test_what_is_no_base(name: str) -> None:
    with pytest.raises(BadBase):
        parse_base(name)


async def test_a_chart_of_a_repository_is_inflated(
    served: GitServer, repository: ChartServer, render: Render, tmp_path: Path
) -> None:
    """Fetched before, and laid where Kustomize looks for it."""
    repository.publish("db", "1.2.0")
    text = f"""\
namePrefix: my-
helmCharts:
  - {{name: db, repo: '{repository.url}', version: 1.2.0, releaseName: main, valuesFile: v.yaml}}
  - {{name: db, repo: '{repository.url}', version: ^1, releaseName: second}}
"""
    GitRepo(tmp_path / "repo").write({"overlay/v.yaml": "size: 7\n"})
    desired = await render(text, settings=SETTINGS, sources=f"hosts: ['{repository.place}']")
    assert names(desired) == ["my-main-db", "my-second-db"]
    assert [one["data"]["size"] for one in desired.manifests] == ["7", "small"]
    assert repository.asked == ["/index.yaml", "/charts/db-1.2.0.tgz"]


async def test_a_chart_that_is_nowhere(
    served: GitServer, repository: ChartServer, render: Render
) -> None:
    text = f"helmCharts: [{{name: db, repo: '{repository.url}', version: 1.2.0}}]\n"
    desired = await render(text, sources=f"hosts: ['{repository.place}']")
    assert "app: chart db 1.2.0 of" in desired.error
    assert "no such version is in its index" in desired.error
