"""Which component waits for which: sibling Applications in the order of their sync waves.

The children of one Application that go to the same cluster start wave by wave, each wave when the
one before, with all that descends from it, has ended well and is healthy. Clusters do not wait
for each other: a region that is down must not stop the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from trunkline.core.component import Component
from trunkline.core.hooks import wave_of

Key = tuple[str, str]
"""A component's id and the name of its cluster."""

NO_STEPS: Mapping[Key, frozenset[Key]] = {}


def waits_for(
    components: Iterable[tuple[Component, str]], steps: Mapping[Key, frozenset[Key]] = NO_STEPS
) -> Mapping[Key, frozenset[Key]]:
    """For each component in its cluster, all that must have ended well before it starts.

    `steps` is the same for the members of a RollingSync. They have steps instead of waves: were
    both obeyed, they could wait for each other for ever.
    """
    line = list(components)
    known = {(one.id, cluster) for one, cluster in line}
    children: dict[Key, list[tuple[int, Key]]] = defaultdict(list)
    for one, cluster in line:
        if one.parent and one.parent != one.id and (one.id, cluster) not in steps:
            children[one.parent, cluster].append((_wave(one), (one.id, cluster)))
    before: dict[Key, set[Key]] = {key: set(steps.get(key, ())) for key in sorted(known)}
    for one, cluster in line:
        if (one.id, cluster) in steps and (one.parent, cluster) in known:
            before[one.id, cluster].add((one.parent, cluster))
    for parent, family in children.items():
        for wave, key in family:
            if parent in known:
                before[key].add(parent)
            for earlier, sibling in family:
                if earlier < wave:
                    before[key] |= {sibling, *_descendants(sibling, children)}
    return {key: frozenset(keys) for key, keys in before.items()}


def awaited(before: Mapping[Key, frozenset[Key]]) -> frozenset[Key]:
    """Those that somebody waits for: they are done only when they are healthy."""
    return frozenset(key for keys in before.values() for key in keys)


def _wave(component: Component) -> int:
    return wave_of({"metadata": {"annotations": dict(component.annotations)}})


def _descendants(key: Key, children: Mapping[Key, list[tuple[int, Key]]]) -> set[Key]:
    found: set[Key] = set()
    left = [key]
    while left:
        for _, child in children.get(left.pop(), ()):
            if child not in found:
                found.add(child)
                left.append(child)
    return found
