"""The order of a sync is one pure sort: phase, wave, kind, name.

Inside a wave the objects of one step of the kind order are independent and may be applied side by
side. Prunes run in the reverse order: their waves are mirrored, so that what came last goes first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby

from msgspec import Struct, field

from trunkline.core.hooks import Phase, hook_phases, wave_of
from trunkline.core.manifest import Manifest, Ref

# What others of the list need stands before them. Kinds that nobody listed come after workloads,
# whose operators and webhooks they may need; what intercepts requests comes last, or it would
# intercept the objects of its own sync before its server is up.
FIRST = (
    "Namespace",
    "CustomResourceDefinition",
    "PriorityClass",
    "RuntimeClass",
    "StorageClass",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "ConfigMap",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
)
LAST = ("APIService", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")

_POSITION = {kind: at for at, kind in enumerate(FIRST)} | {
    kind: len(FIRST) + 1 + at for at, kind in enumerate(LAST)
}

# Their objects are usable only some time after they are accepted.
AWAITED = frozenset({"Namespace", "CustomResourceDefinition", "APIService"})


def kind_position(kind: str) -> int:
    return _POSITION.get(kind, len(FIRST))


class Task(Struct, frozen=True):
    """One object at one moment of a sync; a hook with two phases is two tasks."""

    manifest: Manifest
    phase: Phase
    hook: bool = False

    @property
    def ref(self) -> Ref:
        return Ref.of(self.manifest)

    @property
    def wave(self) -> int:
        return wave_of(self.manifest)

    @property
    def key(self) -> tuple[int, int, Ref]:
        return self.wave, kind_position(self.ref.kind), self.ref


class Wave(Struct, frozen=True):
    """`tiers` are applied one after the other, the tasks of a tier side by side.

    `prunes` are live objects that go at the end of this wave, the first one first.
    """

    number: int
    tiers: tuple[tuple[Task, ...], ...] = ()
    prunes: tuple[Manifest, ...] = ()

    @property
    def tasks(self) -> tuple[Task, ...]:
        return tuple(task for tier in self.tiers for task in tier)


class Order(Struct, frozen=True):
    """A component's whole sync: waves by phase, and what is pruned when all is healthy."""

    waves: dict[Phase, tuple[Wave, ...]] = field(default_factory=dict)
    last: tuple[Manifest, ...] = ()

    def of(self, phase: Phase) -> tuple[Wave, ...]:
        return self.waves.get(phase, ())


def tasks_of(manifests: Iterable[Manifest], *, first: bool) -> tuple[Task, ...]:
    """A task for each moment of each object, in order."""
    found = []
    for one in manifests:
        phases = hook_phases(one, first=first)
        found += [Task(one, phase, hook=True) for phase in phases] or [Task(one, Phase.SYNC)]
    return tuple(sorted(found, key=lambda task: task.key))


def ordered(
    tasks: Sequence[Task], prunes: Sequence[Manifest] = (), last: Sequence[Manifest] = ()
) -> Order:
    """The waves of every phase; `last` are the prunes that wait until all else is healthy."""
    mirrored = _mirrored(prunes)
    waves = {}
    for phase in Phase:
        mine = [task for task in tasks if task.phase is phase]
        numbers = {task.wave for task in mine}
        if phase is Phase.SYNC:
            numbers |= set(mirrored)
        waves[phase] = tuple(
            Wave(
                number,
                _tiers(task for task in mine if task.wave == number),
                mirrored.get(number, ()) if phase is Phase.SYNC else (),
            )
            for number in sorted(numbers)
        )
    return Order(waves, _reverse(last))


def _tiers(tasks: Iterable[Task]) -> tuple[tuple[Task, ...], ...]:
    line = sorted(tasks, key=lambda task: task.key)
    return tuple(tuple(tier) for _, tier in groupby(line, key=lambda task: task.key[:2]))


def _mirrored(prunes: Sequence[Manifest]) -> dict[int, tuple[Manifest, ...]]:
    """Prunes by the wave at whose end they go: the highest wave's in the lowest, and so on."""
    by_wave: dict[int, list[Manifest]] = defaultdict(list)
    for one in prunes:
        by_wave[wave_of(one)].append(one)
    numbers = sorted(by_wave)
    return {
        number: _reverse(by_wave[mirror])
        for number, mirror in zip(numbers, reversed(numbers), strict=True)
    }


def _reverse(prunes: Sequence[Manifest]) -> tuple[Manifest, ...]:
    def position(one: Manifest) -> tuple[int, int, Ref]:
        return wave_of(one), kind_position(str(one.get("kind"))), Ref.of(one)

    return tuple(sorted(prunes, key=position, reverse=True))
