"""Practice clusters that are full of objects from the start, as a program: `python -m bench.crowd
NAMES COUNT KUBECONFIG`.

A hundred thousand applies would take longer than what is measured. One object is applied in each
cluster as Trunkline applies it, and the rest are copies of what the cluster made of it.
"""

from __future__ import annotations

import asyncio
import sys
import uuid
from pathlib import Path

from kube_objects import config_map
from trunkline.core.component import Cluster
from trunkline.core.manifest import Manifest
from trunkline.core.marks import marked
from trunkline.edge.cluster.client import connect
from trunkline.edge.cluster.ways import access_of
from trunkline.sandbox import PracticeCluster, Sandbox


def component_of(cluster: str) -> str:
    return f"many-{cluster}"


def objects(count: int) -> list[Manifest]:
    """What the repository holds, and each cluster."""
    return [config_map(f"map-{number}", {"of": "many"}) for number in range(count)]


async def serve(names: list[str], count: int, kubeconfig: Path) -> None:
    async with Sandbox(names) as box:
        filling = kubeconfig.with_suffix(".filling")
        box.write_kubeconfig(filling)
        for name, practice in box.clusters.items():
            await fill(name, practice, count, filling)
        filling.rename(kubeconfig)
        await asyncio.Event().wait()


async def fill(name: str, practice: PracticeCluster, count: int, kubeconfig: Path) -> None:
    access = {"kubeconfig": str(kubeconfig), "context": name}
    client = connect(name, access_of(Cluster(name, access=access)))
    try:
        first, *rest = objects(count)
        first["metadata"]["namespace"] = "default"
        made = await client.apply(marked(first, component_of(name)))
    finally:
        await client.close()
    api = practice._api
    storage = api.registry.of("v1", "ConfigMap").storage  # type: ignore[union-attr]
    for one in rest:
        own = {"name": one["metadata"]["name"], "uid": str(uuid.uuid4())}
        api.store.put(storage, {**made, "metadata": {**made["metadata"], **own}})


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1].split(","), int(sys.argv[2]), Path(sys.argv[3])))
