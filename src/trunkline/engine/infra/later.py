"""Which applies came after which, by the history of their commits: what an old one may not undo,
and with which one goes on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from trunkline.core.infra.applying import ApplyRun, Ended
from trunkline.core.trouble import Trouble
from trunkline.edge.git import Repository


class NothingPlanned(Trouble):
    """No plan was saved for the commit that is to be applied."""


def is_after(one: str, other: str, repository: Repository) -> bool:
    """Whether a commit comes after another in one history; what is not here does not."""
    if one == other or not (repository.has(one) and repository.has(other)):
        return False
    return repository.merge_base(one, other) == other


def applied_since(
    units: Collection[str], commit: str, runs: Sequence[ApplyRun], repository: Repository
) -> Mapping[str, str]:
    """Those of the units that a later commit was applied to, each with why it is refused: a job
    that runs again must not put them back.
    """
    applied = {
        unit.unit: run.commit
        for run in runs
        for unit in run.units
        if unit.ended in (Ended.APPLIED, Ended.APPLYING) and unit.unit in units
    }
    later = {one for one in {*applied.values()} if is_after(one, commit, repository)}
    return {
        unit: f"{one[:8]} was applied to it since, which comes after {commit[:8]}"
        for unit, one in applied.items()
        if one in later
    }


def to_resume(runs: Sequence[ApplyRun], begins: str, repository: Repository) -> ApplyRun:
    """The run to go on with, of these, the newest first. Raises NothingPlanned.

    One that is not named must be of this history: of a commit that was taken out of the branch
    nobody wants the rest.
    """
    named = [one for one in runs if one.id.startswith(begins)]
    if not named:
        raise NothingPlanned(
            f"no apply begins with {begins!r}" if begins else "nothing was applied yet",
            remedy="trunkline infra apply begins one",
        )
    head = repository.resolve("HEAD")
    mine = [one for one in named if one.commit == head or is_after(head, one.commit, repository)]
    if begins or mine:
        return (named if begins else mine)[0]
    newest = named[0]
    raise NothingPlanned(
        f"the newest apply, {newest.id}, is of {newest.commit[:8]}, which HEAD does not contain",
        remedy=f"trunkline infra resume {newest.id} goes on with it all the same",
    )
