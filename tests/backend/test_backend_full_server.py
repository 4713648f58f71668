"""PostgreSQL under the backend has no room left: the update is refused as what it is, the program
keeps its state, and writes it as soon as there is room.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend.conftest import UNIT, Backend
from backend.units import Unit
from postgres import Postgres

ROOM = "4m"
FULL = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON state_versions EXECUTE FUNCTION full_disk();
"""

Freed = Callable[[], None]


@pytest.fixture
def database(postgres: Postgres, migrated: str) -> str:
    return postgres.database(migrated)


@pytest.fixture
def store_place(postgres: Postgres, database: str) -> str:
    return postgres.url(database)


@pytest.fixture
def small_disk(postgres: Postgres) -> Iterator[Path]:
    """A disk of little room that the server can make tables on."""
    folder = postgres.folder / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "small", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root can mount a small disk")
    try:
        server = postgres.folder.stat()
        os.chown(folder, server.st_uid, server.st_gid)
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


@pytest.fixture
def full(postgres: Postgres, database: str, small_disk: Path) -> Iterator[Freed]:
    """The table of states lies on a disk that is full, until there is room again."""
    postgres.run(f"CREATE TABLESPACE small LOCATION '{small_disk}'")
    postgres.run("ALTER TABLE state_versions SET TABLESPACE small", database)
    padding = small_disk / "padding"
    with padding.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    yield padding.unlink
    padding.unlink(missing_ok=True)
    postgres.run("ALTER TABLE state_versions SET TABLESPACE pg_default", database)
    postgres.run("DROP TABLESPACE small")


async def refused_then_kept(unit: Unit, backend: Backend, free: Freed) -> None:
    # Random enough that no pressing makes it small.
    (unit.folder / "pad.tf").write_text(f'output "pad" {{ value = "{os.urandom(200_000).hex()}" }}')
    assert (await unit.run("init", "-input=false"))[0] == 0
    code, said = await unit.apply()
    assert code != 0 and "errored.tfstate" in said
    assert await backend.store.states.read(UNIT) is None
    assert any(" 507 " in line and "the server's disk is full" in line for line in backend.told)
    await asyncio.to_thread(free)
    (held,) = await backend.store.states.units() or (None,)
    assert held is None or held.lock is None, "the lock is given back though nothing can be written"
    code, said = await unit.run("state", "push", "errored.tfstate")
    assert code == 0, said
    (version,) = await backend.store.states.versions(UNIT)
    assert version.head.resources == 1


async def test_a_disk_that_is_full(
    program: Path, backend: Backend, tmp_path: Path, full: Freed
) -> None:
    unit = Unit(program, tmp_path / "unit", backend.token).at(backend.url)
    await refused_then_kept(unit, backend, full)


async def test_a_server_that_says_it_has_no_room(
    program: Path, backend: Backend, tmp_path: Path, postgres: Postgres, database: str
) -> None:
    await asyncio.to_thread(postgres.run, FULL, database)
    unit = Unit(program, tmp_path / "unit", backend.token).at(backend.url)
    drop = "DROP TRIGGER full_disk ON state_versions"
    await refused_then_kept(unit, backend, lambda: postgres.run(drop, database))
