"""Which units have a change that a commit contains and nobody applied: what holds Applications."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace

from gitrepo import GitRepo
from trunkline.core.infra.rules import DiscoveryRules
from trunkline.core.infra.saved import Entry, Span
from trunkline.core.keys import KeyPlace
from trunkline.edge.git import Repository
from trunkline.edge.store import Store
from trunkline.engine.infra.commits import UnitCommits
from trunkline.engine.infra.pending import NOT_APPLIED, leaving_units, pending_units
from trunkline.engine.infra.shelf import Shelf

UNIT = 'terraform {\n  backend "local" {}\n}\n# %s\n'
PLANNED = Entry("rds", "changed", "planned", "7f3a")
APPLIED = replace(PLANNED, done=True)


@dataclass
class Ground:
    repo: GitRepo
    shelf: Shelf

    def change(self, unit: str, text: str) -> str:
        return self.repo.write({f"{unit}/main.tf": UNIT % text}).commit(f"{unit}: {text}")

    async def planned(self, base: str, head: str, *entries: Entry) -> None:
        await self.shelf.keep_span(Span(base, head, entries))

    async def pending(self, commit: str) -> dict[str, str]:
        commits = UnitCommits(Repository.open(self.repo.path), DiscoveryRules())
        return dict(await pending_units(self.shelf, commits, {"rds", "vpc"}, commit))


@pytest.fixture
async def ground(tmp_path: Path) -> AsyncIterator[Ground]:
    repo = GitRepo(tmp_path / "repo")
    keys = KeyPlace(tmp_path / "keys")
    async with await Store.open(str(tmp_path / "store.db"), keys=keys) as store:
        yield Ground(repo, Shelf(store.vault))


async def test_what_is_planned_waits_until_it_is_applied(ground: Ground) -> None:
    one, two = ground.change("rds", "one"), ground.change("rds", "two")
    assert await ground.pending(two) == {}
    await ground.planned(one, two, PLANNED)
    assert await ground.pending(two) == {"rds": NOT_APPLIED}
    assert await ground.pending(one) == {}
    await ground.planned(one, two, APPLIED)
    assert await ground.pending(two) == {}


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(replace(PLANNED, plan=""), id="a plan without changes"),
        pytest.param(replace(PLANNED, heals=True), id="a heal"),
    ],
)
async def test_what_changes_nothing_of_the_code_holds_nobody(ground: Ground, entry: Entry) -> None:
    one, two = ground.change("rds", "one"), ground.change("rds", "two")
    await ground.planned(one, two, entry)
    assert await ground.pending(two) == {}


async def test_what_changed_since_it_was_applied_is_still_to_be_planned(ground: Ground) -> None:
    one, two = ground.change("rds", "one"), ground.change("rds", "two")
    await ground.planned(one, two, APPLIED)
    three = ground.change("vpc", "one")
    said = f"which changed and is not planned yet: trunkline infra plan {two[:8]}..{three[:8]}"
    assert await ground.pending(three) == {"vpc": said}
    await ground.planned(two, three, replace(APPLIED, unit="vpc"))
    assert await ground.pending(three) == {}
    four = ground.repo.write({"rds/README.md": "for people"}).commit()
    assert await ground.pending(four) == {}
    five = ground.change("rds", "three")
    said = f"which changed and is not planned yet: trunkline infra plan {two[:8]}..{five[:8]}"
    assert await ground.pending(five) == {"rds": said}


async def test_an_older_range_that_waits_is_not_forgotten_for_a_newer_one(ground: Ground) -> None:
    one, two = ground.change("rds", "one"), ground.change("rds", "two")
    three = ground.change("vpc", "one")
    await ground.planned(one, two, PLANNED)
    await ground.planned(two, three, replace(APPLIED, unit="vpc"))
    assert await ground.pending(three) == {"rds": NOT_APPLIED}


async def test_a_branch_that_is_not_merged_holds_nobody_and_one_that_is_does(
    ground: Ground,
) -> None:
    main = ground.change("rds", "one")
    ground.repo.git("checkout", "--quiet", "-b", "branch")
    head = ground.change("rds", "two")
    ground.repo.git("checkout", "--quiet", "main")
    await ground.planned(main, head, PLANNED)
    assert await ground.pending(main) == {}
    ground.repo.git("merge", "--quiet", "--squash", "branch")
    squashed = ground.repo.commit("two, in one commit")
    assert await ground.pending(squashed) == {"rds": NOT_APPLIED}
    later = ground.repo.write({"README.md": ""}).commit()
    assert await ground.pending(later) == {"rds": NOT_APPLIED}
    await ground.planned(main, head, APPLIED)
    assert await ground.pending(later) == {}


async def test_a_unit_that_goes_is_there_until_its_end_is_applied(ground: Ground) -> None:
    commits = UnitCommits(Repository.open(ground.repo.path), DiscoveryRules())
    one = ground.change("rds", "one")
    await ground.planned(one, one, APPLIED)
    two = ground.repo.remove("rds/main.tf").commit()
    not_planned = f"which changed and is not planned yet: trunkline infra plan {one[:8]}..{two[:8]}"
    assert await leaving_units(ground.shelf, commits, one) == {}
    assert await leaving_units(ground.shelf, commits, two) == {"rds": (one, not_planned)}
    end = Entry("rds", "removed", "planned", "7f3a")
    await ground.planned(one, two, end)
    assert await leaving_units(ground.shelf, commits, two) == {"rds": (one, NOT_APPLIED)}
    await ground.planned(one, two, replace(end, done=True))
    assert await leaving_units(ground.shelf, commits, two) == {}
