"""Servers and clients for the tests of the Kubernetes client."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from cluster.script import Script, serving
from realcluster.start import RealCluster
from trunkline.edge.cluster.client import ClusterClient, connect
from trunkline.edge.cluster.kubeconfig import contexts
from trunkline.edge.cluster.ways import access_of


@pytest.fixture
async def script() -> AsyncIterator[Script]:
    """A server on loopback that answers as a test tells it."""
    async with serving() as script:
        yield script


@pytest.fixture
async def real(real_cluster: RealCluster) -> AsyncIterator[ClusterClient]:
    """A client of the real API server, as its administrator."""
    (cluster,) = contexts(str(real_cluster.kubeconfig))
    client = connect("eu", access_of(cluster))
    yield client
    await client.close()
