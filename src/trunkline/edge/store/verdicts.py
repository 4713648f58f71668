"""Verdicts: this object, at this resourceVersion, was found equal to a manifest of this hash.

While both stand, nobody needs to compare them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import bindparam, delete, select

from trunkline.core.manifest import Ref
from trunkline.edge.store.connection import AsyncConnection
from trunkline.edge.store.refs import columns_of, ref_of
from trunkline.edge.store.schema import verdicts
from trunkline.edge.store.upsert import upsert

Verdict = tuple[str, str]
"""The manifest's fingerprint and the live object's resourceVersion."""

OF_CLUSTER = select(verdicts).where(verdicts.c.cluster == bindparam("of_cluster"))
ONE = (
    delete(verdicts)
    .where(verdicts.c.cluster == bindparam("of_cluster"))
    .where(verdicts.c.api_group == bindparam("of_api_group"))
    .where(verdicts.c.kind == bindparam("of_kind"))
    .where(verdicts.c.namespace == bindparam("of_namespace"))
    .where(verdicts.c.name == bindparam("of_name"))
)


async def read(connection: AsyncConnection, cluster: str) -> dict[Ref, Verdict]:
    rows = await connection.execute(OF_CLUSTER, {"of_cluster": cluster})
    return {ref_of(row): (row.fingerprint, row.resource_version) for row in rows}


async def remember(connection: AsyncConnection, cluster: str, found: Mapping[Ref, Verdict]) -> None:
    rows = [
        {
            "cluster": cluster,
            **columns_of(ref),
            "fingerprint": fingerprint,
            "resource_version": version,
        }
        for ref, (fingerprint, version) in found.items()
    ]
    await upsert(connection, verdicts, rows)


async def forget(connection: AsyncConnection, cluster: str, refs: Iterable[Ref]) -> None:
    keys = [
        {"of_cluster": cluster, **{f"of_{name}": value for name, value in columns_of(ref).items()}}
        for ref in sorted(refs)
    ]
    if keys:
        await connection.execute(ONE, keys)
