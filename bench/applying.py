"""Writing to a real API server: the first apply, the same again, a dry run, and the proof that
makes most of them needless.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from realcluster.start import RealCluster
from trunkline.core.diff import proved
from trunkline.core.manifest import Manifest, Ref
from trunkline.edge.cluster.client import ClusterClient, connect
from trunkline.edge.cluster.kubeconfig import contexts
from trunkline.edge.cluster.limits import ClientLimits
from trunkline.edge.cluster.ways import access_of

NAMESPACE = "bench"

# The ordinary budget of requests a second would be all that is measured.
LIMITS = ClientLimits(requests_per_second=100_000.0)
KIND_COUNTS = {"ConfigMap": 400, "Service": 100, "Deployment": 100}


@dataclass(frozen=True, slots=True)
class Applying:
    """Seconds for `count` objects each."""

    count: int
    first: float
    again: float
    dry_run: float
    listed: float
    proved: float


async def measure(cluster: RealCluster) -> Applying:
    (found,) = contexts(str(cluster.kubeconfig))
    access = access_of(found, kubeconfig=str(cluster.kubeconfig))
    client = connect(found.name, access, limits=LIMITS)
    try:
        space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
        await client.apply(space)
        return await applied(client, manifests())
    finally:
        await client.close()


async def applied(client: ClusterClient, wanted: list[Manifest]) -> Applying:
    async def all_at_once(*, dry_run: bool = False) -> None:
        await asyncio.gather(*(client.apply(one, dry_run=dry_run) for one in wanted))

    first = await timed(all_at_once)
    again = await timed(all_at_once)
    dry_run = await timed(lambda: all_at_once(dry_run=True))
    started = time.perf_counter()
    live = await listed(client)
    reading = time.perf_counter() - started
    return Applying(len(wanted), first, again, dry_run, reading, proving(wanted, live))


async def listed(client: ClusterClient) -> dict[Ref, Manifest]:
    discovery = await client.discovery()
    live: dict[Ref, Manifest] = {}
    for group, kind in (("", "ConfigMap"), ("", "Service"), ("apps", "Deployment")):
        resource = discovery.find(group, kind)
        assert resource is not None
        async for one in client.list(resource, namespace=NAMESPACE):
            live[Ref.of(one)] = one
    return live


def proving(wanted: list[Manifest], live: dict[Ref, Manifest]) -> float:
    started = time.perf_counter()
    unproved = [str(Ref.of(one)) for one in wanted if not proved(one, live[Ref.of(one)])]
    seconds = time.perf_counter() - started
    if unproved:
        raise RuntimeError(f"applied, but not proved: {', '.join(unproved[:3])}")
    return seconds


def manifests() -> list[Manifest]:
    return [
        BUILDERS[kind](f"{kind.lower()}-{number}")
        for kind, count in KIND_COUNTS.items()
        for number in range(count)
    ]


def config_map(name: str) -> Manifest:
    data = {f"setting-{number}": f"value of {name}" for number in range(8)}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta(name), "data": data}


def service(name: str) -> Manifest:
    spec = {"selector": {"app": name}, "ports": [{"name": "http", "port": 80}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta(name), "spec": spec}


def deployment(name: str) -> Manifest:
    """Without pods: what is measured is the API server, not its controllers."""
    container = {
        "name": "main",
        "image": "registry.example/app:1",
        "ports": [{"name": "http", "containerPort": 8080}],
        "env": [{"name": f"SETTING_{number}", "value": name} for number in range(4)],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
    }
    spec = {
        "replicas": 0,
        "selector": {"matchLabels": {"app": name}},
        "template": {
            "metadata": {"labels": {"app": name}},
            "spec": {"containers": [container]},
        },
    }
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta(name), "spec": spec}


def meta(name: str) -> dict[str, object]:
    return {"name": name, "namespace": NAMESPACE, "labels": {"app.kubernetes.io/name": name}}


BUILDERS: dict[str, Callable[[str], Manifest]] = {
    "ConfigMap": config_map,
    "Service": service,
    "Deployment": deployment,
}


async def timed(act: Callable[[], Awaitable[None]]) -> float:
    started = time.perf_counter()
    await act()
    return time.perf_counter() - started
