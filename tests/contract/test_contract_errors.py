"""What an API server answers when it refuses, and what Trunkline says of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from contract.objects import config_map
from contract.place import Place, cluster_of
from realcluster.start import RealCluster, free_port
from trunkline.core.manifest import Ref
from trunkline.edge.cluster.client import ClusterClient, connect
from trunkline.edge.cluster.errors import Forbidden, Unauthorized, Unreachable
from trunkline.edge.cluster.ways import access_of

ANY = Ref("", "ConfigMap", "default", "settings")


def changed(kubeconfig: Path, target: Path, change: Callable[[Any], None]) -> ClusterClient:
    """A client by a kubeconfig that differs in one place."""
    config = yaml.safe_load(kubeconfig.read_text())
    change(config)
    target.write_text(yaml.safe_dump(config))
    cluster = cluster_of(target)
    return connect(cluster.name, access_of(cluster, kubeconfig=str(target)))


async def test_an_error_is_a_status(place: Place) -> None:
    path = f"/api/v1/namespaces/{place.namespace}/configmaps/nobody"
    answer = await place.raw("GET", path)
    assert answer.status == 404
    assert answer.body == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": 'configmaps "nobody" not found',
        "reason": "NotFound",
        "details": {"name": "nobody", "kind": "configmaps"},
        "code": 404,
    }


@pytest.mark.parametrize("path", ["/apis/nowhere.example/v1/things", "/api/v1/things"])
async def test_an_unknown_path(place: Place, path: str) -> None:
    assert (await place.raw("GET", path)).status == 404


async def test_a_method_that_is_not_there(place: Place) -> None:
    path = f"/api/v1/namespaces/{place.namespace}/configmaps"
    answer = await place.raw("PATCH", path, {}, kind="application/merge-patch+json")
    assert (answer.status, answer.body["reason"]) == (405, "MethodNotAllowed")


async def test_a_body_that_is_no_object(place: Place) -> None:
    path = f"/api/v1/namespaces/{place.namespace}/configmaps"
    answer = await place.raw("POST", path, {"data": 1})
    assert (answer.status, answer.body["reason"]) == (400, "BadRequest")


async def test_an_object_of_another_namespace(place: Place) -> None:
    path = f"/api/v1/namespaces/{place.namespace}/configmaps"
    answer = await place.raw("POST", path, config_map("default"))
    assert (answer.status, answer.body["reason"]) == (400, "BadRequest")


async def test_a_wrong_token(place: Place, tmp_path: Path) -> None:
    def wrong(config: Any) -> None:
        config["users"][0]["user"]["token"] = "this-is-not-it"

    client = changed(place.kubeconfig, tmp_path / "wrong", wrong)
    with pytest.raises(Unauthorized, match=client.name) as caught:
        await client.get(ANY)
    assert (caught.value.status, caught.value.cluster) == (401, client.name)
    assert "this-is-not-it" not in str(caught.value)
    await client.close()


async def test_nobody_listens(place: Place, tmp_path: Path) -> None:
    def elsewhere(config: Any) -> None:
        config["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{free_port()}"

    client = changed(place.kubeconfig, tmp_path / "elsewhere", elsewhere)
    with pytest.raises(Unreachable, match=client.name) as caught:
        await client.get(ANY)
    assert (caught.value.status, caught.value.cluster) == (0, client.name)
    await client.close()


@pytest.mark.real
async def test_an_unknown_authority(real_cluster: RealCluster, tmp_path: Path) -> None:
    def forgotten(config: Any) -> None:
        del config["clusters"][0]["cluster"]["certificate-authority"]

    client = changed(real_cluster.kubeconfig, tmp_path / "forgotten", forgotten)
    with pytest.raises(Unreachable, match="certificate"):
        await client.get(ANY)
    await client.close()


@pytest.mark.real
async def test_what_one_may_not_do(real_cluster: RealCluster, tmp_path: Path) -> None:
    """The message names the verb and the resource, which is what a role must grant."""

    def weak(config: Any) -> None:
        config["users"][0]["user"]["token"] = real_cluster.weak_token

    client = changed(real_cluster.kubeconfig, tmp_path / "weak", weak)
    with pytest.raises(Forbidden, match=r'cannot get resource "configmaps"'):
        await client.get(ANY)
    with pytest.raises(Forbidden, match=r'cannot patch resource "configmaps"'):
        await client.apply(config_map("default"))
    await client.close()
