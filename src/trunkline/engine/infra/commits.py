"""The units of commits, and of commit ranges."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from msgspec import Struct, field

from trunkline.core.finding import Finding, Severity
from trunkline.core.infra.beyond import WithOthers, elsewhere_of
from trunkline.core.infra.changed import ChangedUnit, changed_units
from trunkline.core.infra.discover import discover_units
from trunkline.core.infra.reading import Files
from trunkline.core.infra.rules import DiscoveryRules, UnitRule
from trunkline.core.infra.units import Units
from trunkline.core.snapshot import FilesSnapshot, Snapshot
from trunkline.core.trouble import Trouble
from trunkline.edge.git import Repository
from trunkline.edge.known_units import KnownUnits
from trunkline.settings.values import InfraSettings

T = TypeVar("T")

REMEMBERED = 32
# Of another repository: what it may be told by, and how many files of that are read.
TELLING = (".hcl", ".hcl.json", ".yaml", ".yml", ".json")
MOST = 5000
# Stacks that take stacks from elsewhere which take stacks from elsewhere.
DEEPEST = 4
UNREAD = "infra-unclear"
Fetch = Callable[[str, str], Awaitable[Snapshot]]


def rules_of(settings: InfraSettings) -> DiscoveryRules:
    """What the settings say of units, as discovery takes it."""
    rules = tuple(
        # Plain text: a directory that is named here becomes a unit's own path.
        UnitRule(str(one.path), one.name, one.labels, one.depends_on)
        for one in settings.units
    )
    return DiscoveryRules(settings.include, settings.exclude, rules)


class UnitCommits(Struct):
    """The units of any commit of one repository, read by the same settings."""

    repository: Repository
    rules: DiscoveryRules
    kept: KnownUnits | None = None
    """What earlier commands found."""
    fetch: Fetch | None = None
    """How the files of other repositories are had; None where they are not asked for."""
    _known: dict[str, Units] = field(default_factory=dict)
    _files: dict[str, Files] = field(default_factory=dict)

    async def at(self, revision: str) -> Units:
        """The units of a revision. Raises GitError for one that does not exist."""
        commit = self.repository.resolve(revision)
        if commit not in self._known:
            await self.repository.complete(commit)
            found = await asyncio.to_thread(self._discovered, commit)
            if found.elsewhere and self.fetch:
                found = await self._with_others(commit, found, self.fetch)
            self._known[commit] = found
            _trim(self._known)
        return self._known[commit]

    async def between(self, base: str, head: str) -> tuple[ChangedUnit, ...]:
        """The units that the commits after `base` up to `head` change."""
        before, after = await self.at(base), await self.at(head)
        return changed_units(
            before,
            after,
            sorted(self.repository.changed_paths(base, head)),
            self.repository.snapshot(base),
            self.repository.snapshot(head),
        )

    def files(self, revision: str) -> Files:
        """The files of a commit, listed once."""
        commit = self.repository.resolve(revision)
        if commit not in self._files:
            # pygit2 is not for several threads at once: a handle of its own.
            self._files[commit] = Files(self.repository.again().snapshot(commit))
            _trim(self._files)
        return self._files[commit]

    def _discovered(self, commit: str) -> Units:
        if self.kept is None:
            return discover_units(self.files(commit), self.rules)
        tree = self.repository.snapshot(commit).object_id("") or ""
        found = self.kept.whole(tree, self.rules)
        if found is None:
            found = discover_units(self.files(commit), self.rules, self.kept.memory)
            # Where stacks make units, discovery tells the commit's files too where these are read.
            if not (found.elsewhere or any(one.generated_by for one in found.units)):
                self.kept.keep_whole(tree, self.rules, found)
        return found

    async def _with_others(self, commit: str, found: Units, fetch: Fetch) -> Units:
        """The units once more, with stacks from other repositories read; these may take more."""
        others: dict[str, Snapshot] = {}
        failed: dict[str, Finding] = {}
        memory = self.kept.memory if self.kept else None
        for _ in range(DEEPEST):
            wanted = {one.place: one for one in filter(None, map(elsewhere_of, found.elsewhere))}
            new = wanted.keys() - others.keys() - failed.keys()
            for place in sorted(new):
                try:
                    files = await fetch(wanted[place].url, wanted[place].ref)
                    others[place] = await asyncio.to_thread(_telling, files)
                except Trouble as error:
                    said = f"a stack is made from elsewhere: {error}"
                    failed[place] = Finding(UNREAD, said, Severity.WARNING, remedy=error.remedy)
            if not new:
                break
            whole = Files(WithOthers(self.repository.again().snapshot(commit), others))
            found = await asyncio.to_thread(discover_units, whole, self.rules, memory)
        return replace(found, findings=(*found.findings, *failed.values()))


def _telling(files: Snapshot) -> Snapshot:
    """The files that say what a stack is made of, read once: a handle is not for two threads."""
    told = [one for one in files.paths() if one.endswith(TELLING)][:MOST]
    return FilesSnapshot({one: files.read(one) for one in told}, files.commit)


def begins_at(repository: Repository, base: str, head: str) -> str:
    """Where the commits after `base` up to `head` begin: at the base, or, where it went on without
    them, at the commit where both part. What others did since then is not undone by a branch that
    does not know of it. Back to a commit before the base is a way too, and begins at the base.
    """
    base, head = repository.resolve(base), repository.resolve(head)
    parted = repository.merge_base(base, head)
    return base if parted == head else parted


def parted_finding(asked: str, base: str, head: str) -> Iterator[Finding]:
    """A note where a range does not begin at the commit that was asked for."""
    if asked != base:
        said = (
            f"{head[:8]} does not know all commits of {asked[:8]}: shown is what its own change "
            f"since {base[:8]}, where both part"
        )
        remedy = f"merge {asked[:8]} into it, to have it planned as it will be"
        yield Finding("infra-parted", said, Severity.NOTE, remedy=remedy)


def _trim(known: dict[str, T]) -> None:
    """A watch that lives for months does not keep the units of every commit."""
    while len(known) > REMEMBERED:
        known.pop(next(iter(known)))


def findings_of(units: Units, ids: Iterable[str]) -> Units:
    """The units with only those findings that are of these ids, or of none."""
    wanted = set(ids)
    kept = tuple(one for one in units.findings if not one.component or one.component in wanted)
    return replace(units, findings=kept)
