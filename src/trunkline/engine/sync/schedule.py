"""Which component waits for which: sibling Applications in the order of their sync waves, and
whoever says so of itself (`core/depends`).

The children of one Application that go to the same cluster start wave by wave, each wave when the
one before, with all that descends from it, has ended well and is healthy. Clusters do not wait
for each other: a region that is down must not stop the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from trunkline.core.component import Component
from trunkline.core.depends import depends_on
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
    _add_dependencies(line, before)
    return {key: frozenset(keys) for key, keys in before.items()}


def _add_dependencies(line: Sequence[tuple[Component, str]], before: dict[Key, set[Key]]) -> None:
    """What Applications say themselves: of the same cluster, else wherever the other one goes.

    What would close a circle is left out; it is told by `core/depends`.
    """
    clusters: dict[str, list[str]] = defaultdict(list)
    for one, cluster in line:
        clusters[one.id].append(cluster)
    for one, cluster in sorted(line, key=lambda placed: (placed[0].id, placed[1])):
        for other in depends_on(one):
            there = clusters.get(other, [])
            for where in [cluster] if cluster in there else there:
                if (one.id, cluster) not in _reached((other, where), before):
                    before[one.id, cluster].add((other, where))


def _reached(key: Key, before: Mapping[Key, set[Key]]) -> set[Key]:
    """The key and all that it waits for."""
    found = {key}
    left = [key]
    while left:
        for earlier in before.get(left.pop(), set()) - found:
            found.add(earlier)
            left.append(earlier)
    return found


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
