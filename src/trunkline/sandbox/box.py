"""Several practice clusters and the kubeconfig that leads to them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

import yaml

from trunkline.sandbox.cluster import POD_DELAY, PracticeCluster


class Sandbox:
    """An asynchronous context: the clusters run inside of it."""

    def __init__(self, names: Sequence[str], *, pod_delay: float = POD_DELAY) -> None:
        self.clusters: Mapping[str, PracticeCluster] = {
            name: PracticeCluster(name, pod_delay=pod_delay) for name in names
        }

    async def __aenter__(self) -> Sandbox:
        started: list[PracticeCluster] = []
        try:
            for cluster in self.clusters.values():
                await cluster.start()
                started.append(cluster)
        except BaseException:
            await asyncio.gather(*(cluster.stop() for cluster in started))
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.gather(*(cluster.stop() for cluster in self.clusters.values()))

    def kubeconfig(self, names: Sequence[str] = ()) -> str:
        """YAML with a context for each cluster, or these, named like it; the first is the current
        one."""
        clusters = [one for one in self.clusters.values() if not names or one.name in names]
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": next((one.name for one in clusters), ""),
            "clusters": [{"name": one.name, "cluster": {"server": one.url}} for one in clusters],
            "users": [{"name": one.name, "user": {"token": one.token}} for one in clusters],
            "contexts": [
                {"name": one.name, "context": {"cluster": one.name, "user": one.name}}
                for one in clusters
            ],
        }
        return yaml.safe_dump(document, sort_keys=False)

    def write_kubeconfig(self, path: Path, names: Sequence[str] = ()) -> None:
        """Readable by its owner only, because it holds the tokens; there whole or not at all, for
        whoever waits for it."""
        part = path.with_name(f".{path.name}.part")
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        part.write_text(self.kubeconfig(names))
        part.replace(path)
