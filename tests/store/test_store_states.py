"""Two processes that change one unit's state: what was decided on an old row is not written."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from postgres import Postgres
from trunkline.core.infra.state.head import StateHead
from trunkline.core.infra.state.lock import LockInfo
from trunkline.core.keys import KeyPlace
from trunkline.edge.store import Store
from trunkline.edge.store.states import Kept, Refused, Version
from trunkline.edge.store.states.change import add_version, change_lock
from trunkline.edge.store.states.events import Event
from trunkline.edge.store.states.rows import KEPT, seen

U = "infra/eu/rds"
Two = tuple[Store, Store]


def lock(lock_id: str) -> LockInfo:
    return LockInfo(lock_id, json.dumps({"ID": lock_id, "Who": "ann"}))


def state(serial: int) -> bytes:
    return json.dumps({"version": 4, "serial": serial, "lineage": "L"}).encode()


@pytest.fixture
async def two(store_place: str, tmp_path: Path):
    keys = KeyPlace(tmp_path / "keys")
    async with (
        await Store.open(store_place, keys=keys, precious=True) as one,
        await Store.open(store_place, keys=keys, precious=True) as other,
    ):
        yield one, other


async def said(store: Store) -> list[str]:
    return [f"{one.what} {one.lock_id}" for one in reversed(await store.states.events(U))]


async def test_a_lock_is_not_given_on_a_row_that_was_locked_meanwhile(two: Two) -> None:
    one, other = two
    free = await seen(one._database, U)
    assert await other.states.lock(U, lock("B"), "bob") is None
    assert not await change_lock(one._database, free, lock("A"), Event(U, "locked", "ann", "A"))
    assert await said(one) == ["locked B"]


async def test_a_row_that_was_locked_and_freed_is_another_row(two: Two) -> None:
    one, other = two
    free = await seen(one._database, U)
    # A late request for A's lock was read before A took its lock and gave it back.
    assert await other.states.lock(U, lock("A"), "ann") is None
    assert await other.states.unlock(U, "A", "ann", forced=False) is None
    assert not await change_lock(one._database, free, lock("A"), Event(U, "locked", "ann", "A"))
    assert (await one.states.lock(U, lock("A"), "ann") or lock("")).id == "A"
    assert await said(one) == ["locked A", "unlocked A"]


@pytest.mark.parametrize("meanwhile", ["freed", "written"])
async def test_a_version_is_not_added_to_what_is_another_row_by_now(
    two: Two, meanwhile: str
) -> None:
    one, other = two
    await one.states.lock(U, lock("A"), "ann")
    row = await seen(one._database, U)
    if meanwhile == "freed":
        await other.states.unlock(U, "A", "bob", forced=True)
    else:
        await other.states.keep(U, state(7), "A", "bob")
    before = (await one.states.versions(U), await said(one))
    new = Version(U, 1, KEPT, StateHead(1, "L"), 2, 0.0, "ann")
    assert not await add_version(one._database, row, new, b"x", "k", Event(U, "kept", "ann", "A"))
    assert (await one.states.versions(U), await said(one)) == before


async def test_of_many_who_lock_at_once_one_has_it_and_the_others_are_told(two: Two) -> None:
    asked = [two[n % 2].states.lock(U, lock(f"L{n}"), "ci") for n in range(20)]
    answers = await asyncio.gather(*asked)
    (mine,) = [f"L{n}" for n, holder in enumerate(answers) if holder is None]
    assert {holder.id for holder in answers if holder} == {mine}
    assert await said(two[0]) == [f"locked {mine}"]


async def test_one_update_that_comes_many_times_at_once_is_kept_once(two: Two) -> None:
    await two[0].states.lock(U, lock("A"), "ci")
    sent = [two[n % 2].states.keep(U, state(1), "A", "ci") for n in range(12)]
    answers = await asyncio.gather(*sent)
    assert sorted(one.again for one in answers if isinstance(one, Kept)) == [False, *[True] * 11]
    (version,) = await two[1].states.versions(U)
    assert await two[1].states.read(U, version.version) == state(1)


async def test_of_two_updates_of_one_serial_the_second_is_refused(two: Two) -> None:
    await two[0].states.lock(U, lock("A"), "ci")
    sent = [two[n].states.keep(U, state(1) + b" " * n, "A", "ci") for n in range(2)]
    answers = await asyncio.gather(*sent)
    assert sorted(type(one).__name__ for one in answers) == [Kept.__name__, Refused.__name__]


async def test_what_is_asked_over_a_connection_that_was_cut_off_is_asked_again(
    postgres: Postgres, migrated: str, tmp_path: Path
) -> None:
    url = postgres.url(await asyncio.to_thread(postgres.database, migrated))
    async with await Store.open(url, keys=KeyPlace(tmp_path / "keys"), precious=True) as store:
        await asyncio.gather(*(store.states.lock(f"u/{n}", lock("A"), "ci") for n in range(8)))
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = "
        await asyncio.to_thread(postgres.run, f"{cut}'trunkline'")
        kept = await store.states.keep("u/1", state(1), "A", "ci")
        assert isinstance(kept, Kept)
        assert await store.states.unlock("u/1", "A", "ci", forced=False) is None
