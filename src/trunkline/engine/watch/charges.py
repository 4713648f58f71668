"""The components that one keeper keeps: who they are at this commit, and who waits for whom."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence

from trunkline.core.component import Cluster, Component
from trunkline.core.manifest import Ref
from trunkline.engine.desire import Desires
from trunkline.engine.live import Live
from trunkline.engine.sync.schedule import Key, waits_for
from trunkline.engine.watch.charge import Charge
from trunkline.engine.watch.digests import Digest, Kind
from trunkline.engine.watch.stage import Stage
from trunkline.engine.watch.standing import settled
from trunkline.engine.watch.wanted import Served, basis_of, wanted_of

# A commit's many components are gone through without keeping everybody else waiting.
BREATH = 20


class Charges:
    """By id. `adopted` goes over to another commit and touches only what that changes."""

    def __init__(self, cluster: Cluster, desires: Desires, renders: asyncio.Semaphore) -> None:
        """`renders` is shared by all clusters: whole renders are in memory only a few at a time."""
        self.desires = desires
        self._renders = renders
        self._cluster = cluster
        self._charges: dict[str, Charge] = {}
        self._before: Mapping[str, frozenset[str]] = {}
        self._after: Mapping[str, set[str]] = {}
        self._spaces: Mapping[str, set[str]] = {}

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(self._charges)

    @property
    def kinds(self) -> frozenset[Kind]:
        """All that any of them wants."""
        return frozenset().union(*(one.wanted.kinds for one in self))

    def __iter__(self) -> Iterator[Charge]:
        return iter(self._charges.values())

    def get(self, component_id: str) -> Charge | None:
        return self._charges.get(component_id)

    def forgive(self) -> None:
        for charge in self._charges.values():
            charge.forgive()

    def concerned(self, ref: Ref, before: Digest | None, after: Digest | None) -> set[str]:
        """The ids of those that must be looked at when an object changes."""
        owners = {one.owner for one in (before, after) if one and one.owner}
        hooked = {one for one in owners if (known := self.get(one)) and ref in known.wanted.hooks}
        # What becomes of a hook is its sync's business.
        found = owners - hooked
        return found | (self._spaces.get(ref.name, set()) if ref.kind == "Namespace" else set())

    def missing(self) -> list[str]:
        """Those that failed for something that another may have brought; they may try again."""
        found = [one for one in self._charges.values() if one.missed]
        for charge in found:
            charge.forgive()
        return [one.component.id for one in found]

    def anew(self) -> list[str]:
        """Those that have something which stays for the sake of others; it is judged anew."""
        found = [one for one in self._charges.values() if one.notes.passing]
        for charge in found:
            charge.notes.passing.clear()
        return [one.component.id for one in found]

    def waits(self, component_id: str) -> str:
        """Whom the component waits for, in words; "" for nobody."""
        for earlier in sorted(self._before.get(component_id, ())):
            known = self.get(earlier)
            if known and not settled(known.status, automated=known.component.policy.automated):
                state = known.status.health if known.status else "not looked at yet"
                return f"waits for {earlier}, which is {state}"
        return ""

    def waiting_for(self, component_id: str) -> set[str]:
        return self._after.get(component_id, set())

    async def adopted(self, stage: Stage, served: Served, live: Live) -> AsyncIterator[Charge]:
        """Go over to a commit: each component that it touches, as soon as that is known."""
        self._drop(one.id for one in stage.placed)
        # Members of a RollingSync have no sync waves.
        self._order(stage.placed, stage.steps.members)
        touched = [one async for one in self._touched(stage, served)]
        renewing = [
            asyncio.create_task(self._renewed(one, stage, served, live), name=f"render of {one.id}")
            for one in touched
        ]
        try:
            for done in asyncio.as_completed(renewing):
                yield await done
        finally:
            for task in renewing:
                task.cancel()
        self._index()

    async def _touched(self, stage: Stage, served: Served) -> AsyncIterator[Component]:
        for number, component in enumerate(stage.placed):
            if number % BREATH == BREATH - 1:
                await asyncio.sleep(0)
            charge = self.get(component.id)
            basis = await basis_of(component, self._cluster, stage.scene, self.desires, served)
            if charge is None or charge.wanted.basis != basis or _acts(charge, component):
                yield component
            else:
                charge.keep(component, stage)

    async def _renewed(
        self, component: Component, stage: Stage, served: Served, live: Live
    ) -> Charge:
        async with self._renders:
            wanted = await wanted_of(
                component, self._cluster, stage.scene, self.desires, served, live
            )
        charge = self.get(component.id)
        if charge is None:
            charge = self._charges[component.id] = Charge(component, wanted, stage)
        else:
            charge.adopt(component, wanted, stage)
        return charge

    def _drop(self, ids: Iterable[str]) -> None:
        for gone in self._charges.keys() - set(ids):
            self._charges.pop(gone).newer.set()

    def _order(self, placed: Sequence[Component], apart: frozenset[Key]) -> None:
        name = self._cluster.name
        # Members of a RollingSync have steps instead of waves (`engine/watch/steps`).
        before = waits_for(((one, name) for one in placed), dict.fromkeys(apart, frozenset()))
        self._before = {
            component: frozenset(one for one, _ in keys) for (component, _), keys in before.items()
        }
        after: dict[str, set[str]] = defaultdict(set)
        for component, earlier in self._before.items():
            for one in earlier:
                after[one].add(component)
        self._after = after

    def _index(self) -> None:
        spaces: dict[str, set[str]] = defaultdict(set)
        for charge in self._charges.values():
            if charge.wanted.namespace:
                spaces[charge.wanted.namespace].add(charge.component.id)
        self._spaces = spaces


def _acts(charge: Charge, component: Component) -> bool:
    """Whether the same objects are to be treated in another way."""
    known = charge.component
    return (known.policy, known.ignore) != (component.policy, component.ignore)
