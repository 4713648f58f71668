"""How few questions a first sync needs: what is asked of the API server, one line a request."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kube_objects import config_map
from trunkline.core.component import Cluster
from trunkline.core.manifest import Manifest, Ref
from trunkline.edge.cluster.client import ClusterClient
from trunkline.edge.cluster.errors import ApiError, Forbidden
from trunkline.edge.cluster.limits import ClientLimits
from trunkline.edge.cluster.transport import Request, Transport
from trunkline.edge.cluster.ways import access_of
from trunkline.engine.names import Names
from trunkline.sandbox import Sandbox

SPACES = ("a", "b", "c")


class Noted(Transport):
    """Notes what is asked about config maps; `closed` answers who asks of all namespaces."""

    def __init__(self, cluster: Cluster, closed: ApiError | None) -> None:
        super().__init__(cluster.name, access_of(cluster), ClientLimits())
        self.asked: list[str] = []
        self._closed = closed

    async def request(self, request: Request) -> bytes:
        place = request.path.removeprefix("/api/v1/")
        if place.endswith("configmaps"):
            self.asked.append(place)
            if self._closed and place == "configmaps":
                raise self._closed
        return await super().request(request)


@pytest.fixture(
    params=[None, Forbidden("not for you", status=403), ApiError("too slow", status=504)],
    ids=["may list all", "may not", "too slow"],
)
async def client(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[tuple[ClusterClient, Noted]]:
    async with Sandbox(["eu"]) as box:
        box.write_kubeconfig(tmp_path / "kubeconfig")
        access = {"kubeconfig": str(tmp_path / "kubeconfig"), "context": "eu"}
        noted = Noted(Cluster("eu", access=access), request.param)
        client = ClusterClient("eu", noted)
        for name in SPACES:
            await client.create(
                {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            )
            await client.create(placed(config_map("there"), name))
        noted.asked.clear()
        yield client, noted
        await client.close()


def placed(manifest: Manifest, namespace: str) -> Manifest:
    return {**manifest, "metadata": {**manifest["metadata"], "namespace": namespace}}


async def test_many_that_are_not_there_cost_a_few_questions(
    client: tuple[ClusterClient, Noted],
) -> None:
    asking, noted = client
    names = Names(asking)
    resource = (await asking.discovery()).find("", "ConfigMap")
    assert resource is not None
    said = {
        (space, name): await names.lack(resource, Ref("", "ConfigMap", space, name))
        for space in SPACES
        for name in ("one", "two", "three", "four", "there")
    }
    # The first two of a place are read by themselves, until the whole cluster is asked.
    known = noted.asked[:]
    if known == ["namespaces/a/configmaps", "configmaps"]:
        alone = {("a", "one"), ("a", "two")}
    else:
        assert known == [
            "namespaces/a/configmaps",
            "configmaps",
            "namespaces/b/configmaps",
            "namespaces/c/configmaps",
        ]
        alone = {(space, name) for space in SPACES for name in ("one", "two")}
    assert {place for place, absent in said.items() if not absent} == alone | {
        (space, "there") for space in SPACES
    }


async def test_who_looks_again_asks_again(client: tuple[ClusterClient, Noted]) -> None:
    asking, _ = client
    names = Names(asking)
    resource = (await asking.discovery()).find("", "ConfigMap")
    assert resource is not None
    late = Ref("", "ConfigMap", "a", "late")
    assert [await names.lack(resource, late) for _ in range(5)] == [False, False, True, True, True]
    await asking.create(placed(config_map("late"), "a"))
    names.forget(late)
    assert [await names.lack(resource, late) for _ in range(6)] == [False] * 6
