"""Components whose changes are the same, modulo their names.

A chart that 92 applications share gives 92 times one difference. A reviewer reads it once, with
the list of where it arrives, and then what some of them have beside it. Two changes are the same
if they say the same when each component's own names (its id and the words of it, its cluster, its
namespace) are taken out. One pass over the plan, however many components it has.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from trunkline.core.change import Action, Change, ComponentPlan

Signature = bytes


class Group(Struct, frozen=True):
    """Components with the same changes; the first stands for all.

    `told[i]` says that the change at this position is also one of a larger group, and told there.
    """

    members: tuple[ComponentPlan, ...]
    told: tuple[bool, ...] = ()

    @property
    def sample(self) -> ComponentPlan:
        return self.members[0]

    @property
    def own(self) -> tuple[Change, ...]:
        """The changes that no larger group tells."""
        pairs = zip(self.sample.changes, self.told, strict=True)
        return tuple(change for change, told in pairs if not told)

    def as_json(self) -> dict[str, Any]:
        return {"components": [{"id": one.id, "cluster": one.cluster} for one in self.members]}


def grouped(parts: Sequence[ComponentPlan]) -> tuple[Group, ...]:
    """Every component in exactly one group: the largest first, then as the components stand."""
    signatures = [signatures_of(part) for part in parts]
    found: dict[object, list[int]] = defaultdict(list)
    for at, (part, signs) in enumerate(zip(parts, signatures, strict=True)):
        found[_error(part), tuple(sorted(signs)), bool(part.was)].append(at)
    largest = _largest(found.values(), signatures)
    return tuple(
        Group(
            tuple(parts[at] for at in members),
            tuple(largest[sign] > len(members) for sign in signatures[members[0]]),
        )
        for members in sorted(found.values(), key=lambda members: (-len(members), members[0]))
    )


def _largest(
    groups: Iterable[list[int]], signatures: Sequence[Sequence[Signature]]
) -> Mapping[Signature, int]:
    """For each change the size of the largest group that has it."""
    sizes: dict[Signature, int] = {}
    for members in groups:
        for sign in signatures[members[0]]:
            sizes[sign] = max(sizes.get(sign, 0), len(members))
    return sizes


def signatures_of(part: ComponentPlan) -> tuple[Signature, ...]:
    """One for each change, equal for changes that are the same modulo the components' names."""
    names = _names(part)
    pattern = _pattern(names)
    return tuple(
        hashlib.blake2b(
            pattern.sub(lambda found: names[found[0]], _said(change)).encode(), digest_size=16
        ).digest()
        for change in part.changes
    )


def _error(part: ComponentPlan) -> str:
    names = _names(part) if part.error else {}
    return _pattern(names).sub(lambda found: names[found[0]], part.error)


def _said(change: Change) -> str:
    """All that a change says; of an object that comes or goes, the whole of it."""
    ref = change.ref
    said: list[Any] = [ref.group, ref.kind, ref.namespace, ref.name, change.action, change.reason]
    if change.action in (Action.CREATE, Action.DELETE):
        said.append(change.after or change.before)
    else:
        said += [[one.path, one.op, one.before, one.after] for one in change.fields]
    for move in (change.moved_from, change.moved_to):
        said.append([str(move.ref), move.component] if move else None)
    said += [[one.why, one.paths, one.manager, one.commit] for one in change.causes]
    return json.dumps(said, ensure_ascii=False, sort_keys=True, default=str)


def _names(part: ComponentPlan) -> dict[str, str]:
    """The component's own names, each with what stands for it."""
    namespaces = sorted({one.ref.namespace for one in part.changes if one.ref.namespace})
    _, _, name = part.id.rpartition("/")
    words = re.split(r"[-./]", name)
    found: dict[str, str] = {}
    for label, text in (
        ("id", part.id),
        ("name", name),
        ("cluster", part.cluster),
        *((f"namespace{at}", one) for at, one in enumerate(namespaces)),
        *((f"word{at}", one) for at, one in enumerate(words)),
    ):
        if len(text) > 1 and not text.isdigit():
            found.setdefault(text, f"\0{label}\0")
    return found


def _pattern(names: Mapping[str, str]) -> re.Pattern[str]:
    """Any of the names where no letter or digit is beside it, the longest first."""
    inside = "|".join(re.escape(one) for one in sorted(names, key=len, reverse=True))
    return re.compile(rf"(?<![A-Za-z0-9])(?:{inside or '(?!)'})(?![A-Za-z0-9])")
