"""The connections of one run: a client per cluster, and what is known of each cluster so far.

A cluster that does not answer is told once and then refused at once for the rest of the run, so
that it delays nobody.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from trunkline.core.argo.cluster_secret import BadClusterConfig, cluster_config, is_cluster_secret
from trunkline.core.component import Cluster
from trunkline.core.event import ClusterDown, Listener
from trunkline.core.infra.reach import ReachError, reach_of
from trunkline.core.manifest import Ref
from trunkline.core.rendering import Capabilities
from trunkline.core.scope import Scopes
from trunkline.core.shell import word
from trunkline.core.snapshot import Snapshot, SnapshotError
from trunkline.core.trouble import Trouble
from trunkline.core.yaml import YamlError, documents
from trunkline.edge.cluster.access import Access
from trunkline.edge.cluster.client import ClusterClient, connect
from trunkline.edge.cluster.errors import ApiError, Unreachable
from trunkline.edge.cluster.limits import ClientLimits
from trunkline.edge.cluster.ways import access_of
from trunkline.engine.desire import Rules, Target
from trunkline.engine.judge import Judge
from trunkline.engine.live import Live

Outputs = Callable[[str], Awaitable[bytes | None]]
"""What `output -json` of a unit said when it was applied last; None where that is not known."""


async def nothing_known(_unit: str) -> bytes | None:
    return None


class Connection(Struct, frozen=True):
    """One cluster that answers: its client, and its live objects."""

    client: ClusterClient
    live: Live

    def acting_as(self, user: str) -> Connection:
        """The same, for somebody to write with as this user; "": as it is. Raises ApiError."""
        return replace(self, client=self.client.acting_as(user)) if user else self

    async def target(self, rules: Rules | None = None) -> Target:
        """What is rendered for the cluster, as it describes itself now. Raises ApiError."""
        discovery = await self.client.discovery()
        return Target(
            self.client.name,
            Capabilities(discovery.kube_version, discovery.api_versions),
            Scopes(discovery.scopes()),
            rules or Rules(),
        )


class Connections:
    """Opens connections once each. Close it at the end."""

    def __init__(
        self,
        listener: Listener,
        *,
        kubeconfig: str = "",
        limits: ClientLimits | None = None,
        patience: float = 10.0,
        untrusted: Sequence[Path] = (),
        judge: Judge | None = None,
        outputs: Outputs = nothing_known,
    ) -> None:
        """`patience` is how long a cluster may take to say what it serves, in seconds;
        `untrusted` are folders whose files a pull request may change; `judge` the commit's rules
        of health; `outputs` gives what a unit of infrastructure said last."""
        self._listener = listener
        self._kubeconfig = kubeconfig
        self._limits = limits or ClientLimits()
        self._patience = patience
        self._untrusted = untrusted
        self._judge = judge
        self._outputs = outputs
        self._clients: dict[str, ClusterClient] = {}
        self._attempts: dict[str, asyncio.Task[Connection]] = {}

    async def open(self, cluster: Cluster, snapshot: Snapshot) -> Connection:
        """The connection to a cluster. Raises ApiError: Unreachable, Unauthorized …"""
        attempt = self._attempts.get(cluster.name)
        if attempt is None:
            attempt = asyncio.create_task(self._open(cluster, snapshot), name=cluster.name)
            self._attempts[cluster.name] = attempt
        return await asyncio.shield(attempt)

    async def dial(self, cluster: Cluster, snapshot: Snapshot) -> ClusterClient:
        """A client of its own, for the caller to close; nothing is asked yet. Raises ApiError."""
        return connect(cluster.name, await self._access(cluster, snapshot), limits=self._limits)

    async def aclose(self) -> None:
        for attempt in self._attempts.values():
            attempt.cancel()
        await asyncio.gather(*self._attempts.values(), return_exceptions=True)
        await asyncio.gather(*(client.close() for client in self._clients.values()))

    async def _open(self, cluster: Cluster, snapshot: Snapshot) -> Connection:
        try:
            client = await self.dial(cluster, snapshot)
            self._clients[cluster.name] = client
            async with asyncio.timeout(self._patience):
                await client.discovery()
                return Connection(client, Live(client, self._judge))
        except TimeoutError:
            message = f"{cluster.name} did not answer within {self._patience:g} s"
            self._listener(ClusterDown(cluster.name, message, time.time()))
            raise Unreachable(message, cluster=cluster.name) from None
        except ApiError as error:
            self._listener(ClusterDown(cluster.name, str(error), time.time()))
            raise

    async def _access(self, cluster: Cluster, snapshot: Snapshot) -> Access:
        if unit := str(cluster.access.get("unit") or ""):
            return await self._by_outputs(cluster, unit)
        if self._in_repository(str(cluster.access.get("kubeconfig") or "")):
            raise Unreachable(
                f"{cluster.name}: its kubeconfig lies in the repository, or in a checkout of it, "
                "where a pull request could make it start a program; keep it elsewhere",
                cluster=cluster.name,
            )
        secret = cluster.access.get("secret")
        if not secret:
            return access_of(cluster, kubeconfig=self._kubeconfig)
        return access_of(
            cluster,
            kubeconfig=self._kubeconfig,
            secret_config=secret_config(cluster, str(secret), snapshot),
        )

    async def _by_outputs(self, cluster: Cluster, unit: str) -> Access:
        """The access that the unit gave when it was applied last. Raises Unreachable."""
        try:
            said = await self._outputs(unit)
            if said is None:
                raise ReachError(
                    f"the outputs of {unit} are not known",
                    remedy=f"apply the unit, or read them: trunkline infra outputs {word(unit)}",
                )
            reach = reach_of(unit, said)
        except Trouble as error:
            told = f"{error}: {error.remedy}" if error.remedy else str(error)
            raise Unreachable(f"{cluster.name}: {told}", cluster=cluster.name) from None
        there = replace(cluster, server=reach.server)
        return access_of(there, secret_config=reach.config)

    def _in_repository(self, kubeconfig: str) -> bool:
        """Whether any of its files does; several are joined as in $KUBECONFIG."""
        files = [Path(one).expanduser().resolve() for one in kubeconfig.split(os.pathsep) if one]
        folders = [one.resolve() for one in self._untrusted]
        return any(file.is_relative_to(folder) for file in files for folder in folders)


def secret_config(cluster: Cluster, secret: str, snapshot: Snapshot) -> Mapping[str, Any]:
    """The credentials of a cluster Secret of the repository. Raises Unreachable.

    What a pull request can write must not start programs here: exec plug-ins are refused.
    """
    namespace, _, name = secret.partition("/")
    try:
        found = [
            cluster_config(one)
            for one in (found.value for found in documents(snapshot.read(cluster.origin.file)))
            if isinstance(one, dict) and is_cluster_secret(one) and _is(one, namespace, name)
        ]
    except (SnapshotError, YamlError, BadClusterConfig) as error:
        raise Unreachable(f"{cluster.origin.file}: {error}", cluster=cluster.name) from None
    config = found[-1] if found else {}
    if "execProviderConfig" in config:
        raise Unreachable(
            f"{cluster.origin.file}: a Secret of the repository may not name a program to run "
            f"(execProviderConfig); give {cluster.name} a kubeconfig in trunkline.yaml",
            cluster=cluster.name,
        )
    return config


def _is(manifest: dict[str, Any], namespace: str, name: str) -> bool:
    ref = Ref.of(manifest)
    return ref.name == name and ref.namespace in ("", namespace)
