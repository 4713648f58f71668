"""Who may want an object although nobody can say so: components that cannot be rendered.

An object may move from one component to another in a commit in which the other cannot be rendered.
Pruned by the first, it would be lost before the other can take it over. So it stays where one that
cannot be rendered was changed since the first last had the object; had it after its own last sync;
or names it in its files. What has been broken for long, and is left alone, keeps nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from trunkline.core.component import Cluster, Component
from trunkline.core.manifest import Ref
from trunkline.core.rendering import OWN
from trunkline.core.snapshot import Snapshot, SnapshotError
from trunkline.core.tenants import NAMESPACE
from trunkline.engine.connect import Connection
from trunkline.engine.fleet import capabilities_of
from trunkline.engine.lineage import Lineage
from trunkline.engine.pairs import paired
from trunkline.engine.permission import rules_for
from trunkline.engine.scene import Scene
from trunkline.engine.sides import Outlook, Sides
from trunkline.engine.unasked import Unasked
from trunkline.engine.wants import Wants

# No more of a component's files is looked through for a name; in bytes.
MOST = 64 * 2**20


class Doubts(Struct, frozen=True):
    """Asked of what is about to be deleted from a cluster, for the commit of one scene."""

    lineage: Lineage
    wants: Wants

    async def about(
        self, owner: str, cluster: Cluster, connection: Connection, held: Mapping[Ref, str]
    ) -> dict[Ref, str]:
        """Why each of these objects of a component stays for now, where it does. `held` has them
        with the commit that last held each. Raises ApiError, and what `Lineage` raises.
        """
        broken = await self.wants.unrendered(cluster, connection) if held else ()
        broken = tuple(one for one in broken if one.id != owner)
        if not (held and (broken or self._scene.discovered.incomplete)):
            return {}
        rendered = await self.lineage.rendered(owner, cluster, connection, held)
        found: dict[Ref, str] = {}
        for commit, refs in _by_commit({**held, **rendered}).items():
            base = await self.lineage.scenes.at(commit)
            if reason := self._undiscovered(base):
                found |= dict.fromkeys(refs, reason)
            else:
                found |= await self._wanted(broken, cluster, base, refs)
        return found

    @property
    def _scene(self) -> Scene:
        return self.lineage.scene

    def _undiscovered(self, base: Scene) -> str:
        """Why a component may be missing that was known at this earlier commit."""
        now = self._scene.discovered.incomplete
        return f"discovery is incomplete: {now}" if now != base.discovered.incomplete else ""

    async def _wanted(
        self, broken: Collection[Component], cluster: Cluster, base: Scene, refs: Sequence[Ref]
    ) -> dict[Ref, str]:
        changed = await self._changed(broken, cluster, base)
        found: dict[Ref, str] = {}
        for one in broken:
            left = [ref for ref in refs if ref not in found and self._may_have(one, ref)]
            reasons = {
                ref: self._reason(one, cluster, ref, changed=one.id in changed) for ref in left
            }
            named = await self._named(one, cluster, [ref for ref in left if not reasons[ref]])
            reasons |= dict.fromkeys(named, "and names it in its files")
            found |= {
                ref: f"{one.id} cannot be rendered, {reason}"
                for ref, reason in reasons.items()
                if reason
            }
        return found

    async def _changed(
        self, broken: Collection[Component], cluster: Cluster, base: Scene
    ) -> frozenset[str]:
        """Those that ask for another render than at the base, as far as they can ask for one."""
        sides = Sides(base, self._scene, self.lineage.desires)
        pairs = paired(base, self._scene, [one.id for one in broken]) if broken else []
        return frozenset(
            [
                pair.head.id
                for pair in pairs
                if pair.head
                and pair.cluster.name == cluster.name
                and await sides.outlook(pair) is Outlook.DIFFERENT
            ]
        )

    def _may_have(self, one: Component, ref: Ref) -> bool:
        """Whether its project lets the component have the object at all."""
        found = self._scene.discovered
        return not rules_for(one, found.projects, found.fleet).veto(ref, bool(ref.namespace))

    def _reason(self, one: Component, cluster: Cluster, ref: Ref, *, changed: bool) -> str:
        if changed:
            return "and may want it now: it changed when this went"
        last = self.lineage.synced.get((one.id, cluster.name))
        last_refs = last.refs if last else frozenset[Ref]()
        if ref in last_refs:
            return "and had it after its last sync"
        if (ref.group, ref.kind) == NAMESPACE and (
            ref.name in {one.destination.namespace, *(each.namespace for each in last_refs)}
        ):
            return "and may have objects in it"
        return ""

    async def _named(self, one: Component, cluster: Cluster, refs: Sequence[Ref]) -> frozenset[Ref]:
        """Whose names the files of this repository hold that its render rests on."""
        if not refs:
            return frozenset()
        world = self._scene.world
        try:
            able = capabilities_of(cluster)
            requests = await self.lineage.desires.requests(one, world, able)
        except Unasked as error:
            places = error.places
        else:
            inputs = [each for request, _ in requests for each in request.inputs]
            places = frozenset(each.path for each in inputs if each.repository == OWN)
        found = set[Ref]()
        for text in _texts(world.whole, places):
            found |= {ref for ref in refs if ref not in found and ref.name.encode() in text}
            await asyncio.sleep(0)  # Many files: others go on meanwhile.
        return frozenset(found)


def _by_commit(held: Mapping[Ref, str]) -> dict[str, list[Ref]]:
    found: dict[str, list[Ref]] = defaultdict(list)
    for ref, commit in sorted(held.items()):
        found[commit].append(ref)
    return found


def _texts(snapshot: Snapshot, places: Iterable[str]) -> Iterator[bytes]:
    left = MOST
    for path in sorted({file for place in places for file in _files(snapshot, place)}):
        with contextlib.suppress(SnapshotError):
            text = snapshot.read(path)
            left -= len(text)
            yield text
        if left < 0:
            return


def _files(snapshot: Snapshot, place: str) -> Iterator[str]:
    """The file of this path, or all files below it; none for what is not there."""
    try:
        whole = snapshot.entry(place) == "directory"
        yield from snapshot.paths(place) if whole else [place]
    except SnapshotError:
        return
