"""RollingSync: which components wait for which, and how many of a step go at once.

Unlike the waves of sibling Applications, the steps of an ApplicationSet hold back across clusters:
that is what they are for, one region before the next.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from trunkline.core.argo.appset.parse import ApplicationSet
from trunkline.core.component import Cluster, Component
from trunkline.core.finding import Finding, Severity
from trunkline.core.shell import word
from trunkline.engine.sync.schedule import Key

Placed = tuple[Component, Cluster]


class Gate:
    """The components of one step that are under way. One that fails keeps its place, so that what
    goes wrong in a few does not go on to the rest.
    """

    def __init__(self, at_once: int) -> None:
        self.at_once = at_once
        self._taken = 0
        self._failed: list[str] = []
        self._changed = asyncio.Condition()

    async def enter(self) -> str:
        """Wait for a place; the answer is a failed component if those have taken them all."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._taken < self.at_once or self._is_blocked)
            if self._is_blocked:
                return self._failed[0]
            self._taken += 1
            return ""

    async def leave(self, component_id: str, *, well: bool) -> None:
        async with self._changed:
            if well:
                self._taken -= 1
            else:
                self._failed.append(component_id)
            self._changed.notify_all()

    @property
    def _is_blocked(self) -> bool:
        return len(self._failed) >= self.at_once


class Rollouts(Struct, frozen=True):
    """The rollouts of one run. `before` are those that must be healthy before a component starts;
    `gates` are for components of which not all of a step go at once; `held` are those that no
    step starts: they are for a person to sync by name.
    """

    before: Mapping[Key, frozenset[Key]] = field(default_factory=dict)
    gates: Mapping[Key, Gate] = field(default_factory=dict)
    held: Mapping[Key, str] = field(default_factory=dict)


def rollouts_of(placed: Iterable[Placed], sets: Mapping[str, ApplicationSet]) -> Rollouts:
    """The rollouts of these components, each in its cluster."""
    members: dict[str, list[Placed]] = defaultdict(list)
    for component, cluster in placed:
        if component.generator in sets and sets[component.generator].rollout:
            members[component.generator].append((component, cluster))
    before: dict[Key, frozenset[Key]] = {}
    gates: dict[Key, Gate] = {}
    held: dict[Key, str] = {}
    for name, line in sorted(members.items()):
        _add(sets[name], line, before, gates, held)
    return Rollouts(before, gates, held)


def _add(
    one: ApplicationSet,
    members: Iterable[Placed],
    before: dict[Key, frozenset[Key]],
    gates: dict[Key, Gate],
    held: dict[Key, str],
) -> None:
    rollout = one.rollout
    assert rollout is not None
    steps: dict[int, list[Key]] = defaultdict(list)
    for component, cluster in members:
        step = rollout.step_of(component.labels)
        if step is None:
            held[component.id, cluster.name] = f"no step of ApplicationSet {one.id} picks it"
        else:
            steps[step].append((component.id, cluster.name))
    earlier: frozenset[Key] = frozenset()
    for number, keys in sorted(steps.items()):
        at_once = rollout.steps[number].at_once(len(keys))
        if not at_once:
            said = f"step {number + 1} of ApplicationSet {one.id} has maxUpdate 0"
            held.update(dict.fromkeys(keys, said))
            continue
        if at_once < len(keys):
            gates.update(dict.fromkeys(keys, Gate(at_once)))
        before.update(dict.fromkeys(keys, earlier))
        earlier |= frozenset(keys)


def held_finding(key: Key, reason: str) -> Finding:
    return Finding(
        "not-rolled-out",
        f"{key[0]} is left as it is: {reason}",
        Severity.NOTE,
        component=key[0],
        cluster=key[1],
        remedy=f"trunkline sync {word(key[0])} syncs it",
    )
