"""Which deletions and creations of a plan are one object that moves.

Asked of the whole plan, since an object may move from one component to another of its cluster.
Everything here works on the masked objects of a plan; of a Secret it is therefore not known
whether the values stayed the same, and nothing is said of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from msgspec.structs import replace

from trunkline.core.change import Action, Change, ComponentPlan, Move
from trunkline.core.diff import Masker, difference
from trunkline.core.diff.moved import End, moves, renamed_as

Key = tuple[int, int]
"""Where a change stands: the position of its component, its own position."""


def with_moves(parts: tuple[ComponentPlan, ...]) -> tuple[ComponentPlan, ...]:
    """The same plan; creations know what they were, deletions what they become."""
    gone, come = _ends(parts, Action.DELETE), _ends(parts, Action.CREATE)
    told: dict[Key, Change] = {}
    for cluster in sorted(gone.keys() & come.keys()):
        for new, old in moves(gone[cluster], come[cluster]).items():
            told.update(_told(parts, old, new))
    if not told:
        return parts
    return tuple(
        replace(
            part,
            changes=tuple(
                told.get((at, position), change) for position, change in enumerate(part.changes)
            ),
        )
        for at, part in enumerate(parts)
    )


def _ends(parts: tuple[ComponentPlan, ...], action: Action) -> dict[str, list[End[Key]]]:
    found: dict[str, list[End[Key]]] = defaultdict(list)
    for at, part in enumerate(parts):
        for position, change in enumerate(part.changes):
            manifest = change.before if action is Action.DELETE else change.after
            if change.action is action and manifest is not None:
                end = End((at, position), change.ref, manifest, (part.id,))
                found[part.cluster].append(end)
    return found


def _told(parts: tuple[ComponentPlan, ...], old: Key, new: Key) -> Iterator[tuple[Key, Change]]:
    was, now = parts[old[0]].changes[old[1]], parts[new[0]].changes[new[1]]
    if was.before is None or now.after is None:
        return
    left = difference(renamed_as(was.before, now.ref), now.after, masker=Masker())
    yield new, replace(now, moved_from=Move(was.ref, parts[old[0]].id, left.diff))
    yield old, replace(was, moved_to=Move(now.ref, parts[new[0]].id, left.diff))
