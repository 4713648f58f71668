"""Applications and generators that read other Git repositories."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gitrepo import GitRepo
from sources.gitserved import GitServer
from sources.served import PASSWORD, USER
from sources.test_sources_render import SETTINGS, URL, application
from trunkline.app.clusters import App
from trunkline.app.places import Places
from trunkline.core.desired import Desired

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: theirs}\ndata: {size: small}\n"
TEMPLATE = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: mine}
data: {size: "{{ .Values.size }}"}
"""


@pytest.fixture
def theirs(tmp_path: Path) -> GitRepo:
    files = {"plain/map.yaml": MAP, "env/eu.yaml": "size: large\n", "env/us.yaml": "size: tiny\n"}
    repo = GitRepo(tmp_path / "srv" / "team.git").write(files)
    repo.commit()
    return repo


@pytest.fixture
async def served(tmp_path: Path, theirs: GitRepo) -> AsyncIterator[GitServer]:
    server = GitServer(folder=tmp_path / "srv")
    async with server.running():
        yield server


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return GitRepo(tmp_path / "repo").write({"trunkline.yaml": SETTINGS})


@pytest.fixture
def places(tmp_path: Path, served: GitServer) -> Places:
    file = tmp_path / "sources.yaml"
    login = f"username: {USER}, password: {PASSWORD}"
    file.write_text(f"credentials: [{{url: '{served.url}', {login}}}]")
    served.locked = True
    return Places(tmp_path / "cache", str(tmp_path / "store.db"), "/nowhere", file)


@asynccontextmanager
async def opened(repo: GitRepo, places: Places) -> AsyncIterator[App]:
    async with await App.open(str(repo.path), places) as app:
        yield app


def sizes(found: list[Desired]) -> list[str]:
    assert [one.error for one in found if one.error] == []
    return [manifest["data"]["size"] for one in found for manifest in one.manifests]


async def test_a_directory_of_another_repository(
    repo: GitRepo, places: Places, served: GitServer
) -> None:
    repo.write({"a.yaml": application(f"{{repoURL: '{served.url}/team.git', path: plain}}")})
    repo.commit()
    async with opened(repo, places) as app:
        assert sizes(await app.render(())) == ["small"]


async def test_values_of_another_repository(
    repo: GitRepo, places: Places, served: GitServer
) -> None:
    text = application(
        f"{{repoURL: '{URL}', path: chart, helm: {{valueFiles: [$theirs/env/eu.yaml]}}}}",
        f"{{repoURL: '{served.url}/team.git', targetRevision: main, ref: theirs}}",
    )
    chart = "apiVersion: v2\nname: mine\nversion: 1.0.0\n"
    files = {"a.yaml": text, "chart/Chart.yaml": chart, "chart/templates/a.yaml": TEMPLATE}
    repo.write(files).commit()
    async with opened(repo, places) as app:
        assert sizes(await app.render(())) == ["large"]


async def test_a_generator_over_another_repository(
    repo: GitRepo, places: Places, served: GitServer
) -> None:
    text = f"""\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {{name: set, namespace: argocd}}
spec:
  goTemplate: true
  generators:
    - git: {{repoURL: '{served.url}/team.git', revision: main, files: [{{path: 'env/*.yaml'}}]}}
  template:
    metadata: {{name: '{{{{.path.filenameNormalized | trimSuffix ".yaml"}}}}'}}
    spec:
      project: default
      source: {{repoURL: '{served.url}/team.git', path: plain}}
      destination: {{name: eu, namespace: shop}}
"""
    repo.write({"set.yaml": text}).commit()
    async with opened(repo, places) as app:
        found = (await app.scene()).discovered
        assert [one.id for one in found.components] == ["eu", "us"]
        assert sizes(await app.render(())) == ["small", "small"]


async def test_one_that_is_down_is_told_and_leaves_discovery_in_doubt(
    repo: GitRepo, places: Places, served: GitServer
) -> None:
    """What is in doubt is not pruned."""
    repo.write({"a.yaml": application(f"{{repoURL: '{served.url}/gone.git', path: plain}}")})
    repo.write(
        {"b.yaml": application(f"{{repoURL: '{served.url}/team.git', path: plain}}", name="b")}
    )
    repo.commit()
    async with opened(repo, places) as app:
        down, up = await app.render(())
        found = (await app.scene()).discovered
    assert sizes([up]) == ["small"]
    assert found.incomplete == "app"
    (finding,) = down.findings
    assert (finding.component, finding.file) == ("app", "a.yaml")
    assert f"{served.url}/gone.git: no such repository is there" in finding.message
    assert finding.remedy


async def test_both_sides_of_a_plan_see_the_same_commit(
    repo: GitRepo, places: Places, served: GitServer, theirs: GitRepo
) -> None:
    base = repo.write(
        {"a.yaml": application(f"{{repoURL: '{served.url}/team.git', path: plain}}")}
    ).commit()
    async with opened(repo, places) as app:
        await app.render((), base)
        theirs.write({"plain/map.yaml": MAP.replace("small", "big")}).commit()
        head = repo.write({"README.md": "x"}).commit()
        plan = await app.plan_range(base, head)
        assert plan.components == ()
        assert sizes(await app.render((), head)) == ["small"]
        app.sources.renew()
        assert sizes(await app.render((), head)) == ["big"]


async def test_a_new_revision_in_the_file_is_a_change(
    repo: GitRepo, places: Places, served: GitServer, theirs: GitRepo
) -> None:
    theirs.git("tag", "v1")
    theirs.write({"plain/map.yaml": MAP.replace("small", "big")}).commit()
    theirs.git("tag", "v2")
    source = f"{{repoURL: '{served.url}/team.git', path: plain, targetRevision: v1}}"
    base = repo.write({"a.yaml": application(source)}).commit()
    head = repo.write({"a.yaml": application(source.replace("v1", "v2"))}).commit()
    async with opened(repo, places) as app:
        (part,) = (await app.plan_range(base, head)).components
    (change,) = part.changes
    assert "big" in str(change.as_json())
