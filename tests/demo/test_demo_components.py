"""What discovery and rendering make of the example repository: all components, all objects."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from trunkline.app.clusters import App
from trunkline.app.places import Places
from trunkline.core.desired import Desired
from trunkline.core.manifest import Manifest, annotations_of
from trunkline.demo import REGIONS, demo_commit, write_repository

PARTS = (
    "accounts",
    "backup",
    "billing",
    "console",
    "foundation",
    "ingress",
    "monitoring",
    "operator",
    "usage",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("example") / "platform"
    write_repository(made)
    return made


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "cache", str(tmp_path / "store.db"), str(tmp_path / "kubeconfig"))


async def rendered(folder: Path, places: Places) -> dict[str, Desired]:
    async with await App.open(str(folder), places) as app:
        return {one.component.id: one for one in await app.render(())}


async def test_every_component_is_found(folder: Path, places: Places) -> None:
    async with await App.open(str(folder), places) as app:
        found = (await app.scene()).discovered
    assert [str(one) for one in found.findings] == []
    expected = sorted(["root", *(f"{part}-{region}" for part in PARTS for region in REGIONS)])
    assert [one.id for one in found.components] == expected
    assert set(found.projects) >= {"platform", "databases", "services"}
    parents = Counter(one.parent for one in found.components)
    assert parents["root"] == 6


async def test_every_component_renders_without_a_finding(folder: Path, places: Places) -> None:
    found = await rendered(folder, places)
    said = [finding.message for one in found.values() for finding in one.findings]
    assert said == []
    sizes = {name: len(one.manifests) for name, one in found.items() if name != "root"}
    assert min(sizes.values()) >= 7
    assert 250 <= sum(sizes.values()) <= 400


def of_kind(desired: Desired, kind: str) -> list[Manifest]:
    return [one for one in desired.manifests if one["kind"] == kind]


async def test_regions_differ_where_their_values_do(folder: Path, places: Places) -> None:
    found = await rendered(folder, places)
    replicas = {
        name: of_kind(found[name], "StatefulSet")[0]["spec"]["replicas"]
        for name in ("usage-eu", "usage-us", "usage-ap")
    }
    assert replicas == {"usage-eu": 3, "usage-us": 5, "usage-ap": 3}
    (autoscaler,) = of_kind(found["ingress-us"], "HorizontalPodAutoscaler")
    assert autoscaler["spec"]["maxReplicas"] == 24
    assert any(
        one["metadata"]["name"] == "data-residency" for one in found["foundation-eu"].manifests
    )
    assert len(found["foundation-us"].manifests) == len(found["foundation-ap"].manifests)
    (_, alerts) = sorted(
        (one["metadata"]["name"], one["spec"]["replicas"])
        for one in of_kind(found["monitoring-eu"], "Deployment")
    )[::-1]
    assert alerts == ("alerts", 2)


async def test_databases_have_hooks_and_waves(folder: Path, places: Places) -> None:
    accounts = (await rendered(folder, places))["accounts-eu"]
    hooks = {
        one["metadata"]["name"]: annotations_of(one)["argocd.argoproj.io/hook"]
        for one in of_kind(accounts, "Job")
    }
    assert hooks == {"accounts-migrate": "PreSync", "accounts-smoke-test": "PostSync"}
    waves = {
        annotations_of(one).get("argocd.argoproj.io/sync-wave", "0") for one in accounts.manifests
    }
    assert waves == {"-2", "-1", "0", "1"}


async def test_the_change_reaches_one_database_in_every_region(
    folder: Path, places: Places, tmp_path: Path
) -> None:
    repository = tmp_path / "platform"
    base = write_repository(repository)
    head = demo_commit(repository)
    async with await App.open(str(repository), places) as app:
        plan = await app.plan_range(base, head)
    assert [(one.id, one.cluster) for one in plan.components] == [
        ("accounts-ap", "ap"),
        ("accounts-eu", "eu"),
        ("accounts-us", "us"),
    ]
    fields = {field.path for change in plan.components[0].changes for field in change.fields}
    assert "spec.replicas" in fields
    assert "spec.template.spec.containers[name=server].image" in fields


def test_all_addresses_are_reserved_for_examples(folder: Path) -> None:
    """RFC 2606: nothing that is written here can be somebody's."""
    for file in sorted(folder.rglob("*")):
        if ".git" in file.parts or not file.is_file():
            continue
        for host in re.findall(r"https?://([^/\s\"']+)", file.read_text()):
            host = host.rstrip(".")
            known = host.endswith((".example", ".svc")) or host == "json-schema.org"
            assert known, f"{file}: {host}"
