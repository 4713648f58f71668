"""The real programs against the backend: OpenTofu and, where it is there, Terraform."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import sys
from pathlib import Path

import pytest

from backend.conftest import UNIT, Backend
from backend.units import Unit
from trunkline.core.infra.state.view import view
from trunkline.practice.install import SOURCE, Practice

PROGRAM = Path(sys.executable).with_name("trunkline")

DATABASE = f"""
terraform {{
  required_providers {{
    practice = {{ source = "{SOURCE}" }}
  }}
}}
resource "practice_network" "main" {{
  name = "main"
  cidr = "10.0.0.0/16"
}}
resource "practice_database" "main" {{
  name       = "main"
  network_id = practice_network.main.id
  engine     = "postgres"
  password   = "hunter22-x"
}}
"""


@pytest.fixture
async def unit(backend: Backend, program: Path, tmp_path: Path) -> Unit:
    unit = Unit(program, tmp_path / "unit", backend.token).at(backend.url)
    code, said = await unit.run("init", "-input=false")
    assert code == 0, said
    return unit


async def test_applied_changed_and_restored(unit: Unit, backend: Backend) -> None:
    for size in ("small", "large"):
        code, said = await unit.apply(f"-var=size={size}")
        assert code == 0, said
    versions = await backend.store.states.versions(UNIT)
    assert {one.head.lineage for one in versions} == {versions[0].head.lineage}
    assert versions[0].head.resources == 1
    small = next(one.version for one in versions[::-1] if one.head.resources)
    await backend.store.states.restore(UNIT, small, "ann")
    code, said = await unit.run("output", "-json")
    assert json.loads(said)["size"]["value"] == "small"
    code, said = await unit.apply("-var=size=large")
    assert code == 0, said
    _, said = await unit.run("output", "-json")
    assert json.loads(said)["size"]["value"] == "large"
    assert backend.told == []


async def test_who_holds_the_lock_is_shown_and_can_be_forced(
    unit: Unit, backend: Backend, program: Path
) -> None:
    going = await unit.begin("apply", "-auto-approve", "-var=seconds=60")
    assert going.stdout is not None
    while b"Provisioning with" not in await asyncio.wait_for(going.stdout.readline(), 60):
        pass
    (held,) = await backend.store.states.units()
    assert held.lock is not None and held.lock.operation == "Apply"
    code, said = await unit.run("plan", "-lock-timeout=0s")
    assert code != 0 and f"already locked: ID={held.lock.id}" in said
    os.killpg(going.pid, signal.SIGKILL)
    await going.wait()
    if program.name == "tofu":
        # Terraform sends no id: it frees whatever lock there is.
        code, said = await unit.run("force-unlock", "-force", "the-wrong-one")
        assert code != 0 and "409" in said
    code, said = await unit.run("force-unlock", "-force", held.lock.id)
    assert code == 0, said
    assert await backend.store.states.units() == ()
    code, said = await unit.apply()
    assert code == 0, said
    events = [one.what for one in await backend.store.states.events(UNIT, 200)]
    assert "forced" in events


async def test_without_a_lock_nothing_is_written_and_nothing_is_lost(
    unit: Unit, backend: Backend
) -> None:
    code, said = await unit.apply("-lock=false")
    assert code != 0 and "errored.tfstate" in said
    assert await backend.store.states.read(UNIT) is None
    assert json.loads((unit.folder / "errored.tfstate").read_text())["resources"]
    code, said = await unit.run("state", "push", "errored.tfstate")
    assert code == 0, said
    (version,) = await backend.store.states.versions(UNIT)
    assert version.head.resources == 1


async def test_what_only_the_provider_calls_sensitive_is_hidden(
    program: Path, practice_provider: Practice, tmp_path: Path
) -> None:
    (tmp_path / "main.tf").write_text(DATABASE)
    env = {**os.environ, **practice_provider.environment(tmp_path / "cloud.json")}
    for words in (("init",), ("apply", "-auto-approve")):
        process = await asyncio.create_subprocess_exec(
            str(program), *words, cwd=tmp_path, env=env, stdout=asyncio.subprocess.DEVNULL
        )
        assert await process.wait() == 0
    things = view(json.loads((tmp_path / "terraform.tfstate").read_text()))
    database = things["practice_database.main"]
    assert database["endpoint"].shown.endswith(".practice.test")
    assert {path for path, leaf in database.items() if leaf.secret} == {"password", "url"}
    assert "hunter22" not in str([leaf.shown for leaf in database.values()])


async def test_a_token_that_may_not_is_told(unit: Unit, backend: Backend) -> None:
    unit.token = "tls_wrong"
    code, said = await unit.run("plan")
    assert code != 0 and "HTTP remote state endpoint invalid auth" in said
    unit.token = ""
    code, said = await unit.run("plan")
    assert code != 0 and "HTTP remote state endpoint requires auth" in said


async def test_a_backend_that_is_killed_and_whose_disk_fills(program: Path, tmp_path: Path) -> None:
    token = tmp_path / "token"
    async with Served(tmp_path, token, room=206_000) as served:
        unit = Unit(program, tmp_path / "unit", token.read_text().strip()).at(served.url)
        code, said = await unit.run("init", "-input=false")
        assert code == 0, said
        # Random enough that no pressing makes it small.
        pad = os.urandom(90_000).hex()
        (unit.folder / "pad.tf").write_text(f'output "pad" {{ value = "{pad}" }}\n')
        code, said = await unit.apply()
        assert code != 0 and "errored.tfstate" in said
        served.process.send_signal(signal.SIGKILL)
    async with Served(tmp_path, token, port=served.port) as served:
        # The lock of the run that could not give it back is still there.
        code, said = await unit.run("state", "push", "-lock=false", "errored.tfstate")
        assert code != 0
        lock = await served.typed("state", "lock", UNIT, "--output", "json")
        if holder := json.loads(lock)["lock"]:
            await served.typed("state", "lock", UNIT, "--release", holder["id"])
        code, said = await unit.run("state", "push", "errored.tfstate")
        assert code == 0, said
        shown = await served.typed("state", "show", UNIT)
        assert "terraform_data.database" in shown
        assert "hunter2" not in shown


class Served:
    """`trunkline infra backend` as a process of its own, whose files may not grow beyond `room`."""

    def __init__(self, folder: Path, token: Path, *, port: int = 0, room: int = 0) -> None:
        self._folder, self._token, self.port, self._room = folder, token, port, room
        self._env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "home"),
            "TRUNKLINE_STORE": str(folder / "store.db"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    async def __aenter__(self) -> Served:
        words = ("infra", "backend", "--listen", f"127.0.0.1:{self.port}", "--output", "json")
        self.process = await asyncio.create_subprocess_exec(
            str(PROGRAM), *words, "--token", str(self._token),
            env=self._env,
            stdout=asyncio.subprocess.PIPE,
            preexec_fn=self._limit if self._room else None,
        )  # fmt: skip
        try:
            self.url = json.loads(await asyncio.wait_for(self._said(), 60))["url"]
        except BaseException:
            await self.__aexit__()
            raise
        self.port = int(self.url.rpartition(":")[2])
        return self

    async def _said(self) -> bytes:
        assert self.process.stdout is not None
        said = b""
        while not said.rstrip().endswith(b"}"):
            said += await self.process.stdout.readline()
        return said

    def _limit(self) -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self._room, self._room))

    async def typed(self, *words: str) -> str:
        process = await asyncio.create_subprocess_exec(
            str(PROGRAM), "infra", *words, env=self._env, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await process.communicate()
        assert process.returncode == 0
        return said.decode()

    async def __aexit__(self, *_: object) -> None:
        if self.process.returncode is None:
            self.process.terminate()
            assert await self.process.wait() in (0, -signal.SIGKILL)
        await self.process.wait()
