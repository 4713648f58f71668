"""What is live in one cluster, as far as the components of this run are concerned.

Two questions are asked of a cluster: what stands at these refs, and what else carries our mark.
Marked objects are found by one labelled list per kind. What is wanted but not marked (a first
sync, objects of another tool) is read one by one, or with all of its kind in its namespace where
many are wanted there; what a namespace does not hold is not read at all (`engine/names`).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable

from trunkline.core.digest import live_digest
from trunkline.core.health import Health, HealthStatus, health_of
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.marks import SELECTOR, component_of, owner_of
from trunkline.edge.cluster.client import ClusterClient
from trunkline.edge.cluster.discovery import Discovery, Resource
from trunkline.edge.cluster.errors import ApiError, Forbidden, NotFound
from trunkline.engine.judge import Judge
from trunkline.engine.names import Names

# From this many objects of a kind in a namespace on, one list is cheaper than single reads.
LIST_FROM = 20

# Kinds that answer lists but hold nothing anyone applies.
NEVER_APPLIED = frozenset(
    {
        ("", "Event"),
        ("events.k8s.io", "Event"),
        ("", "ComponentStatus"),
        ("metrics.k8s.io", "NodeMetrics"),
        ("metrics.k8s.io", "PodMetrics"),
    }
)

MISSING = Health(HealthStatus.MISSING, "is not there")


def applicable(discovery: Discovery) -> list[Resource]:
    """The kinds that may hold objects of ours, in the order of groups and kinds."""
    return [
        one
        for one in discovery.resources()
        if {"list", "patch"} <= set(one.verbs) and (one.group, one.kind) not in NEVER_APPLIED
    ]


def is_down(resource: Resource, error: ApiError) -> bool:
    """Whether only what serves this kind is down, beside the API server's own groups: the pods of
    an aggregated API, or the webhook that converts between a CRD's versions.
    """
    return "." in resource.group and error.status in (500, 502, 503, 504)


class Live:
    """The live objects of one cluster. Read with `load`, kept up to date with `saw`.

    What is known of an object without the object itself (`content`, `owner`, `health`) is asked
    for by these names: whoever keeps only digests (`engine/watch`) answers too. `unlisted` are the
    kinds whose own server is down, each with what was said: what of them is ours is not known.
    """

    def __init__(self, client: ClusterClient, judge: Judge | None = None) -> None:
        self._client = client
        self._judge = judge or Judge()
        self._judged: dict[Ref, Health] = {}
        self._objects: dict[Ref, Manifest] = {}
        self._ours: dict[str, set[Ref]] = defaultdict(set)
        self._swept: set[tuple[str, str]] = set()
        self.unlisted: dict[tuple[str, str], str] = {}
        self._names = Names(client)

    def get(self, ref: Ref) -> Manifest | None:
        return self._objects.get(ref)

    def has(self, ref: Ref) -> bool:
        """Whether the object is known to be there."""
        return ref in self._objects

    def content(self, ref: Ref) -> str:
        """The object's `live_digest`, "" where none is known."""
        found = self.get(ref)
        return live_digest(found) if found else ""

    def owner(self, ref: Ref) -> str:
        """Whose the object is by its mark, or by Argo CD's; "" for nobody's."""
        found = self.get(ref)
        return owner_of(found) if found else ""

    def health(self, ref: Ref) -> Health:
        """What is known of it. Where a user's rule may speak, `healths` asks it first."""
        found = self.get(ref)
        if found is None:
            return MISSING
        return self._judged.get(ref) or health_of(found)

    async def healths(self, refs: Iterable[Ref]) -> dict[Ref, Health]:
        """The health of each, by the user's own rules where there are any."""
        wanted = list(refs)
        await asyncio.gather(*(self._judge_by_rule(ref) for ref in wanted if self._asks(ref)))
        return {ref: self.health(ref) for ref in wanted}

    def _asks(self, ref: Ref) -> bool:
        return ref not in self._judged and self._judge.asks(ref)

    async def _judge_by_rule(self, ref: Ref) -> None:
        found = self.get(ref)
        if found is not None:
            said = await self._judge.health(found)
            if self.get(ref) is found:
                self._judged[ref] = said

    def refs_of(self, component_id: str) -> frozenset[Ref]:
        """The refs of all that carries the component's mark."""
        return frozenset(self._ours.get(component_id, ()))

    async def whole(self, component_id: str) -> list[Manifest]:
        """Every object of a component, read where only its digest is known."""
        await self.load(self.refs_of(component_id))
        return self.of_component(component_id)

    def of_component(self, component_id: str) -> list[Manifest]:
        """Every live object that carries the component's mark, in the order of refs."""
        return [self._objects[ref] for ref in sorted(self._ours.get(component_id, ()))]

    def component_ids(self) -> set[str]:
        """The ids on all marks found by `sweep` and `load`."""
        return {one for one, refs in self._ours.items() if refs}

    def saw(self, ref: Ref, live: Manifest | None) -> None:
        """Remember what a read or a write just showed; None: the object is gone."""
        before = self._objects.pop(ref, None)
        self._judged.pop(ref, None)
        if before is not None:
            self._ours[component_of(before)].discard(ref)
        if live is not None:
            self._objects[ref] = live
            if mark := component_of(live):
                self._ours[mark].add(ref)

    def forget(self, refs: Iterable[Ref]) -> None:
        """Read these anew when they are loaded next."""
        for ref in refs:
            Live.saw(self, ref, None)
            self._names.forget(ref)

    async def load(self, refs: Iterable[Ref]) -> None:
        """Read everything at these refs; afterwards `get` answers for each of them."""
        wanted: dict[tuple[str, str], set[Ref]] = defaultdict(set)
        for ref in refs:
            if ref not in self._objects:
                wanted[ref.group, ref.kind].add(ref)
        discovery = await self._client.discovery()
        reads = []
        for kind, missing in sorted(wanted.items()):
            if resource := discovery.find(*kind):
                reads.append(self._load_kind(resource, missing))
        await asyncio.gather(*reads)

    async def sweep(self) -> None:
        """Find every object that carries our mark, of whatever kind the cluster serves."""
        kinds = applicable(await self._client.discovery())
        await asyncio.gather(*(self._sweep_kind(one) for one in kinds))

    async def _load_kind(self, resource: Resource, wanted: set[Ref]) -> None:
        await self._sweep_kind(resource)
        await self._load_missing(resource, {ref for ref in wanted if ref not in self._objects})

    async def _load_missing(self, resource: Resource, missing: set[Ref]) -> None:
        by_namespace: dict[str, list[Ref]] = defaultdict(list)
        for ref in sorted(missing):
            by_namespace[ref.namespace].append(ref)
        reads = (self._load_from(resource, *one) for one in by_namespace.items())
        await asyncio.gather(*reads)

    async def _load_from(self, resource: Resource, namespace: str, missing: list[Ref]) -> None:
        if len(missing) < LIST_FROM:
            await asyncio.gather(*(self._read(resource, ref) for ref in missing))
            return
        wanted = frozenset(missing)
        async for one in self._client.list(resource, namespace=namespace):
            if (ref := Ref.of(one)) in wanted:
                self.saw(ref, one)

    async def _sweep_kind(self, resource: Resource) -> None:
        kind = (resource.group, resource.kind)
        if kind in self._swept:
            return
        self._swept.add(kind)
        try:
            async for one in self._client.list(resource, label_selector=SELECTOR):
                self.saw(Ref.of(one), one)
        except (Forbidden, NotFound):
            # Whoever may not list a kind may still be allowed to read single objects of it.
            pass
        except ApiError as error:
            if not is_down(resource, error):
                self._swept.discard(kind)
                raise
            self.unlisted[kind] = str(error)

    async def _read(self, resource: Resource, ref: Ref) -> None:
        absent = await self._names.lack(resource, ref)
        self.saw(ref, None if absent else await self._client.get(ref))
