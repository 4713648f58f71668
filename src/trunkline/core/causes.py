"""Why a live object is not as the commit says: somebody's hand, or a commit on its way.

A field that we own and a commit changed is undelivered: the commit is named. A field that another
manager owns was changed in the cluster, whatever Git says: that is drift, and `managedFields` says
whose and since when. What neither explains is left without a cause rather than guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from trunkline.core.change import Action, Cause, Change, FieldChange, PlannedCommit, Why
from trunkline.core.diff.writers import writers, writers_of
from trunkline.core.manifest import Manifest, Ref

# Items of lists are named by other keys where one side has no defaults.
_ITEM = re.compile(r'\[[^\]"]*=[^\]]*\]')


class Step(Struct, frozen=True):
    """A commit that changes what the component renders to, and what it changes there."""

    commit: PlannedCommit
    changes: Mapping[Ref, Change]


def step(commit: PlannedCommit, changes: Iterable[Change]) -> Step:
    return Step(commit, {change.ref: change for change in changes})


def causes(change: Change, live: Manifest | None, steps: Sequence[Step]) -> tuple[Cause, ...]:
    """Why this object differs; `steps` are the commits not yet delivered, the newest first."""
    if change.action is Action.CREATE:
        return (_of_commit(change.ref, Action.CREATE, steps) or Cause(Why.DRIFT),)
    if change.action is Action.DELETE:
        found = _of_commit(change.ref, Action.DELETE, steps)
        return (found,) if found else ()
    if live is None:  # An object whose name follows its content is live under another name.
        found = _of_commit(change.ref, change.action, steps)
        return (found,) if found else ()
    return _united(_cause(field, change.ref, live, steps) for field in change.fields)


def _of_commit(ref: Ref, action: Action, steps: Sequence[Step]) -> Cause | None:
    """The commit that made the whole object come or go."""
    for one in steps:
        if ref in one.changes and one.changes[ref].action is action:
            return _undelivered(one)
    return None


def _cause(field: FieldChange, ref: Ref, live: Manifest, steps: Sequence[Step]) -> Cause | None:
    owners = writers_of(live, field.at)
    ours = any(one.is_us for one in owners)
    strangers = [one for one in owners if not one.is_us]
    applied = any(one.is_us for one in writers(live))
    commit = next((one for one in steps if _touches(one, ref, field.path)), None)
    if strangers and not ours and (applied or commit is None):
        one = strangers[0]
        return Cause(Why.DRIFT, (field.path,), one.manager, one.operation, one.time)
    if commit is not None:
        return replace(_undelivered(commit), paths=(field.path,))
    if ours:
        return None
    return Cause(Why.DRIFT, (field.path,))


def _touches(one: Step, ref: Ref, path: str) -> bool:
    """Whether the commit changes this field, something in it, or something that it is in."""
    if ref not in one.changes:
        return False
    wanted = _ITEM.sub("[]", path)
    for field in one.changes[ref].fields:
        found = _ITEM.sub("[]", field.path)
        if wanted == found or _below(wanted, found) or _below(found, wanted):
            return True
    return False


def _below(path: str, above: str) -> bool:
    return path.startswith((f"{above}.", f"{above}["))


def _undelivered(one: Step) -> Cause:
    commit = one.commit
    return Cause(Why.UNDELIVERED, commit=commit.id, author=commit.author, subject=commit.subject)


def _united(found: Iterable[Cause | None]) -> tuple[Cause, ...]:
    """One cause for all fields that it explains."""
    paths: dict[Cause, list[str]] = {}
    for one in found:
        if one is not None:
            paths.setdefault(replace(one, paths=()), []).extend(one.paths)
    return tuple(replace(one, paths=tuple(named)) for one, named in paths.items())
