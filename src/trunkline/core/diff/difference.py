"""From two objects, or two lists of objects, to the changes between them.

Everything here works on sealed, normal objects (see `mask`, `normal`): a Change cannot hold a
secret, because none is left when it is built.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest

from trunkline.core.change import Action, Change
from trunkline.core.component import IgnoreRule
from trunkline.core.diff.align import ABSENT, Node, aligned
from trunkline.core.diff.fields import field_changes, masked, objects
from trunkline.core.diff.hashed import mentioned, renamed, with_names
from trunkline.core.diff.ignored import without_ignored
from trunkline.core.diff.mask import Masker, shown
from trunkline.core.diff.normal import equal, normal
from trunkline.core.diff.path import said
from trunkline.core.diff.refusal import asks_for_replacement, refused, remedy
from trunkline.core.diff.unified import unified
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.marks import unmarked

_NO_OPTIONS: Mapping[str, str] = {}


def changes(
    base: Sequence[Manifest],
    head: Sequence[Manifest],
    *,
    masker: Masker | None = None,
    options: Mapping[str, str] = _NO_OPTIONS,
    ignore: Sequence[IgnoreRule] = (),
) -> tuple[Change, ...]:
    """What turns one component's objects into the others, in the order of refs; no no-ops.

    `options` are the component's sync options, `ignore` its ignored differences.
    """
    masker = masker or Masker.of([*base, *head])
    found = []
    for before, after, reason in _paired(base, head):
        if before is not None and after is not None and before == after and not reason:
            continue
        change = difference(before, after, masker=masker, options=options, ignore=ignore)
        if reason and change.action in (Action.NOOP, Action.UPDATE):
            change = _because(change, reason)
        if change.action is not Action.NOOP:
            found.append(change)
    return tuple(sorted(found, key=lambda change: change.ref))


def difference(
    before: Manifest | None,
    after: Manifest | None,
    *,
    masker: Masker | None = None,
    options: Mapping[str, str] = _NO_OPTIONS,
    ignore: Sequence[IgnoreRule] = (),
) -> Change:
    """The masked change from one object to the other; None where it does not exist.

    Both are of one kind: two renders, or a live object and what applying would make of it. Give
    the masker of the whole component, so that its secrets are known in all its objects.
    """
    if before is None or after is None:
        return _whole(before, after, masker)
    if equal(before, after):
        return Change(Ref.of(after), Action.NOOP)
    masker = masker or Masker.of([before, after])
    ref = Ref.of(after)
    one, other = without_ignored(before, after, [rule for rule in ignore if rule.applies_to(ref)])
    was = normal(one)
    root = aligned(masker.sealed(was), masker.sealed(normal(other)))
    if root.same:
        return Change(ref, *_nothing(root, before, after))
    masked_before, masked_after = objects(root)
    action, reason = _action(ref, was, after, root, options)
    return Change(
        ref,
        action,
        tuple(field_changes(root)),
        unified(root),
        reason,
        masked_before,
        masked_after,
    )


def _whole(before: Manifest | None, after: Manifest | None, masker: Masker | None) -> Change:
    """An object that comes or goes."""
    existing = after if before is None else before
    if existing is None:
        raise ValueError("a difference needs at least one object")
    sealed = (masker or Masker.of([existing])).sealed(normal(existing))
    root = aligned(ABSENT, sealed) if before is None else aligned(sealed, ABSENT)
    change = Change(Ref.of(existing), Action.CREATE, diff=unified(root), after=masked(sealed))
    if before is None:
        return change
    return Change(change.ref, Action.DELETE, diff=change.diff, before=change.after)


def _action(
    ref: Ref, before: Manifest, after: Manifest, root: Node, options: Mapping[str, str]
) -> tuple[Action, str]:
    fixed = tuple(shown(path) for path in refused(ref, before, root))
    if not fixed:
        return Action.UPDATE, ""
    if asks_for_replacement(after, options):
        return Action.REPLACE, f"deleted and created again: {', '.join(fixed)} cannot change"
    return Action.UPDATE, remedy(fixed)


def _nothing(root: Node, before: Manifest, after: Manifest) -> tuple[Action, tuple[()], str, str]:
    """Why two objects that differ are no change; or why they are one with nothing to show."""
    folded = [node for node in root.walk() if node.folded]
    places = ", ".join(shown(said(node.path)) for node in folded)
    if any("template" in node.path for node in folded):
        return Action.UPDATE, (), "", f"only the order of {places} differs; pods are restarted"
    if folded:
        return Action.NOOP, (), "", f"only the order of {places} differs"
    if not equal(before, after) and equal(unmarked(before), unmarked(after)):
        return Action.NOOP, (), "", "only Trunkline's own marks differ"
    return Action.NOOP, (), "", ""


def _because(change: Change, reason: str) -> Change:
    joined = "; ".join(filter(None, (change.reason, reason)))
    return Change(
        change.ref,
        Action.UPDATE,
        change.fields,
        change.diff,
        joined,
        change.before,
        change.after,
    )


Pair = tuple[Manifest | None, Manifest | None, str]


def _paired(base: Sequence[Manifest], head: Sequence[Manifest]) -> Iterator[Pair]:
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
