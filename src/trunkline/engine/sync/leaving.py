"""Which components that Git holds no more are still in their clusters, and on their way out."""

from __future__ import annotations

from collections.abc import Collection

from trunkline.edge.cluster.errors import ApiError
from trunkline.engine.survey import Survey
from trunkline.engine.sync.removal import Removals


async def leaving(ids: Collection[str], survey: Survey, removals: Removals) -> dict[str, str]:
    """Those of the ids, each with what is left to do. What stays by its own word is not waited for;
    a cluster that cannot be asked is, where the component was synced to it.
    """
    found: dict[str, str] = {}
    for cluster in removals.clusters() if ids else ():
        try:
            connection = await survey.connection(cluster)
            there = await removals.of(cluster, connection)
        except ApiError:
            synced = {one for one, at in survey.lineage.synced if at == cluster.name}
            found |= {one: f"{cluster.name} cannot be asked" for one in ids if one in synced}
            continue
        for one in there:
            if one.id in ids and one.due and not one.reason:
                found[one.id] = f"is still in {cluster.name}: trunkline sync --prune"
    return found
