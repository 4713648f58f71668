"""Applications whose charts lie elsewhere, from the file to the objects."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from gitrepo import GitRepo
from sources.served import PASSWORD, USER, ChartServer, RegistryServer, chart
from trunkline.app.clusters import App
from trunkline.app.places import Places
from trunkline.core.desired import Desired

URL = "https://git.test/config.git"
SETTINGS = f"repository: {{urls: ['{URL}']}}\nclusters: [{{name: eu}}]\n"

Render = Callable[..., Awaitable[list[Desired]]]


def application(source: str, *more: str, name: str = "app") -> str:
    rows = "".join(f"    - {one}\n" for one in (source, *more))
    return f"""\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd}}
spec:
  destination: {{name: eu, namespace: shop}}
  sources:
{rows}"""


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return GitRepo(tmp_path / "repo").write({"trunkline.yaml": SETTINGS})


@pytest.fixture
def places(tmp_path: Path) -> Places:
    file = tmp_path / "sources.yaml"
    return Places(tmp_path / "cache", str(tmp_path / "store.db"), "/nowhere", file)


@pytest.fixture
def render(repo: GitRepo, places: Places) -> Render:
    async def rendered(files: dict[str, str | bytes], sources: str = "") -> list[Desired]:
        assert places.sources
        places.sources.write_text(sources)
        repo.write(files).commit()
        async with await App.open(str(repo.path), places) as opened:
            return await opened.render(())

    return rendered


def data(desired: Desired) -> list[dict[str, str]]:
    assert desired.error == ""
    return [one["data"] for one in desired.manifests]


async def test_a_chart_of_a_repository_with_values_of_this_one(
    repository: ChartServer, render: Render
) -> None:
    repository.publish("shop", "1.2.0")
    text = application(
        f"{{repoURL: '{repository.url}', chart: shop, targetRevision: 1.x, "
        "helm: {valueFiles: [$values/env/eu.yaml], releaseName: web}}",
        f"{{repoURL: '{URL}', ref: values}}",
    )
    files = {"a.yaml": text, "env/eu.yaml": "size: large\n"}
    (desired,) = await render(files, f"repositories: [{{url: '{repository.url}'}}]")
    assert data(desired) == [{"version": "1.2.0", "size": "large"}]


@pytest.mark.parametrize(
    "source",
    [
        "{{repoURL: '{place}/charts', chart: shop, targetRevision: 1.0.0}}",
        "{{repoURL: 'oci://{place}/charts', chart: shop, targetRevision: ^1}}",
        "{{repoURL: 'oci://{place}/charts/shop', path: ., targetRevision: 1.0.0}}",
    ],
    ids=["without a scheme", "oci", "the artifact itself"],
)
async def test_a_chart_of_a_registry(registry: RegistryServer, render: Render, source: str) -> None:
    registry.push("charts/shop", "1.0.0", chart("shop"))
    registry.locked = True
    sources = (
        f"credentials: [{{url: {registry.place}, enableOCI: true, insecureOCIForceHttp: true, "
        f"username: {USER}, password: {PASSWORD}}}]"
    )
    text = application(source.format(place=registry.place))
    (desired,) = await render({"a.yaml": text}, sources)
    assert data(desired) == [{"version": "1.0.0", "size": "small"}]


async def test_one_that_is_down_is_a_finding_of_its_component_alone(
    repository: ChartServer, render: Render
) -> None:
    repository.publish("shop")
    sources = f"repositories: [{{url: '{repository.url}'}}, {{url: 'http://127.0.0.1:9'}}]"
    files = {
        f"{name}.yaml": application(
            f"{{repoURL: '{url}', chart: shop, targetRevision: 1.0.0}}", name=name
        )
        for name, url in (("down", "http://127.0.0.1:9"), ("up", repository.url))
    }
    down, up = await render(files, sources)
    assert data(up) == [{"version": "1.0.0", "size": "small"}]
    (finding,) = down.findings
    assert (finding.component, finding.file, finding.rule) == ("down", "down.yaml", "render-failed")
    assert "http://127.0.0.1:9/index.yaml: it cannot be reached" in finding.message
    assert finding.message.startswith("down: ")
    assert finding.remedy


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://169.254.169.254/latest", "http:// is asked only where"),
        ("https://169.254.169.254", "169.254.169.254: it is link-local"),
        ("https://[fd00:ec2::254]", "link-local, or serves a cloud's metadata"),
        ("https://[::ffff:a9fe:a9fe]", "link-local, or serves a cloud's metadata"),
        ("https://10.1.2.3", "it is private, and its host is not listed"),
        ("https://127.0.0.1:1", "it is private, and its host is not listed"),
        ("https://localhost:1", "localhost leads to"),
        ("http://charts.test", "http:// is asked only where"),
        ("oci://10.1.2.3/charts", "it is private, and its host is not listed"),
        ("file:///etc", "charts are not fetched over file"),
        ("https://user:pass@charts.test", "carries a password"),
        ("https://charts.test\\@127.0.0.1", "is no address of a repository"),
        ("gopher://charts.test", "gopher is not spoken here"),
    ],
)
async def test_what_a_pull_request_must_not_reach(render: Render, url: str, said: str) -> None:
    source = f"{{repoURL: '{url}', chart: shop, targetRevision: 1.0.0}}"
    (desired,) = await render({"a.yaml": application(source)})
    assert said in desired.error
    assert "pass@" not in desired.error


async def test_templates_of_a_chart_elsewhere_are_named_with_it(
    repository: ChartServer, render: Render
) -> None:
    broken = chart("shop", files={"templates/map.yaml": '{{ fail "no size" }}'})
    repository.publish("shop", data=broken)
    source = f"{{repoURL: '{repository.url}', chart: shop, targetRevision: 1.0.0}}"
    sources = f"repositories: [{{url: '{repository.url}'}}]"
    (desired,) = await render({"a.yaml": application(source)}, sources)
    (finding,) = desired.findings
    assert finding.file == "a.yaml"
    assert finding.message.startswith(f"shop 1.0.0 of {repository.url}: ")
    assert "templates/map.yaml" in finding.message


async def test_a_plan_asks_nothing_for_what_is_pinned(
    repository: ChartServer, repo: GitRepo, places: Places
) -> None:
    repository.publish("shop")
    assert places.sources
    places.sources.write_text(f"repositories: [{{url: '{repository.url}'}}]")
    source = f"{{repoURL: '{repository.url}', chart: shop, targetRevision: 1.0.0}}"
    base = repo.write({"a.yaml": application(source)}).commit()
    values = source.replace("1.0.0}", "1.0.0, helm: {values: 'size: big'}}")
    head = repo.write({"a.yaml": application(values)}).commit()
    for asked in (["/index.yaml", "/charts/shop-1.0.0.tgz"], []):
        repository.asked.clear()
        async with await App.open(str(repo.path), places) as opened:
            plan = await opened.plan_range(base, head)
        (part,) = plan.components
        assert [one.action for one in part.changes] == ["update"]
        assert repository.asked == asked


async def test_a_project_that_forbids_a_repository_is_obeyed(
    repository: ChartServer, render: Render
) -> None:
    repository.publish("shop")
    project = """\
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: default, namespace: argocd}
spec: {sourceRepos: ['https://git.test/*'], destinations: [{name: '*', namespace: '*'}]}
"""
    source = f"{{repoURL: '{repository.url}', chart: shop, targetRevision: 1.0.0}}"
    files = {"a.yaml": application(source), "project.yaml": project}
    (desired,) = await render(files, f"repositories: [{{url: '{repository.url}'}}]")
    assert "does not allow the source" in desired.error
    assert repository.asked == []
