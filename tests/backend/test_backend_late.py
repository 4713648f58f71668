"""A backend whose answers come late, get lost or whose requests come twice, under OpenTofu and
Terraform: nothing is lost, nothing is locked twice, and who waits is told for whom.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.conftest import UNIT, Backend
from backend.units import Unit
from backend.wire import WRITES, Wire, wired


@pytest.fixture
def store_place(tmp_path: Path) -> str:
    """One kind of database serves: the protocol's traces are asked of both."""
    return str(tmp_path / "store.db")


WIRES = {"answers are lost": {"lost": 1}, "requests come twice": {"twice": True}}


@pytest.mark.parametrize("how", WIRES)
async def test_an_apply_goes_through_and_each_state_is_kept_once(
    how: str, program: Path, backend: Backend, tmp_path: Path
) -> None:
    async with wired(Wire(backend.url, **WIRES[how])) as wire:  # type: ignore[arg-type]
        unit = Unit(program, tmp_path / "unit", backend.token).at(wire.url, retries=3)
        assert (await unit.run("init", "-input=false"))[0] == 0
        code, said = await unit.apply()
        assert code == 0, said
        (held,) = await backend.store.states.units()
        assert held.lock is None
        versions = await backend.store.states.versions(UNIT)
        serials = [one.head.serial for one in versions]
        assert len(serials) == len(set(serials))
        assert versions[0].head.resources == 1
        assert backend.told == []
        # What was sent long ago arrives once more: the lock was given back, the state is known.
        for _, request in [one for one in wire.requests if one[0] in WRITES]:
            await wire.sent(request)
        (held,) = await backend.store.states.units()
        assert held.lock is None
        assert await backend.store.states.versions(UNIT) == versions


async def test_who_waits_for_a_late_answer_has_the_lock_and_others_are_told(
    program: Path, backend: Backend, tmp_path: Path
) -> None:
    async with wired(Wire(backend.url, late="LOCK")) as wire:
        slow = Unit(program, tmp_path / "slow", backend.token).at(wire.url)
        other = Unit(program, tmp_path / "other", backend.token).at(backend.url)
        for one in (slow, other):
            assert (await one.run("init", "-input=false"))[0] == 0
        going = await slow.begin("apply", "-input=false", "-auto-approve")
        await wire.waiting.wait()
        code, said = await other.run("plan", "-lock-timeout=0s")
        assert code != 0 and "already locked: ID=" in said
        wire.go.set()
        assert await going.wait() == 0
        code, said = await other.run("plan", "-detailed-exitcode")
        assert code == 0, said


async def test_an_update_that_is_never_answered_is_kept_by_both(
    program: Path, backend: Backend, tmp_path: Path
) -> None:
    async with wired(Wire(backend.url, lost=99)) as wire:
        # It takes the lock, and gives it back, by a wire that is well.
        unit = Unit(program, tmp_path / "unit", backend.token).at(backend.url)
        text = (unit.folder / "main.tf").read_text()
        path = f'address        = "{backend.url}'
        (unit.folder / "main.tf").write_text(
            text.replace(path, path.replace(backend.url, wire.url), 1)
        )
        assert (await unit.run("init", "-input=false"))[0] == 0
        code, said = await unit.apply()
    assert code != 0 and "errored.tfstate" in said
    (version,) = await backend.store.states.versions(UNIT)
    assert version.head.resources == 1
    unit.at(backend.url)
    assert (await unit.run("init", "-input=false", "-reconfigure"))[0] == 0
    code, said = await unit.run("state", "push", "errored.tfstate")
    assert code == 0, said
    assert (await backend.store.states.versions(UNIT))[0].head.resources == 1
    code, said = await unit.run("plan", "-detailed-exitcode")
    assert code == 0, said
