"""What may go was decided when the cluster was looked at, and waves and hooks may have taken
minutes since. So the vetoes are asked once more, of the object as it is when its turn has come.
"""

from __future__ import annotations

from collections.abc import Mapping

from trunkline.core.manifest import Manifest, Ref
from trunkline.core.prune import why_kept
from trunkline.edge.cluster.client import ClusterClient


async def kept_by_now(
    client: ClusterClient,
    one: Manifest,
    component: str,
    options: Mapping[str, str],
    *,
    deleting_component: bool = False,
) -> str:
    """Why the object is not deleted after all, "" if it goes, or is going or gone already. Raises
    ApiError.
    """
    now = await client.get(Ref.of(one))
    meta = now["metadata"] if now else {}
    if now is None or meta.get("uid") != one["metadata"].get("uid"):
        return ""
    if meta.get("deletionTimestamp"):
        return ""
    return why_kept(now, component, options, deleting_component=deleting_component)
