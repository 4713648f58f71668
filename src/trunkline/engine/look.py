"""How everything stands right now: components with their objects, and clusters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from trunkline.core.component import Cluster, Component
from trunkline.core.diff import Masker
from trunkline.core.event import Listener
from trunkline.core.health import Health, HealthStatus, uncounted, worst
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.status import ClusterStatus, ComponentStatus, ObjectStatus
from trunkline.edge.cluster.errors import ApiError, Forbidden, Unauthorized
from trunkline.engine.assess import Assessment
from trunkline.engine.compare import State, Verdict
from trunkline.engine.connect import Connections
from trunkline.engine.counted import counted
from trunkline.engine.live import Live
from trunkline.engine.owned import Owned
from trunkline.engine.scene import Scene
from trunkline.engine.survey import Survey

SYNCED, OUT_OF_SYNC, MISSING, ORPHANED, UNKNOWN = (
    "Synced",
    "OutOfSync",
    "Missing",
    "Orphaned",
    "Unknown",
)


async def component_statuses(
    survey: Survey, placed: Sequence[tuple[Component, Cluster]], listener: Listener
) -> list[ComponentStatus]:
    """The status of each component in its cluster, in the order given."""
    below: dict[str, Owned] = {}
    work = (_component(survey, component, cluster, below) for component, cluster in placed)
    return await counted("looking", work, listener)


async def cluster_statuses(
    scene: Scene, connections: Connections, listener: Listener
) -> list[ClusterStatus]:
    """The state of the connection to each cluster."""
    components = Counter(cluster.name for _, cluster in scene.placed())
    clusters = scene.discovered.fleet.clusters
    work = (_cluster(scene, connections, one, components[one.name]) for one in clusters)
    return await counted("connecting", work, listener)


async def _component(
    survey: Survey, component: Component, cluster: Cluster, below: dict[str, Owned]
) -> ComponentStatus:
    commit = survey.scene.commit
    try:
        seen = await survey.look(component, cluster)
    except ApiError:
        # Why is an event of its own, told once for all components of the cluster.
        message = f"{cluster.name} cannot be asked"
        return ComponentStatus(
            component.id, cluster.name, UNKNOWN, HealthStatus.UNKNOWN.value, commit, message
        )
    assessment = seen.assessment
    if assessment.desired.error:
        message = assessment.desired.error
        return ComponentStatus(
            component.id, cluster.name, UNKNOWN, HealthStatus.UNKNOWN.value, commit, message
        )
    owned = below.setdefault(cluster.name, Owned(seen.connection.client))
    objects = tuple(await _objects(assessment, seen.connection.live, owned))
    aside = uncounted(assessment.desired.manifests)
    return ComponentStatus(
        component.id,
        cluster.name,
        SYNCED if assessment.synced else OUT_OF_SYNC,
        _health(objects, aside),
        commit,
        _summary(objects, aside),
        objects,
    )


async def _objects(assessment: Assessment, live: Live, owned: Owned) -> list[ObjectStatus]:
    masker = Masker.of(assessment.desired.manifests)
    gone = [*assessment.prunes, *(one.live for one in assessment.kept if not one.foreign)]
    healths = await live.healths([*(one.ref for one in assessment.verdicts), *map(Ref.of, gone)])
    found = [
        _object(one, await owned.health(live.get(one.ref), healths[one.ref]), masker)
        for one in assessment.verdicts
    ]
    found += [_orphan(one, healths[Ref.of(one)], masker) for one in gone]
    return sorted(found, key=lambda one: one.ref)


def _object(verdict: Verdict, health: Health, masker: Masker) -> ObjectStatus:
    sync = {State.SAME: SYNCED, State.MISSING: MISSING}.get(verdict.state, OUT_OF_SYNC)
    message = verdict.message or health.message
    return ObjectStatus(verdict.ref, sync, health.status.value, masker.text(message))


def _orphan(manifest: Manifest, health: Health, masker: Masker) -> ObjectStatus:
    return ObjectStatus(
        Ref.of(manifest), ORPHANED, health.status.value, masker.text(health.message)
    )


def _health(objects: Sequence[ObjectStatus], aside: frozenset[Ref]) -> str:
    """The worst of what Git wants; what it does not want any more does not count."""
    counted = (one for one in objects if one.sync != ORPHANED and one.ref not in aside)
    wanted = [HealthStatus(one.health) for one in counted]
    return (worst(wanted) if wanted else HealthStatus.HEALTHY).value


def _summary(objects: Sequence[ObjectStatus], aside: frozenset[Ref]) -> str:
    """What a person needs to read first: the first object that is not as it should be."""
    bad = [one for one in objects if one.sync != SYNCED]
    ill = [one for one in objects if one.health not in ("Healthy", "Suspended")]
    sick = [one for one in ill if one.ref not in aside]
    for one in [*sick, *bad]:
        said = one.message or one.sync
        return f"{one.ref}: {said}"
    return ""


async def _cluster(
    scene: Scene, connections: Connections, cluster: Cluster, components: int
) -> ClusterStatus:
    labels = tuple(sorted(cluster.labels.items()))
    state, version, message = "connected", "", ""
    try:
        connection = await connections.open(cluster, scene.world.snapshot)
        version = (await connection.client.discovery()).kube_version
    except ApiError as error:
        state = "refused" if isinstance(error, Unauthorized | Forbidden) else "down"
        message = str(error)
    return ClusterStatus(cluster.name, cluster.server, state, version, message, labels, components)
