"""Charts of OCI registries: tags, digests, tokens, and where blobs may lead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sources.served import PASSWORD, USER, ChartServer, RegistryServer, basic, chart, sha256
from trunkline.core.sources.chart import Wanted
from trunkline.edge.charts.charts import Charts
from trunkline.edge.charts.errors import ChartError

MakeCharts = Callable[..., Charts]


def entry(server: RegistryServer, *, password: str = "", kind: str = "repositories") -> str:
    shown = f", username: {USER}, password: {password}" if password else ""
    return (
        f"{kind}:\n  - {{url: {server.place}/charts, enableOCI: true, "
        f"insecureOCIForceHttp: true{shown}}}\n"
    )


def wanted(server: RegistryServer, version: str = "1.0.0", scheme: str = "oci://") -> Wanted:
    return Wanted(f"{scheme}{server.place}/charts", "shop", version)


@pytest.mark.parametrize(
    ("version", "taken"),
    [
        ("1.0.0", "1.0.0"),
        ("1.x", "1.10.0"),
        ("^1.2", "1.10.0"),
        ("1.2.0+build", "1.2.0+build"),
        ("", "2.0.0"),
        ("stable", "stable"),
    ],
)
async def test_tags_and_constraints(
    registry: RegistryServer, charts: MakeCharts, version: str, taken: str
) -> None:
    for tag in ("1.0.0", "1.10.0", "1.2.0_build", "2.0.0", "2.1.0-rc.1", "stable", "main"):
        registry.push("charts/shop", tag, chart("shop", tag.replace("_", "+")))
    registry.page = 2
    found = await charts(entry(registry)).found(wanted(registry, version))
    assert found.version == taken
    assert sha256(found.data) == found.digest


@pytest.mark.parametrize("scheme", ["oci://", ""])
async def test_both_spellings_of_a_registry(
    registry: RegistryServer, charts: MakeCharts, scheme: str
) -> None:
    registry.push("charts/shop", "1.0.0", chart("shop"))
    found = await charts(entry(registry)).found(wanted(registry, scheme=scheme))
    assert found.data == chart("shop")


async def test_a_digest_names_its_manifest(registry: RegistryServer, charts: MakeCharts) -> None:
    digest = registry.push("charts/shop", "1.0.0", chart("shop"))
    registry.push("charts/shop", "1.0.0", chart("shop", files={"values.yaml": "size: big\n"}))
    found = await charts(entry(registry)).found(wanted(registry, digest))
    assert found.data == chart("shop")


async def test_a_version_that_is_pinned_needs_no_network(
    registry: RegistryServer, charts: MakeCharts
) -> None:
    digest = registry.push("charts/shop", "1.0.0", chart("shop"))
    for version in ("1.0.0", digest):
        await charts(entry(registry)).found(wanted(registry, version))
    registry.asked.clear()
    for version in ("1.0.0", digest):
        await charts(entry(registry)).found(wanted(registry, version))
    assert registry.asked == []


async def test_a_token_is_asked_for_once(registry: RegistryServer, charts: MakeCharts) -> None:
    registry.push("charts/shop", "1.0.0", chart("shop"))
    registry.locked = True
    await charts(entry(registry, password=PASSWORD)).found(wanted(registry, "1.x"))
    tokens = [one for one in registry.asked if one.startswith("/token")]
    assert tokens == ["/token?service=registry&scope=repository:charts/shop:pull"]
    assert [one for one in registry.credentials if one.startswith("Basic")] == [basic()]


async def test_credentials_of_all_below_an_address(
    registry: RegistryServer, charts: MakeCharts
) -> None:
    registry.push("charts/shop", "1.0.0", chart("shop"))
    registry.locked = True
    text = entry(registry, password=PASSWORD, kind="credentials")
    assert (await charts(text).found(wanted(registry))).version == "1.0.0"


async def test_blobs_of_another_host_see_no_token(
    registry: RegistryServer, other: ChartServer, charts: MakeCharts
) -> None:
    data = chart("shop")
    registry.push("charts/shop", "1.0.0", data)
    registry.locked, registry.cdn = True, other.url
    other.files[f"/{sha256(data)}"] = data
    text = entry(registry, password=PASSWORD) + f"hosts: ['{other.place}']\n"
    assert (await charts(text).found(wanted(registry))).data == data
    assert other.credentials == [""]


async def test_a_registry_of_tls_cannot_send_for_a_token_in_clear(
    registry: RegistryServer, charts: MakeCharts, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.push("charts/shop", "1.0.0", chart("shop"))
    registry.locked = True
    monkeypatch.setattr("trunkline.edge.charts.registry.Registry._plain", False)
    monkeypatch.setattr(
        "trunkline.edge.charts.registry.Registry._base", property(lambda _one: f"{registry.url}/v2")
    )
    with pytest.raises(ChartError, match="no https"):
        await charts(entry(registry, password=PASSWORD)).found(wanted(registry))
    assert not any(registry.credentials)


async def test_an_index_may_name_an_artifact(
    repository: ChartServer, registry: RegistryServer, charts: MakeCharts
) -> None:
    registry.push("charts/shop", "1.0.0", chart("shop"))
    repository.publish("shop", urls=[f"oci://{registry.place}/charts/shop:1.0.0"], digest="")
    text = entry(registry) + f"  - {{url: '{repository.url}'}}\n"
    found = await charts(text).found(Wanted(repository.url, "shop", "1.x"))
    assert found.data == chart("shop")


def _broken(registry: RegistryServer, manifest: bytes) -> None:
    registry.manifests["charts/shop"] = {"1.0.0": manifest}


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda one: one.manifests.clear(), "no 1.0.0 is there (404)"),
        (lambda one: _broken(one, b"<html>"), "its manifest is no JSON"),
        (lambda one: _broken(one, b'{"manifests": []}'), "it holds no chart"),
        (lambda one: _broken(one, b'{"layers": []}'), "one archive is expected, 0 are in it"),
        (lambda one: one.blobs.update(dict.fromkeys(one.blobs, b"x")), "has another digest"),
        (lambda one: setattr(one, "locked", True), "wants credentials (401)"),
    ],
    ids=["nothing", "no manifest", "an index", "no layer", "another blob", "locked"],
)
async def test_what_a_registry_says_wrong(
    registry: RegistryServer,
    charts: MakeCharts,
    spoil: Callable[[RegistryServer], Any],
    said: str,
) -> None:
    registry.push("charts/shop", "1.0.0", chart("shop"))
    spoil(registry)
    with pytest.raises(ChartError) as told:
        await charts(entry(registry)).found(wanted(registry))
    assert said in str(told.value)


@pytest.mark.parametrize("version", ["../../x", "a b", "sha256:00", "1.0.0/../x", "x?y"])
async def test_what_is_no_reference(
    registry: RegistryServer, charts: MakeCharts, version: str
) -> None:
    registry.push("charts/shop", "1.0.0", chart("shop"))
    with pytest.raises(ChartError, match="is no tag, no digest and no constraint"):
        await charts(entry(registry)).found(wanted(registry, version))
    assert not any("x" in one for one in registry.asked)
