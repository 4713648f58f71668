"""The cluster `eu` with faults on demand: a practice cluster, or the real one behind a front."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from realcluster.front import Front, fronted, with_context
from realcluster.start import RealCluster
from trunkline.core.component import Cluster
from trunkline.core.manifest import Ref
from trunkline.core.marks import SELECTOR
from trunkline.edge.cluster.client import ClusterClient, connect
from trunkline.edge.cluster.errors import NotFound
from trunkline.edge.cluster.ways import access_of
from trunkline.sandbox import PracticeCluster, Sandbox

BOTH = ["sandbox", pytest.param("real", marks=pytest.mark.real)]
CRD = Ref("apiextensions.k8s.io", "CustomResourceDefinition", "", "gadgets.x.test")


@contextlib.asynccontextmanager
async def practised(kubeconfig: Path, *names: str) -> AsyncIterator[dict[str, PracticeCluster]]:
    """Practice clusters of these names."""
    async with Sandbox(list(names), pod_delay=0.02) as box:
        box.write_kubeconfig(kubeconfig)
        yield dict(box.clusters)


@contextlib.asynccontextmanager
async def real_eu(real: RealCluster, kubeconfig: Path) -> AsyncIterator[Front]:
    """The real cluster under the name `eu`; what is ours in its `default` goes at the end."""
    async with fronted(real, real.ca) as (front, address):
        with_context(kubeconfig, "eu", address, real)
        yield front
        front.faults.clear()
        front.lie, front.halves = None, 0
        client = client_of(kubeconfig, "eu")
        await emptied(client)
        await client.close()


def client_of(kubeconfig: Path, name: str) -> ClusterClient:
    access = {"kubeconfig": str(kubeconfig), "context": name}
    return connect(name, access_of(Cluster(name, access=access)))


async def emptied(client: ClusterClient) -> None:
    """What a test left in the cluster that all of them share."""
    discovery = await client.discovery()
    for group, kind in (("", "ConfigMap"), ("apps", "Deployment")):
        found = discovery.find(group, kind)
        assert found is not None
        async for one in client.list(found, namespace="default", label_selector=SELECTOR):
            await client.delete(Ref.of(one), propagation="Background")
    with contextlib.suppress(NotFound):
        await client.delete(CRD)


Eu = PracticeCluster | Front


@contextlib.asynccontextmanager
async def eu_of(
    request: pytest.FixtureRequest, kubeconfig: Path, *others: str
) -> AsyncIterator[dict[str, Any]]:
    """`eu` as the parameter of the fixture says, beside practice clusters of other names."""
    if request.param == "real":
        real = request.getfixturevalue("real_cluster")
        async with practised(kubeconfig, *others) as found, real_eu(real, kubeconfig) as front:
            yield {**found, "eu": front}
    else:
        async with practised(kubeconfig, "eu", *others) as found:
            yield dict(found)
