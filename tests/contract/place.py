"""A cluster as a contract test sees it: Trunkline's client, and the wire itself beside it.

What the client hides (another field manager, a list's resourceVersion, the body of an error) a
test asks for with `raw`.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import orjson
import yaml

from trunkline.core.component import Cluster
from trunkline.core.manifest import Manifest, Ref
from trunkline.edge.cluster.client import ClusterClient, connect
from trunkline.edge.cluster.kubeconfig import contexts
from trunkline.edge.cluster.ways import access_of

T = TypeVar("T")
PATIENCE = 90.0


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any


@dataclass(frozen=True, slots=True)
class Place:
    name: str
    kubeconfig: Path
    client: ClusterClient
    session: aiohttp.ClientSession
    namespace: str

    async def raw(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        kind: str = "application/json",
        **query: str,
    ) -> Answer:
        """One request as it is, by another program than Trunkline as far as the cluster knows."""
        async with self.session.request(
            method,
            path,
            data=None if body is None else orjson.dumps(body),
            headers={"Content-Type": kind},
            params=query,
        ) as answer:
            data = await answer.read()
            is_json = answer.content_type == "application/json"
            return Answer(answer.status, orjson.loads(data) if is_json else data.decode())

    async def applied_by(self, manager: str, path: str, manifest: Manifest) -> Answer:
        """A forced server-side apply by another field manager."""
        return await self.raw(
            "PATCH",
            path,
            manifest,
            kind="application/apply-patch+yaml",
            fieldManager=manager,
            force="true",
        )

    async def live(self, manifest: Manifest) -> Manifest:
        """The object as it is now; the test fails if it is gone."""
        found = await self.client.get(self.ref(manifest))
        assert found is not None, f"{self.ref(manifest)} is not in {self.name}"
        return found

    def ref(self, manifest: Manifest) -> Ref:
        return Ref.of(manifest)


@contextlib.asynccontextmanager
async def opened(name: str, kubeconfig: Path, namespace: str) -> AsyncIterator[Place]:
    cluster = cluster_of(kubeconfig)
    client = connect(cluster.name, access_of(cluster, kubeconfig=str(kubeconfig)))
    try:
        async with wire(kubeconfig) as session:
            yield Place(name, kubeconfig, client, session, namespace)
    finally:
        await client.close()


def cluster_of(kubeconfig: Path) -> Cluster:
    (cluster,) = contexts(str(kubeconfig))
    return cluster


def wire(kubeconfig: Path) -> aiohttp.ClientSession:
    """A session with the address, certificate and token of the only context."""
    config = yaml.safe_load(kubeconfig.read_text())
    (cluster,) = (one["cluster"] for one in config["clusters"])
    (user,) = (one["user"] for one in config["users"])
    ca = cluster.get("certificate-authority")
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=ca) if ca else True)
    return aiohttp.ClientSession(
        cluster["server"],
        connector=connector,
        headers={"Authorization": f"Bearer {user['token']}"},
        timeout=aiohttp.ClientTimeout(total=30),
    )


async def eventually(ask: Callable[[], Awaitable[T]], wanted: Callable[[T], bool], what: str) -> T:
    """Ask until the answer is as wanted; fails with the last answer."""
    end = asyncio.get_running_loop().time() + PATIENCE
    while True:
        answer = await ask()
        if wanted(answer):
            return answer
        if asyncio.get_running_loop().time() > end:
            raise AssertionError(f"not within {PATIENCE:g} s: {what}; last: {answer}")
        await asyncio.sleep(0.05)
