"""Workspaces of one directory whose backend takes no state: each keeps its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest
from msgspec import Struct

from infra.region import Region
from infra.test_infra_apply import ended
from infra.test_infra_lost_state import left, resumed
from postgres import Postgres
from trunkline.core.infra.applying import ApplyRun
from trunkline.edge.store.errors import Full

# Where the states lie is known by PG_CONN_STR.
FILES = {
    "plain/main.tf": """\
terraform {
  backend "pg" {}
}
variable "stage" {}
resource "terraform_data" "made" { input = var.stage }
""",
    "plain/dev.tfvars": 'stage = "dev"\n',
    "plain/prod.tfvars": 'stage = "prod"\n',
}
STATES = "terraform_remote_state.states"
FULL = f"""\
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE 'No space left on device'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON {STATES} EXECUTE FUNCTION full_disk();
"""
FAILED = {"plain@dev": "failed", "plain@prod": "failed"}
UNCHANGED = {"plain@dev": "unchanged", "plain@prod": "unchanged"}
TOLD = "its state is kept here, sealed: infra resume writes it"


class Site(Struct):
    """The two workspaces, and the database of their states."""

    region: Region
    server: Postgres
    database: str

    async def sql(self, *statements: str) -> None:
        for one in statements:
            await asyncio.to_thread(self.server.run, one, self.database)

    async def begin(self) -> None:
        await self.region.begin(plain=True)
        self.region.repo.write(FILES).commit()

    async def refused(self) -> ApplyRun:
        """Both applied, neither state taken; then there is room again."""
        await self.begin()
        assert not (await self.region.plan()).failed
        await self.sql(FULL)
        run = await self.region.apply()
        assert ended(run) == FAILED, run
        await self.sql(f"DROP TRIGGER full_disk ON {STATES}")
        return run

    async def made(self) -> Mapping[str, str]:
        """What each workspace made, by its state."""
        rows = await self.server.rows(f"SELECT name, data FROM {STATES}", self.database)
        resources = {name: json.loads(data)["resources"] for name, data in rows}
        return {
            name: found[0]["instances"][0]["attributes"]["input"]["value"]
            for name, found in sorted(resources.items())
            if found
        }

    @asynccontextmanager
    async def locked(self) -> AsyncIterator[None]:
        """Within it somebody makes workspaces; he ends after a moment, or when all is done."""
        key = f"SELECT pg_advisory_lock({creation_lock()}), pg_sleep(2)"
        held = asyncio.create_task(self.server.rows(key, self.database))
        asked = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"
        while not await self.server.rows(asked, self.database):  # noqa: ASYNC110 - a server's
            await asyncio.sleep(0.01)
        yield
        await held


def creation_lock() -> int:
    """OpenTofu's and Terraform's: the FNV-1 hash of schema and table, below zero."""
    found = 0x811C9DC5
    for byte in b"terraform_remote_state\0states":
        found = found * 0x01000193 % 2**32 ^ byte
    return -found


@pytest.fixture
def site(region: Region, postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Site:
    database = postgres.database()
    monkeypatch.setenv("PG_CONN_STR", f"{postgres.url(database)}&sslmode=disable")
    (region.repo.path / "plain/main.tf").unlink()
    return Site(region, postgres, database)


async def test_the_lock_of_all_workspaces_is_waited_for(site: Site) -> None:
    await site.begin()
    async with site.locked():
        plan = await site.region.plan()
    assert not plan.failed, plan.units
    async with site.locked():
        assert not (await site.region.apply()).failed


async def test_a_state_that_is_brought_back_waits_for_that_lock_too(site: Site) -> None:
    await site.refused()
    async with site.locked():
        assert ended(await resumed(site.region)) == UNCHANGED


async def test_each_state_is_kept_for_its_own_workspace(site: Site) -> None:
    run = await site.refused()
    assert all(one.message.endswith(TOLD) for one in run.units)
    assert left(site.region) == []
    assert ended(await resumed(site.region)) == UNCHANGED
    assert await site.made() == {"dev": "dev", "prod": "prod"}


async def test_those_that_a_killed_run_left_are_told_apart(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> None:
        raise Full("nobody is there any more to seal it")

    with monkeypatch.context() as patched:
        patched.setattr("trunkline.engine.infra.shelf.Shelf.keep_lost", full)
        await site.refused()
    assert len(left(site.region)) == 2
    assert ended(await resumed(site.region)) == UNCHANGED
    assert await site.made() == {"dev": "dev", "prod": "prod"}
