"""Looking for objects that no component has, where an AppProject asks for that."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from trunkline.core.argo.project import Project
from trunkline.core.component import Cluster, Component
from trunkline.core.finding import Finding
from trunkline.core.manifest import Manifest
from trunkline.core.orphan import RECORDS, orphans, orphans_finding
from trunkline.edge.cluster.client import ClusterClient
from trunkline.edge.cluster.discovery import Resource
from trunkline.edge.cluster.errors import ApiError, Forbidden, NotFound
from trunkline.engine.live import applicable
from trunkline.engine.permission import project_of
from trunkline.engine.survey import Survey


async def orphan_findings(
    survey: Survey, placed: Sequence[tuple[Component, Cluster]]
) -> list[Finding]:
    """A finding for each namespace with orphans. What a cluster does not say is left out: its
    components have told of that."""
    projects = survey.scene.discovered.projects
    places: dict[tuple[str, str], tuple[Cluster, Project]] = {}
    for component, cluster in placed:
        project, namespace = project_of(component, projects), component.destination.namespace
        if project and project.orphaned and namespace:
            places[cluster.name, namespace] = cluster, project
    work = (_found(survey, *places[key], key[1]) for key in sorted(places))
    return [one for found in await asyncio.gather(*work) for one in found]


async def _found(
    survey: Survey, cluster: Cluster, project: Project, namespace: str
) -> list[Finding]:
    try:
        connection = await survey.connection(cluster)
        wanted = await survey.wants.of(cluster, connection)
        objects = await _objects(connection.client, namespace)
    except ApiError:
        return []
    refs = orphans(objects, wanted, project)
    return [orphans_finding(refs, project, cluster.name, namespace)] if refs else []


async def _objects(client: ClusterClient, namespace: str) -> list[Manifest]:
    kinds = [
        one
        for one in applicable(await client.discovery())
        if one.namespaced and (one.group, one.kind) not in RECORDS
    ]
    lists = await asyncio.gather(*(_of_kind(client, one, namespace) for one in kinds))
    return [one for found in lists for one in found]


async def _of_kind(client: ClusterClient, kind: Resource, namespace: str) -> list[Manifest]:
    """All objects of a kind; only what identifies and explains them is kept in memory."""
    try:
        return [_outline(one) async for one in client.list(kind, namespace=namespace)]
    except (Forbidden, NotFound):
        return []


def _outline(one: Manifest) -> Manifest:
    kept = ["apiVersion", "kind", "metadata", "type"]
    if one.get("kind") == "StatefulSet":
        kept.append("spec")
    return {key: one[key] for key in kept if key in one}
