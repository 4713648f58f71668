"""From two objects, or two lists of objects, to the changes between them.

Everything here works on sealed, normal objects (see `mask`, `normal`): a Change cannot hold a
secret, because none is left when it is built.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import zip_longest

import orjson
from msgspec import Struct, field
from msgspec.structs import replace

from trunkline.core.change import Action, Change, FieldChange
from trunkline.core.component import IgnoreRule
from trunkline.core.diff.align import ABSENT, Node, aligned, without
from trunkline.core.diff.fields import field_changes, masked, objects
from trunkline.core.diff.hashed import mentioned, renamed, with_names
from trunkline.core.diff.ignored import without_ignored
from trunkline.core.diff.jqpaths import Places, expressions_of, nowhere
from trunkline.core.diff.mask import Masker, shown
from trunkline.core.diff.noise import hushed, is_checksum, restarts
from trunkline.core.diff.normal import empty_places, equal, normal, same_but_for_noise
from trunkline.core.diff.path import Path, said
from trunkline.core.diff.refusal import asks_for_replacement, refused, remedy
from trunkline.core.diff.schemas import left_out
from trunkline.core.diff.unified import unified
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.marks import unmarked

_NO_OPTIONS: Mapping[str, str] = {}


Pair = tuple[Manifest | None, Manifest | None, str]
"""Before, after, and why an object changes that looks the same."""


class Compared(Struct, frozen=True):
    """One object laid side by side: the sealed tree, and the normal objects it was made from."""

    ref: Ref
    root: Node
    before: Manifest | None
    after: Manifest | None
    reason: str = ""
    spelled: int = 0


class Differ(Struct, frozen=True):
    """How the objects of one component are compared.

    Give the masker of the whole component, so that its secrets are known in all its objects.
    `options` are the component's sync options, `ignore` its ignored differences, `places` what the
    jq expressions of these name (`asked_of`).
    """

    masker: Masker
    options: Mapping[str, str] = field(default_factory=dict)
    ignore: Sequence[IgnoreRule] = ()
    places: Places = nowhere

    def told(self, pairs: Iterable[Pair]) -> tuple[Change, ...]:
        """The masked changes of these objects, no-ops included, in the order given.

        All objects of a component are told at once: what many of them say alike is folded.
        """
        compared = [self._compared(*pair) for pair in pairs]
        noise = hushed([one.root for one in compared])
        return tuple(map(self._change, compared, noise))

    def _compared(self, before: Manifest | None, after: Manifest | None, reason: str) -> Compared:
        existing = before if after is None else after
        if existing is None:
            raise ValueError("a difference needs at least one object")
        ref = Ref.of(existing)
        if before is None or after is None:
            sealed = self.masker.sealed(normal(existing))
            sides = (ABSENT, sealed) if before is None else (sealed, ABSENT)
            return Compared(ref, aligned(*sides), before, after, reason)
        if equal(before, after):
            return Compared(ref, Node((), before, after, same=True), before, after, reason)
        rules = [rule for rule in self.ignore if rule.applies_to(ref)]
        one, other = without_ignored(before, after, rules, self.places)
        was, now = normal(one), normal(other)
        root = aligned(self.masker.sealed(was), self.masker.sealed(now))
        return Compared(ref, root, before, after, reason, _spelled(root, one, other))

    def _change(self, compared: Compared, noise: frozenset[Path]) -> Change:
        root = compared.root
        if compared.before is None or compared.after is None:
            return _whole(compared)
        change = _unchanged(compared) if root.same else self._update(compared, noise)
        if compared.reason and change.action in (Action.NOOP, Action.UPDATE):
            reason = "; ".join(filter(None, (change.reason, compared.reason)))
            return replace(change, action=Action.UPDATE, reason=reason)
        return change

    def _update(self, compared: Compared, noise: frozenset[Path]) -> Change:
        root = compared.root
        assert compared.before is not None and compared.after is not None
        action, reason, fixed = self._action(compared)
        folded = _only(root, noise)
        masked_before, masked_after = objects(root)
        return Change(
            compared.ref,
            action,
            tuple(field_changes(root)),
            unified(without(root, noise) if noise else root),
            "; ".join(filter(None, (reason, *_reasons(root, noise)))),
            masked_before,
            masked_after,
            folded=folded,
            spelled=compared.spelled,
            fixed=fixed,
        )

    def _action(self, compared: Compared) -> tuple[Action, str, tuple[str, ...]]:
        assert compared.before is not None and compared.after is not None
        found = refused(compared.ref, normal(compared.before), compared.root)
        fixed = tuple(shown(path) for path in found)
        if not fixed:
            return Action.UPDATE, "", ()
        if asks_for_replacement(compared.after, self.options):
            reason = f"deleted and created again: {', '.join(fixed)} cannot change"
            return Action.REPLACE, reason, ()
        return Action.UPDATE, remedy(fixed), fixed


def asked_of(pairs: Iterable[Pair], ignore: Sequence[IgnoreRule]) -> Iterator[tuple[Manifest, str]]:
    """What has to be known of the objects before they are told: (object, jq expression)."""
    if not expressions_of(ignore):
        return
    for before, after, _ in pairs:
        if before is None or after is None or equal(before, after):
            continue
        ref = Ref.of(after)
        for one in expressions_of(rule for rule in ignore if rule.applies_to(ref)):
            yield before, one
            yield after, one


def changes(
    base: Sequence[Manifest],
    head: Sequence[Manifest],
    *,
    masker: Masker | None = None,
    options: Mapping[str, str] = _NO_OPTIONS,
    ignore: Sequence[IgnoreRule] = (),
) -> tuple[Change, ...]:
    """What turns one component's objects into the others, in the order of refs; no no-ops."""
    found = compared_changes(base, head, masker=masker, options=options, ignore=ignore)
    return tuple(one for one in found if one.action is not Action.NOOP)


def compared_changes(
    base: Sequence[Manifest],
    head: Sequence[Manifest],
    *,
    masker: Masker | None = None,
    options: Mapping[str, str] = _NO_OPTIONS,
    ignore: Sequence[IgnoreRule] = (),
    places: Places = nowhere,
) -> tuple[Change, ...]:
    """The same with the no-ops of objects that are written otherwise and mean the same."""
    differ = Differ(masker or Masker.of([*base, *head]), options, ignore, places)
    pairs = (pair for pair in paired(base, head) if pair[2] or not _is_one(pair[0], pair[1]))
    return tuple(sorted(differ.told(pairs), key=lambda change: change.ref))


def _is_one(before: Manifest | None, after: Manifest | None) -> bool:
    """Whether both are the same data. Most objects of a plan are, so that this is asked quickly:
    what Python calls equal is looked at closely only where it is not written alike."""
    if before is after or before is None or after is None:
        return before is after
    if before != after:
        return False
    try:
        return orjson.dumps(before) == orjson.dumps(after) or equal(before, after)
    except TypeError:  # A number beyond 64 bits.
        return equal(before, after)


def difference(
    before: Manifest | None,
    after: Manifest | None,
    *,
    masker: Masker | None = None,
    options: Mapping[str, str] = _NO_OPTIONS,
    ignore: Sequence[IgnoreRule] = (),
) -> Change:
    """The masked change from one object to the other; None where it does not exist.

    Both are of one kind: two renders, or a live object and what applying would make of it.
    """
    present = [one for one in (before, after) if one is not None]
    differ = Differ(masker or Masker.of(present), options, ignore)
    (change,) = differ.told([(before, after, "")])
    return change


def _whole(compared: Compared) -> Change:
    """An object that comes or goes."""
    root = compared.root
    diff = unified(root)
    if compared.before is None:
        return Change(compared.ref, Action.CREATE, diff=diff, after=masked(root.after))
    return Change(compared.ref, Action.DELETE, diff=diff, before=masked(root.before))


def _unchanged(compared: Compared) -> Change:
    """Two objects that differ and mean the same, or whose difference cannot be shown."""
    reordered = [node for node in compared.root.walk() if node.folded and node.order]
    places = ", ".join(shown(said(node.path)) for node in reordered)
    found = partial(Change, compared.ref, spelled=compared.spelled)
    if any("template" in node.path for node in reordered):
        reason = f"only the order of {places} differs; pods are restarted"
        return found(action=Action.UPDATE, reason=reason)
    if reordered:
        return found(action=Action.NOOP, reason=f"only the order of {places} differs")
    before, after = compared.before or {}, compared.after or {}
    if not equal(before, after) and equal(unmarked(before), unmarked(after)):
        return found(action=Action.NOOP, reason="only Trunkline's own marks differ")
    return found(action=Action.NOOP)


def _spelled(root: Node, before: Manifest, after: Manifest) -> int:
    """How many fields are written otherwise and mean the same."""
    folded = sum(node.folded for node in root.walk())
    empties = len(empty_places(before) ^ empty_places(after))
    if root.same and not (folded or empties) and not equal(unmarked(before), unmarked(after)):
        return 1 if not same_but_for_noise(unmarked(before), unmarked(after)) else 0
    return folded + empties


def _only(root: Node, places: frozenset[Path]) -> tuple[FieldChange, ...]:
    if not places:
        return ()
    nodes = [node for node in root.walk() if node.path in places]
    return tuple(field for node in nodes for field in field_changes(node))


def _reasons(root: Node, noise: frozenset[Path]) -> Iterator[str]:
    """What is to be said of an update beside its difference."""
    if told := left_out(root):
        yield f"{told} in its schema changed"
    sums = sorted({str(path[-1]) for path in noise if is_checksum(path)})
    if sums and restarts(noise):
        yield f"{', '.join(map(shown, sums))} differs: pods are restarted"


def paired(base: Sequence[Manifest], head: Sequence[Manifest]) -> Iterator[Pair]:
    """Which object became which, and why an object changes that looks the same."""
    olds, news = _by_ref(base), _by_ref(head)
    moves = renamed(olds.keys() - news.keys(), news.keys() - olds.keys())
    names = {old.name: new.name for old, new in moves.items()}
    for old, new in moves.items():
        for before, after in zip_longest(olds.pop(old), news.pop(new)):
            yield _with(before, names), after, f"its name follows its content: was {old.name}"
    for ref in sorted({*olds, *news}):
        for before, after in zip_longest(olds.get(ref, ()), news.get(ref, ())):
            used = mentioned(before, names) if names and before and after else []
            yield _with(before, names) if used else before, after, _rolls(used, names)


def _with(manifest: Manifest | None, names: dict[str, str]) -> Manifest | None:
    return None if manifest is None else with_names(manifest, names)


def _rolls(used: Iterable[str], names: dict[str, str]) -> str:
    told = ", ".join(f"{names[name]} (was {name})" for name in used)
    return f"uses the new {told}" if told else ""


def _by_ref(manifests: Iterable[Manifest]) -> dict[Ref, list[Manifest]]:
    """Objects by identity; those that the server will name (generateName) may share one."""
    found: dict[Ref, list[Manifest]] = defaultdict(list)
    for manifest in manifests:
        found[Ref.of(manifest)].append(manifest)
    return found
