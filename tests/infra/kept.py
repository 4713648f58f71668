"""A region whose plain unit's state is kept by a backend of ours: one that keeps locks."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.region import Region
from infra.test_infra_killed import PATIENCE, kill_all, running, until
from trunkline.backend.application import application
from trunkline.backend.server import Listen, served
from trunkline.core.infra.state.token import WRITE, Token
from trunkline.core.keys import KeyPlace
from trunkline.edge.programs.left import left_in
from trunkline.edge.store import Store

MAIN = """\
terraform {
  backend "http" {
    address        = "URL/state/plain"
    lock_address   = "URL/state/plain"
    unlock_address = "URL/state/plain"
    retry_max      = 0
  }
}
resource "terraform_data" "slow" {
  input = file("READ")
  provisioner "local-exec" {
    command = "touch STARTED; while [ ! -e GO ]; do sleep 0.05; done"
  }
}
"""


@dataclass
class Kept:
    """An apply waits once it has `started` for `go`; a plan that is `stopped` has its lock and
    waits for a file to be read.
    """

    region: Region
    states: Store
    started: Path
    go: Path
    read: Path
    program: str

    async def lock(self) -> str:
        found = await self.states.states.units()
        return found[0].lock.id if found and found[0].lock else ""

    async def killed_apply(self) -> str:
        """The lock that an apply leaves which is killed in the middle, with its programs."""
        async with running(self.region, "apply") as process:
            await until(self.started.exists)
            process.kill()
            await process.wait()
        await self.kill_programs()
        self.go.touch()
        return await self.lock()

    async def killed_plan(self) -> str:
        """The lock of a plan that is killed in the middle; its program still waits for `read`."""
        async with self.stopped(), running(self.region, "plan", "HEAD~1..HEAD") as process:
            held = await self.locked()
            process.kill()
            await process.wait()
        return held

    @asynccontextmanager
    async def stopped(self) -> AsyncIterator[None]:
        """Plans that are begun here have their lock, and wait."""
        self.read.unlink()
        os.mkfifo(self.read)
        try:
            yield
        finally:
            self.read.unlink()
            self.read.touch()

    async def locked(self) -> str:
        """The lock that somebody is about to take."""
        async with asyncio.timeout(PATIENCE):
            while not (held := await self.lock()):  # noqa: ASYNC110 - of another process
                await asyncio.sleep(0.02)
            return held

    async def kill_programs(self) -> None:
        await until(lambda: not kill_all(left_in(self.region.places.cache)))


@asynccontextmanager
async def kept_by_backend(region: Region, folder: Path, program: str) -> AsyncIterator[Kept]:
    """The region, planned; what programs must see of the backend is in the environment."""
    place, keys = folder / "states.db", KeyPlace(folder / "state-keys")
    started, go, read = (folder / name for name in ("started", "go", "read"))
    read.touch()
    async with (
        await Store.open(place, keys=keys, precious=True) as store,
        served(application(store), Listen(port=0)) as url,
    ):
        os.environ["TF_HTTP_PASSWORD"] = await store.tokens.make(Token("ci", ("**",), WRITE, 0.0))
        await region.begin(plain=True)
        infra = {
            "program": program,
            "environment": ["TF_HTTP_*"],
            "lockTimeout": 0,
            "policy": [{"apply": "auto"}],
        }
        text = MAIN.replace("URL", url)
        for name, path in (("STARTED", started), ("GO", go), ("READ", read)):
            text = text.replace(name, str(path))
        region.repo.write({"trunkline.yaml": json.dumps({"infra": infra}), "plain/main.tf": text})
        region.repo.commit()
        await region.plan()
        yield Kept(region, store, started, go, read, program)
