"""A repository and a cluster to sync it to: the sandbox, and the real control plane."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitrepo import GitRepo
from trunkline.app.clusters import App
from trunkline.app.places import Places
from trunkline.core.change import Plan
from trunkline.core.component import Cluster
from trunkline.core.event import Event
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.run import Run
from trunkline.core.status import ComponentStatus
from trunkline.edge.cluster.client import ClusterClient, connect
from trunkline.edge.cluster.errors import NotFound
from trunkline.edge.cluster.ways import access_of
from trunkline.engine.sync.component import How
from trunkline.sandbox import Sandbox

HOW = How(wave_timeout=60.0)


@dataclass
class Ground:
    """A repository whose Applications go to `cluster`, each test in a namespace of its own."""

    repo: GitRepo
    cluster: str
    kubeconfig: Path
    namespace: str
    client: ClusterClient
    heard: list[Event] = field(default_factory=list)

    def places(self) -> Places:
        folder = self.repo.path.parent
        return Places(folder / "cache", str(folder / "store.db"), str(self.kubeconfig))

    async def app(self) -> App:
        return await App.open(str(self.repo.path), self.places(), self.heard.append)

    async def sync(self, how: How = HOW, *ids: str) -> Run:
        async with await self.app() as app:
            return await app.sync(how, ids)

    async def plan(self, *ids: str) -> Plan:
        async with await self.app() as app:
            return await app.plan_live(ids)

    async def statuses(self) -> list[ComponentStatus]:
        async with await self.app() as app:
            return await app.statuses()

    async def get(self, kind: str, name: str, group: str = "") -> Manifest | None:
        return await self.client.get(Ref(group, kind, self.namespace, name))

    async def create(self, manifest: Manifest) -> Manifest:
        """As somebody would who knows nothing of Trunkline's marks."""
        metadata = {**manifest["metadata"], "namespace": self.namespace}
        return await self.client.create({**manifest, "metadata": metadata})

    def application(self, name: str, path: str, **spec: Any) -> str:
        return application(name, path, self.cluster, self.namespace, **spec)


def application(
    name: str, path: str, cluster: str, namespace: str, *, meta: Any = None, **spec: Any
) -> str:
    """An Application of this repository, as YAML; `spec` and `meta` are merged in."""
    whole = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name, "namespace": "argocd", **(meta or {})},
        "spec": {
            "project": "default",
            "source": {"repoURL": "https://git.example.test/config.git", "path": path},
            "destination": {"name": cluster, "namespace": namespace},
            **spec,
        },
    }
    return yaml.safe_dump(whole, sort_keys=False)


@pytest.fixture(params=["sandbox", pytest.param("real", marks=pytest.mark.real)])
async def ground(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ground]:
    """Each test that asks for it runs against the sandbox and against a real API server."""
    repo = GitRepo(tmp_path / "repo")
    namespace = f"t-{uuid.uuid4().hex[:8]}"
    if request.param == "sandbox":
        async with Sandbox(["eu"]) as box:
            kubeconfig = tmp_path / "kubeconfig"
            box.write_kubeconfig(kubeconfig)
            async with grounded(repo, kubeconfig, namespace) as found:
                yield found
    else:
        real = request.getfixturevalue("real_cluster")
        async with grounded(repo, Path(real.kubeconfig), namespace) as found:
            yield found


class grounded:
    """The ground over a kubeconfig's first context; its namespace is made and deleted."""

    def __init__(self, repo: GitRepo, kubeconfig: Path, namespace: str) -> None:
        name = yaml.safe_load(kubeconfig.read_text())["contexts"][0]["name"]
        access = {"kubeconfig": str(kubeconfig), "context": name}
        client = connect(name, access_of(Cluster(name, access=access)))
        self.ground = Ground(repo, name, kubeconfig, namespace, client)

    async def __aenter__(self) -> Ground:
        await self.ground.client.create(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.ground.namespace}}
        )
        return self.ground

    async def __aexit__(self, *_: object) -> None:
        with contextlib.suppress(NotFound):
            await self.ground.client.delete(Ref("", "Namespace", "", self.ground.namespace))
        await self.ground.client.close()
