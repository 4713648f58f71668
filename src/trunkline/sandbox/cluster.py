"""One practice cluster: an API, its controllers and its server, in this process."""

from __future__ import annotations

import secrets

from trunkline.sandbox.api import Api
from trunkline.sandbox.bootstrap import furnish
from trunkline.sandbox.controllers.daemonset import DaemonSets
from trunkline.sandbox.controllers.definitions import Definitions
from trunkline.sandbox.controllers.deployment import Deployments
from trunkline.sandbox.controllers.garbage import Garbage
from trunkline.sandbox.controllers.ingress import Ingresses
from trunkline.sandbox.controllers.job import Jobs
from trunkline.sandbox.controllers.kubelet import Kubelet
from trunkline.sandbox.controllers.loop import Controller, Loop
from trunkline.sandbox.controllers.namespace import Namespaces
from trunkline.sandbox.controllers.replicaset import ReplicaSets
from trunkline.sandbox.controllers.scaling import Autoscalers, Budgets
from trunkline.sandbox.controllers.service import Services
from trunkline.sandbox.controllers.statefulset import StatefulSets
from trunkline.sandbox.controllers.volumes import Claims
from trunkline.sandbox.faults import Faults
from trunkline.sandbox.store import Backup
from trunkline.sandbox.web.server import Server

# How long a pod takes to be ready, in seconds.
POD_DELAY = 0.2


class PracticeCluster:
    """`url` and `token` are for a kubeconfig; `faults` can be set at any time."""

    def __init__(self, name: str, *, pod_delay: float = POD_DELAY) -> None:
        self.name = name
        self.token = secrets.token_urlsafe(24)
        self.faults = Faults()
        self._api = Api(name)
        self._server = Server(self._api, self.token, self.faults)
        self._loop = Loop(self._api.store, _controllers(self._api, pod_delay))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.port}"

    async def start(self, port: int = 0) -> None:
        self._loop.start()
        furnish(self._api)
        await self._server.start(port)

    async def stop(self) -> None:
        await self._loop.stop()
        self._server_gone()
        await self._server.stop()

    def drop_watches(self) -> None:
        """End every open watch at once."""
        self._server.watchers.drop()

    def compact(self) -> None:
        """Forget every earlier version: watches from them, and pages of lists, are 410 Gone."""
        self._api.store.forget()
        self._server.snapshots.forget()

    def backup(self) -> Backup:
        """A backup as of etcd, for `restore`."""
        return self._api.store.backup()

    def restore(self, backup: Backup) -> None:
        """Put the backup back, versions included, as `etcdctl snapshot restore` does: watches end,
        and what is asked of later versions is asked of the future.
        """
        self._api.store.restore(backup)
        self._server.snapshots.forget()
        self.drop_watches()

    @property
    def watches(self) -> int:
        """How many watches are open."""
        return self._server.watchers.count

    def _server_gone(self) -> None:
        # Requests that a fault holds would keep the server from closing.
        self.faults.clear()


def _controllers(api: Api, pod_delay: float) -> list[Controller]:
    return [
        Definitions(api),
        Namespaces(api),
        Garbage(api),
        Deployments(api),
        ReplicaSets(api),
        StatefulSets(api),
        DaemonSets(api),
        Jobs(api),
        Kubelet(api, pod_delay),
        Services(api),
        Ingresses(api),
        Claims(api),
        Budgets(api),
        Autoscalers(api),
    ]
