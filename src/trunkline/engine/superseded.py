"""Files that an app of apps takes in by Kustomize are not read by themselves.

What a kustomization names it may rename, patch or leave out: its Applications are those that it
renders to. The files that it is made of are bases and patches, and nobody applies them as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from trunkline.core.component import Component

Components = Mapping[str, Component]
Parents = Mapping[str, Iterable[str]]
"""All that render a component, by its id; one that nobody renders stands in a file."""

Taken = Mapping[str, frozenset[str]]
"""The files that the kustomization of a component names, by the component's id."""


class Superseded(Struct, frozen=True):
    """`ids` are no components after all; nothing is to be said of `files`."""

    ids: frozenset[str] = field(default_factory=frozenset)
    files: frozenset[str] = field(default_factory=frozenset)


def without(components: Components, parents: Parents, gone: Superseded) -> dict[str, Component]:
    """The components that stay. One that a superseded one rendered too is another parent's."""
    kept = {}
    for one in components.values():
        if one.id not in gone.ids:
            parent = min((by for by in parents.get(one.id, ()) if by not in gone.ids), default="")
            moved = one.parent in gone.ids and parent
            origin = components[parent].origin if moved else one.origin
            kept[one.id] = replace(one, parent=parent, origin=origin) if moved else one
    return kept


def superseded(components: Components, parents: Parents, taken: Taken) -> Superseded:
    """What is declared only in files that others take in, and what that alone renders."""
    if not taken:
        return Superseded()
    takers = {
        one.id: {by for by, files in taken.items() if by != one.id and one.origin.file in files}
        for one in components.values()
        if not parents.get(one.id)
    }
    alive = {one for one, by in takers.items() if not by}
    while True:
        alive |= set(_rendered(components, parents, alive))
        # Where all takers are themselves in doubt (they take each other in), files stand.
        doubtful = {one for one, by in takers.items() if one not in alive and not by & alive}
        if not doubtful:
            break
        alive |= doubtful
    files = frozenset(file for one in alive for file in taken.get(one, ()))
    standing = {components[one].origin.file for one in alive if one in takers}
    return Superseded(frozenset(components.keys() - alive), files - standing)


def _rendered(components: Components, parents: Parents, alive: set[str]) -> Iterator[str]:
    """All that these render, to any depth."""
    known = set(alive)
    while fresh := {one for one in components if known & set(parents.get(one, ()))} - known:
        yield from fresh
        known |= fresh
