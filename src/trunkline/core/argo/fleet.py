"""The clusters that are known, and which of them a destination means.

A destination names a cluster or its server. `https://kubernetes.default.svc`, and the name
`in-cluster` where no cluster has it, mean the meta cluster: the one that Argo CD would run in.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from msgspec.structs import replace

from trunkline.core.argo.cluster_secret import SECRET_TYPE
from trunkline.core.component import IN_CLUSTER, LOCAL_NAME, Cluster, Destination


class UnknownCluster(ValueError):
    """A destination that is none of the known clusters."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Fleet:
    """Clusters in the order of their names; `meta` names the meta cluster, "" where none is."""

    clusters: tuple[Cluster, ...] = ()
    meta: str = ""
    _names: Mapping[str, Cluster] = field(init=False, repr=False, compare=False)
    _servers: Mapping[str, Cluster] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ordered = sorted(self.clusters, key=lambda one: one.name)
        local = _local_of(ordered, self.meta)
        known = tuple(replace(one, local=one is local) for one in ordered)
        servers: dict[str, Cluster] = {}
        for one in known:
            servers.setdefault(normal_server(one.server), one)
        object.__setattr__(self, "clusters", known)
        object.__setattr__(self, "_names", {one.name: one for one in known})
        object.__setattr__(self, "_servers", servers)

    @property
    def local(self) -> Cluster | None:
        """The meta cluster."""
        return next((one for one in self.clusters if one.local), None)

    def selectable(self, cluster: Cluster) -> Mapping[str, str] | None:
        """The labels that a generator's selector sees. Every declared cluster has a Secret in
        Argo CD, so the label that marks such Secrets counts as set. None for the meta cluster
        that nobody gave a label: it has no Secret there, and no selector picks it.
        """
        if not cluster.labels and self._is_said_to_be_local(cluster):
            return None
        return {SECRET_TYPE: "cluster", **cluster.labels}

    def server_of(self, cluster: Cluster) -> str:
        """The address that an Application names a cluster by, "" where it has none."""
        is_local = self._is_said_to_be_local(cluster)
        return cluster.server or (IN_CLUSTER if is_local else "")

    def _is_said_to_be_local(self, cluster: Cluster) -> bool:
        """A cluster is the meta cluster also by being the only one: nobody said so then."""
        named = cluster.name == LOCAL_NAME or cluster.server == IN_CLUSTER
        return cluster == self.local and (named or len(self.clusters) > 1)

    def resolve(self, destination: Destination) -> Cluster:
        """The cluster that a destination means. Raises UnknownCluster."""
        if destination.name:
            found = self._names.get(destination.name)
            if found is None and destination.name == LOCAL_NAME:
                found = self.local
        else:
            server = normal_server(destination.server)
            found = self._servers.get(server)
            if server == IN_CLUSTER:
                found = self.local or found
        if found is None:
            raise self._unknown(destination)
        return found

    def _unknown(self, destination: Destination) -> UnknownCluster:
        if destination.name == LOCAL_NAME or normal_server(destination.server) == IN_CLUSTER:
            return UnknownCluster(
                f"no cluster is known as {destination.server or destination.name}",
                "name the cluster that Argo CD runs in as metaCluster in trunkline.yaml",
            )
        known = ", ".join(self._names) or "none"
        if destination.name:
            near = difflib.get_close_matches(destination.name, self._names, 1)
            hint = f"did you mean {near[0]}?" if near else f"known are: {known}"
            said = f"no cluster is named {destination.name!r}"
        else:
            hint = f"known are: {known}"
            said = f"no cluster has the server {destination.server}"
        remedy = "declare it under clusters in trunkline.yaml or by a cluster Secret"
        return UnknownCluster(f"{said}; {hint}", remedy)


def _local_of(clusters: Sequence[Cluster], meta: str) -> Cluster | None:
    """The meta cluster: by its name, else by Argo CD's address, else by Argo CD's name."""
    if meta:
        return next((one for one in clusters if one.name == meta), None)
    addressed = (one for one in clusters if normal_server(one.server) == IN_CLUSTER)
    named = (one for one in clusters if one.name == LOCAL_NAME)
    return next(addressed, None) or next(named, None)


def joined(declared: Iterable[Cluster], found: Iterable[Cluster]) -> tuple[Cluster, ...]:
    """The clusters of the settings with those of the repository's Secrets.

    Where both name a cluster, the settings say how it is reached, and its labels are joined.
    """
    known = {one.name: one for one in declared}
    for one in found:
        own = known.get(one.name)
        known[one.name] = one if own is None else _combined(own, one)
    return tuple(known[name] for name in sorted(known))


def normal_server(server: str) -> str:
    """A server's address without a closing slash and the usual port, host in lower case."""
    bare = server.strip().rstrip("/")
    if "://" not in bare:
        return bare
    try:
        split = urlsplit(bare)
    except ValueError:
        return bare
    host = split.netloc.lower()
    usual = {"https": ":443", "http": ":80"}.get(split.scheme.lower(), "")
    return f"{split.scheme.lower()}://{host.removesuffix(usual)}{split.path}"


def _combined(own: Cluster, secret: Cluster) -> Cluster:
    return replace(
        own,
        server=own.server or secret.server,
        labels={**secret.labels, **own.labels},
        annotations={**secret.annotations, **own.annotations},
        access=own.access or secret.access,
        project=own.project or secret.project,
        namespaces=own.namespaces or secret.namespaces,
        cluster_resources=secret.cluster_resources,
        origin=own.origin if own.origin.file else secret.origin,
    )
