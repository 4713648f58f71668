"""What would take with it what is to stay: a namespace with objects in it, a CRD with objects of
its kind.

A commit that drops the one drops none of the others, so it goes once they do. What counts is what
carries a component's mark, and what a component of the commit wants.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from trunkline.core.component import Cluster
from trunkline.core.hooks import is_hook
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.tenants import lives_in, why_lived_in
from trunkline.engine.connect import Connection
from trunkline.engine.live import Live
from trunkline.engine.wants import Wants


async def inhabited(
    objects: Sequence[Manifest], mine: str, wants: Wants, cluster: Cluster, connection: Connection
) -> dict[Ref, str]:
    """Why some of these objects stay, of which all are about to be deleted with a component or from
    it. Raises ApiError.
    """
    holding = [one for one in objects if lives_in(one)]
    if not holding:
        return {}
    homes, wanted = await wants.homes(cluster, connection), await wants.of(cluster, connection)
    tenants = defaultdict(set, {ref: set(ids) for ref, ids in wanted.items()})
    for ref, owner in _staying(connection.live, frozenset(map(Ref.of, objects))):
        tenants[ref].add(owner)
    found = {Ref.of(one): why_inhabited(one, homes, tenants, mine) for one in holding}
    return {ref: reason for ref, reason in found.items() if reason}


def why_inhabited(
    one: Manifest,
    homes: Mapping[Ref, tuple[str, ...]],
    tenants: Mapping[Ref, Collection[str]],
    mine: str,
) -> str:
    """Why the object stays for the sake of what would go with it, "" if nothing would."""
    if asking := homes.get(Ref.of(one)):
        return f"CreateNamespace=true of {asking[0]} asks for it"
    return why_lived_in(one, tenants, mine)


def _staying(live: Live, going: frozenset[Ref]) -> Iterator[tuple[Ref, str]]:
    """What is live and marked, and does not go; a hook's past runs are history."""
    for owner in sorted(live.component_ids()):
        for ref in live.refs_of(owner) - going:
            known = live.get(ref)
            if not (known and is_hook(known)):
                yield ref, owner
