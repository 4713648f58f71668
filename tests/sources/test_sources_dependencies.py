"""Dependencies of charts: vendored, locked, allowed, local, aliased; as Helm itself builds them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from gitrepo import GitRepo
from sources.served import ChartServer, RegistryServer, chart
from sources.test_sources_render import application
from trunkline.app.clusters import App
from trunkline.app.places import Places
from trunkline.core.desired import Desired
from trunkline.core.kinds.dependencies import digest
from trunkline.core.yaml import documents, dump, load

URL = "https://git.test/config.git"
SETTINGS = f"repository: {{urls: ['{URL}']}}\nclusters: [{{name: eu}}]\n"
SHOP = "apiVersion: v2\nname: shop\nversion: 1.0.0\n"

Render = Callable[..., Awaitable[Desired]]


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    text = application(f"{{repoURL: '{URL}', path: shop}}")
    return GitRepo(tmp_path / "repo").write({"trunkline.yaml": SETTINGS, "a.yaml": text})


@pytest.fixture
def render(repo: GitRepo, tmp_path: Path) -> Render:
    """The desired state of the application of the chart `shop`."""

    async def rendered(files: dict[str, Any], sources: str = "") -> Desired:
        file = tmp_path / "sources.yaml"
        file.write_text(sources)
        places = Places(tmp_path / "cache", str(tmp_path / "store.db"), "/nowhere", file)
        repo.write(files).commit()
        async with await App.open(str(repo.path), places) as opened:
            (found,) = await opened.render(())
        return found

    return rendered


def listed(server: ChartServer, extra: str = "") -> str:
    return f"repositories: [{{url: '{server.url}'{extra}}}]"


def depending(*dependencies: dict[str, Any]) -> dict[str, str]:
    whole = load(SHOP) | {"dependencies": list(dependencies)}
    return {"shop/Chart.yaml": dump(whole)}


def on(server: ChartServer, version: str, **more: Any) -> dict[str, Any]:
    return {"name": "db", "version": version, "repository": server.url, **more}


def locked(wanted: list[dict[str, Any]], version: str) -> str:
    found = [
        {"name": one["name"], "repository": one["repository"], "version": version} for one in wanted
    ]
    return dump({"dependencies": found, "digest": digest(wanted, found, {})})


def versions(desired: Desired) -> list[str]:
    assert desired.error == ""
    return [one["data"]["version"] for one in desired.manifests]


async def test_without_a_lock_what_chart_yaml_allows(
    repository: ChartServer, render: Render
) -> None:
    for version in ("1.0.0", "1.4.0", "2.0.0"):
        repository.publish("db", version)
    files = depending(on(repository, "^1.0.0"))
    assert versions(await render(files, listed(repository))) == ["1.4.0"]


async def test_the_lock_says_the_version(repository: ChartServer, render: Render) -> None:
    for version in ("1.0.0", "1.4.0"):
        repository.publish("db", version)
    one = on(repository, "^1.0.0")
    files = {**depending(one), "shop/Chart.lock": locked([one], "1.0.0")}
    assert versions(await render(files, listed(repository))) == ["1.0.0"]


async def test_a_lock_of_other_dependencies_is_refused(
    repository: ChartServer, render: Render
) -> None:
    repository.publish("db")
    files = depending(on(repository, "^1.0.0"))
    files["shop/Chart.lock"] = locked([on(repository, "~1.0.0")], "1.0.0")
    desired = await render(files, listed(repository))
    (finding,) = desired.findings
    assert "shop/Chart.lock is out of sync with Chart.yaml" in finding.message
    assert "helm dependency update" in finding.remedy
    assert repository.asked == []


@pytest.mark.parametrize("place", ["shop/charts/db-1.2.0.tgz", "shop/charts/any/Chart.yaml"])
async def test_what_is_vendored_is_used(
    repository: ChartServer, render: Render, place: str
) -> None:
    files: dict[str, Any] = {
        **depending(on(repository, "^1.0.0")),
        "shop/Chart.lock": "stale: true",
    }
    if place.endswith(".tgz"):
        files[place] = chart("db", "1.2.0")
    else:
        template = "apiVersion: v1\nkind: A\nmetadata: {name: a}\ndata: {version: 1.2.0}\n"
        files |= {
            place: "apiVersion: v2\nname: db\nversion: 1.2.0\n",
            "shop/charts/any/templates/a.yaml": template,
        }
    assert versions(await render(files, listed(repository))) == ["1.2.0"]
    assert repository.asked == []


async def test_aliases_conditions_and_names_of_repositories(
    repository: ChartServer, render: Render
) -> None:
    repository.publish("db", "1.0.0")
    one = {**on(repository, "1.0.0", alias="main"), "repository": "@ours"}
    two = {**on(repository, "1.x", alias="two", condition="two.wanted"), "repository": "alias:ours"}
    files = depending(one, two)
    files["shop/values.yaml"] = "main: {size: 7}\ntwo: {wanted: false}\n"
    desired = await render(files, listed(repository, ", name: ours"))
    assert [one["data"] for one in desired.manifests] == [{"version": "1.0.0", "size": "7"}]
    assert repository.asked == ["/index.yaml", "/charts/db-1.0.0.tgz"]


async def test_charts_beside_it_and_what_they_depend_on(
    repository: ChartServer, registry: RegistryServer, render: Render
) -> None:
    repository.publish("db", "1.0.0")
    registry.push("charts/cache", "2.0.0", chart("cache", "2.0.0"))
    beside = {"name": "base", "version": "0.1.0", "repository": "file://../base"}
    cache = {"name": "cache", "version": "^2", "repository": f"oci://{registry.place}/charts"}
    base = "apiVersion: v2\nname: base\nversion: 0.1.0\n"
    files = {
        **depending(beside, cache),
        "base/Chart.yaml": base + dump({"dependencies": [on(repository, "1.0.0")]}),
    }
    sources = (
        f"repositories: [{{url: '{repository.url}'}}, "
        f"{{url: '{registry.place}/charts', enableOCI: true, insecureOCIForceHttp: true}}]"
    )
    assert sorted(versions(await render(files, sources))) == ["1.0.0", "2.0.0"]


async def test_charts_of_the_first_format(repository: ChartServer, render: Render) -> None:
    for version in ("1.0.0", "1.4.0"):
        repository.publish("db", version)
    one = on(repository, "1.x")
    files = {
        "shop/Chart.yaml": "apiVersion: v1\nname: shop\nversion: 1.0.0\n",
        "shop/requirements.yaml": dump({"dependencies": [one]}),
        "shop/requirements.lock": locked([one], "1.0.0"),
    }
    assert versions(await render(files, listed(repository))) == ["1.0.0"]


async def test_one_that_cannot_be_had(repository: ChartServer, render: Render) -> None:
    desired = await render(depending(on(repository, "1.0.0")), listed(repository))
    (finding,) = desired.findings
    assert f"app: chart db 1.0.0 of {repository.url}: no such version" in finding.message
    assert (finding.component, finding.file, finding.line) == ("app", "a.yaml", 1)


async def test_the_key_of_the_render_holds_what_was_fetched(
    repository: ChartServer, render: Render, tmp_path: Path
) -> None:
    repository.publish("db", "1.0.0")
    files = depending(on(repository, "^1.0.0"))
    renders = tmp_path / "cache/renders"
    for count in (1, 1):
        await render(files, listed(repository))
        assert len([*renders.glob("*/*/*")]) == count
    repository.publish("db", "1.1.0")
    for fact in (tmp_path / "cache/charts/indexes").glob("*/*"):
        fact.unlink()
    assert versions(await render(files, listed(repository))) == ["1.1.0"]
    assert len([*renders.glob("*/*/*")]) == 2


SPELLINGS: dict[str, dict[str, Any]] = {
    "plain": {"version": "1.0.0"},
    "a range": {"version": ">=1.0.0 <2 || ^3"},
    "everything": {
        "version": "^1",
        "alias": "main",
        "condition": "main.enabled,global.db",
        "tags": ["back", "<&>"],
        "import-values": ["data", {"child": "a", "parent": "b"}],
        "enabled": True,
    },
}


@pytest.mark.parametrize("more", SPELLINGS.values(), ids=SPELLINGS)
async def test_the_digest_is_helms(
    repository: ChartServer, helm_binary: Path, tmp_path: Path, more: dict[str, Any]
) -> None:
    repository.publish("db", "1.0.0")
    wanted = {"name": "db", "repository": repository.url, **more}
    (tmp_path / "Chart.yaml").write_text(SHOP + dump({"dependencies": [wanted]}))
    await helm(helm_binary, tmp_path, "dependency", "update", ".")
    lock = load((tmp_path / "Chart.lock").read_text())
    assert digest([wanted], lock["dependencies"], {}) == lock["digest"]


async def test_what_is_rendered_is_what_helm_builds(
    repository: ChartServer,
    registry: RegistryServer,
    helm_binary: Path,
    render: Render,
    repo: GitRepo,
) -> None:
    for version in ("1.0.0", "1.4.0"):
        repository.publish("db", version)
    registry.push("charts/cache", "2.0.0", chart("cache", "2.0.0"))
    one = on(repository, "1.x", alias="main")
    two = {"name": "cache", "version": "2.0.0", "repository": f"oci://{registry.place}/charts"}
    files = {**depending(one, two), "shop/values.yaml": "main: {size: 7}\n"}
    sources = (
        f"repositories: [{{url: '{repository.url}'}}, "
        f"{{url: '{registry.place}/charts', enableOCI: true, insecureOCIForceHttp: true}}]"
    )
    ours = await render(files, sources)
    folder = repo.path / "shop"
    await helm(helm_binary, folder, "dependency", "update", "--plain-http", ".")
    theirs = await helm(helm_binary, folder, "template", "app", ".", "--namespace", "shop")
    expected = sorted(dump(one.value) for one in documents(theirs))
    assert len(expected) == 2
    assert sorted(dump(_without_namespace(one)) for one in ours.manifests) == expected


def _without_namespace(manifest: dict[str, Any]) -> dict[str, Any]:
    metadata = {key: one for key, one in manifest["metadata"].items() if key != "namespace"}
    return {**manifest, "metadata": metadata}


async def helm(program: Path, folder: Path, *arguments: str) -> bytes:
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        cwd=folder,
        env={"HOME": str(folder), "PATH": os.environ["PATH"]},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return output
