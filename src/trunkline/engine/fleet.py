"""The clusters of a commit: those declared, else the kubeconfig's, else those that are named.

Somebody who declares nothing still gets plans: an Application's destination is name enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from trunkline.core.argo.cluster_secret import parse_cluster
from trunkline.core.argo.fleet import Fleet, joined
from trunkline.core.component import IN_CLUSTER, LOCAL_NAME, Cluster, Component, Destination, Origin
from trunkline.core.declaration import Declaration
from trunkline.core.finding import Finding
from trunkline.core.rendering import Capabilities
from trunkline.core.snapshot import Snapshot, SnapshotError
from trunkline.settings.file import clusters_of, load_settings, with_defaults
from trunkline.settings.heeded import with_content_of
from trunkline.settings.values import Settings, SettingsError

SETTINGS_FILE = "trunkline.yaml"


def settled_at(snapshot: Snapshot, settings: Settings) -> Settings:
    """The settings with the clusters that this commit's own file declares.

    Where both sides of a plan had the clusters of one, what belongs to a new cluster would be at
    the base already. A file that cannot be read, long since mended, leaves what is known.
    """
    try:
        data = snapshot.read(SETTINGS_FILE) if snapshot.entry(SETTINGS_FILE) else None
        own = load_settings(data, SETTINGS_FILE)
    except (SnapshotError, SettingsError):
        return settings
    return with_content_of(settings, own)


def declared_clusters(
    settings: Settings, secrets: Iterable[Declaration], contexts: Sequence[Cluster]
) -> tuple[tuple[Cluster, ...], list[Finding]]:
    """The clusters of settings and Secrets; where there are none, those of the kubeconfig."""
    findings: list[Finding] = []
    found = []
    for one in secrets:
        cluster, told = parse_cluster(one.manifest, Origin(one.file, one.line))
        findings += told
        if cluster:
            found.append(cluster)
    own = [_addressed(one, contexts) for one in clusters_of(settings, SETTINGS_FILE)]
    return joined(own, found) or tuple(contexts), findings


def fleet_of(
    settings: Settings, declared: Sequence[Cluster], components: Iterable[Component]
) -> Fleet:
    """The declared clusters or, where there are none, those that components name."""
    known = [with_defaults(one, settings) for one in declared or _implied(components)]
    meta = settings.meta_cluster
    return Fleet(tuple(known), meta or (known[0].name if len(known) == 1 else ""))


def cluster_of(destination: Destination, fleet: Fleet) -> Cluster:
    """The destination's cluster, or one that stands for it where it is not known."""
    try:
        return fleet.resolve(destination)
    except ValueError:
        return _stand_in(destination)


def capabilities_of(cluster: Cluster) -> Capabilities:
    """What a cluster can do as far as the files say; the usual where they say nothing."""
    default = Capabilities()
    return Capabilities(
        cluster.kube_version or default.kube_version, cluster.api_versions or default.api_versions
    )


def _addressed(cluster: Cluster, contexts: Sequence[Cluster]) -> Cluster:
    """The cluster with the server of its kubeconfig context, where nobody else says one."""
    if cluster.server or cluster.access.get("kubeconfig") or cluster.access.get("inCluster"):
        return cluster
    wanted = cluster.access.get("context") or cluster.name
    servers = [one.server for one in contexts if one.name == wanted]
    return replace(cluster, server=servers[0]) if servers else cluster


def _stand_in(destination: Destination) -> Cluster:
    server = destination.server
    if destination.name == LOCAL_NAME or server == IN_CLUSTER:
        return Cluster(LOCAL_NAME, IN_CLUSTER)
    return Cluster(destination.name or server, server)


def _implied(components: Iterable[Component]) -> list[Cluster]:
    found = {one.name: one for one in (_stand_in(each.destination) for each in components)}
    return [found[name] for name in sorted(found)]
