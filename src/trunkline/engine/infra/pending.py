"""Units with a change that is not applied yet, as far as a commit has it.

What was applied is told by the planned ranges: of a unit the newest one that the commit contains
and that says something of it. A range of a branch that is not merged says nothing; one that was
merged under another id is known by its files.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from itertools import islice

from msgspec import Struct

from trunkline.core.infra.changed import How
from trunkline.core.infra.saved import Entry
from trunkline.edge.git import Repository
from trunkline.engine.infra.commits import UnitCommits
from trunkline.engine.infra.shelf import Shelf

# So many ranges are asked, and so many commits back one is known by its files.
LOOKED_BACK = 200

NOT_APPLIED = "which was planned and is not applied yet: trunkline infra apply"


async def pending_units(
    shelf: Shelf, commits: UnitCommits, wanted: Collection[str], commit: str
) -> Mapping[str, str]:
    """Those of the wanted units, each with what it waits for. Raises StoreError, KeysError.

    Where nothing was ever planned, somebody else applies, and nobody can tell.
    """
    repository = commits.repository.again()
    found: dict[str, str] = {}
    since: dict[str, set[str]] = defaultdict(set)
    left = set(wanted)
    ranges = await _contained(shelf, repository, commit)
    for one in ranges:
        span = await shelf.span(one.head) if left else None
        for entry in span.entries if span else ():
            if entry.unit in left and _tells(entry):
                left.discard(entry.unit)
                if _is_open(entry):
                    found[entry.unit] = NOT_APPLIED
                else:
                    since[one.at].add(entry.unit)
    if ranges:
        since[ranges[0].at] |= left
    for at, units in sorted(since.items()):
        found |= await _changed_since(commits, units, at, commit)
    return found


async def leaving_units(
    shelf: Shelf, commits: UnitCommits, commit: str
) -> Mapping[str, tuple[str, str]]:
    """Units that the commit holds no more and that are still there, each with the commit that last
    held it and how far its end is. Raises StoreError, KeysError.
    """
    repository = commits.repository.again()
    ranges = await _contained(shelf, repository, commit)
    found: dict[str, tuple[str, str]] = {}
    told: set[str] = set()
    for one in ranges:
        span = await shelf.span(one.head)
        for entry in span.entries if span else ():
            if entry.unit not in told and _tells(entry):
                told.add(entry.unit)
                if span and entry.how == How.REMOVED and _is_open(entry):
                    found[entry.unit] = span.base, NOT_APPLIED
    if ranges and ranges[0].at != commit:
        at = ranges[0].at
        for changed in await commits.between(at, commit):
            if changed.how is How.REMOVED:
                found[changed.id] = at, _not_planned(at, commit)
    return found


class _Range(Struct, frozen=True):
    """A planned range by its head, and the commit `at` which this history has its files."""

    head: str
    at: str


async def _contained(shelf: Shelf, repository: Repository, commit: str) -> list[_Range]:
    """The ranges that the commit contains, the newest first."""
    history = [one.id for one in islice(repository.history(commit), LOOKED_BACK)]
    line, trees = set(history), dict[str, str]()
    found: list[tuple[float, int, _Range]] = []
    for number, head in enumerate((await shelf.heads())[-LOOKED_BACK:]):
        if not repository.has(head):
            continue
        at = head
        if head not in line and repository.merge_base(head, commit) != head:
            trees = trees or _trees(repository, history)
            at = trees.get(repository.snapshot(head).object_id("") or "", "")
        if at:
            found.append((repository.commit(at).time, number, _Range(head, at)))
    return [one for *_, one in sorted(found, key=lambda one: one[:2], reverse=True)]


def _trees(repository: Repository, history: Iterable[str]) -> dict[str, str]:
    """The newest commit of the history that has each tree."""
    found: dict[str, str] = {}
    for one in history:
        found.setdefault(repository.snapshot(one).object_id("") or "", one)
    return found


def _tells(entry: Entry) -> bool:
    """Whether an entry says what is applied of a unit; a heal that waits is no change of code."""
    return entry.done or not entry.heals


def _is_open(entry: Entry) -> bool:
    """Whether there is something left to apply; a plan without changes has no saved file."""
    return not entry.done and not (entry.status == "planned" and not entry.plan)


async def _changed_since(
    commits: UnitCommits, units: Collection[str], at: str, commit: str
) -> Mapping[str, str]:
    if not units or at == commit:
        return {}
    changed = {one.id for one in await commits.between(at, commit)}
    return dict.fromkeys(sorted(changed & set(units)), _not_planned(at, commit))


def _not_planned(at: str, commit: str) -> str:
    return f"which changed and is not planned yet: trunkline infra plan {at[:8]}..{commit[:8]}"
