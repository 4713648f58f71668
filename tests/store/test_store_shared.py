"""What several processes write at the same time: leases, verdicts and inventories of one store."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time

import pytest
from msgspec.structs import replace
from store_values import ROLE, SETTINGS, WEB, WHOLE, run, step

from postgres import Postgres
from trunkline.core.inventory import Inventory
from trunkline.edge.store import Leased, LeaseLost, Store
from trunkline.edge.store.process import person

Two = tuple[Store, Store]


@pytest.fixture
async def two(store_place: str):
    async with await Store.open(store_place) as one, await Store.open(store_place) as other:
        yield one, other


@pytest.fixture
def on_server(postgres: Postgres, migrated: str) -> str:
    return postgres.url(postgres.database(migrated))


async def test_a_lease_has_one_holder(two: Two) -> None:
    one, other = two
    async with one.lease("eu", "ann"):
        with pytest.raises(Leased, match="eu is being synced by ann since"):
            async with other.lease("eu", "bob"):
                pass
        async with other.lease("us", "bob"):
            pass
    async with other.lease("eu", "bob"):
        pass


async def test_of_many_who_ask_at_once_one_gets_it(two: Two) -> None:
    asked: list[str] = []
    all_asked = asyncio.Event()

    async def holder(store: Store, name: str) -> str:
        try:
            async with store.lease("eu", name):
                await all_asked.wait()
                return name
        except Leased:
            asked.append(name)
            if len(asked) == 7:
                all_asked.set()
            return ""

    answers = await asyncio.gather(*(holder(two[n % 2], f"who-{n}") for n in range(8)))
    assert len([name for name in answers if name]) == 1


async def test_who_did_not_renew_is_stopped(two: Two) -> None:
    one, other = two
    with pytest.raises(LeaseLost):
        async with one.lease("eu", "ann", seconds=0.6):
            # The beat of ann's lease stands still, as on a machine that sleeps.
            beat = next(one for one in asyncio.all_tasks() if one.get_name() == "lease of eu")
            await asyncio.sleep(0)
            beat.cancel()
            async with asyncio.timeout(60):
                await taken_over(other)
            raise LeaseLost("eu", "bob", 0)


async def taken_over(store: Store) -> None:
    """Wait until another may have it: two machines never agree on the moment."""
    while True:
        with contextlib.suppress(Leased):
            async with store.lease("eu", "bob"):
                return
        await asyncio.sleep(0.05)


async def test_a_machine_whose_clock_is_wrong_takes_no_lease_that_another_holds(
    on_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = time.time() + 3600
    async with (
        await Store.open(on_server) as one,
        await Store.open(on_server) as other,
        one.lease("eu", "ann"),
    ):
        monkeypatch.setattr(time, "time", lambda: wrong)
        with pytest.raises(Leased):
            async with other.lease("eu", "bob"):
                pass
        assert [one.owner for one in await other.holdings("e")] == ["ann"]


async def test_verdicts_of_two_at_once(two: Two) -> None:
    refs = [replace(WEB, name=f"web-{n}") for n in range(60)]

    async def remember(store: Store, version: str, order: int) -> None:
        await store.remember("eu", dict.fromkeys(refs[::order], ("f", version)))

    work = [remember(two[n % 2], str(n), 1 if n % 2 else -1) for n in range(10)]
    await asyncio.gather(*work)
    assert len(await two[0].verdicts("eu")) == 60
    await two[0].forget("eu", [ref for ref in refs if ref.name != "web-7"])
    assert list(await two[1].verdicts("eu")) == [refs[7]]
    assert await two[1].verdicts("us") == {}


async def test_an_inventory_says_what_is_there_now(two: Two) -> None:
    one, other = two
    await one.record("shop", "eu", Inventory("c0ffee", frozenset({WEB, SETTINGS})))
    await other.record("shop", "eu", Inventory("beef", frozenset({WEB, ROLE})))
    await other.record("Blog", "eu", Inventory("beef", frozenset()))
    await other.record("_x", "eu", Inventory("beef", frozenset()))
    found = await one.inventory("eu")
    assert list(found) == ["Blog", "_x", "shop"]
    assert found["shop"] == Inventory("beef", frozenset({WEB, ROLE}), found["shop"].applied)


async def test_a_component_is_forgotten_with_the_verdicts_on_what_it_had(two: Two) -> None:
    one, other = two
    seen = {WEB: ("f", "1"), ROLE: ("f", "1")}
    await one.record("shop", "eu", Inventory("c0ffee", frozenset({WEB, SETTINGS})), None, seen)
    await one.remember("us", seen)
    await one.forget_component("shop", "eu")
    assert await other.inventory("eu", "shop") == {}
    assert set(await other.verdicts("eu")) == {ROLE}
    assert set(await other.verdicts("us")) == {WEB, ROLE}


async def test_runs_of_two_at_once(two: Two) -> None:
    async def whole(store: Store, name: str) -> None:
        await store.save_run(run(name))
        await asyncio.gather(*(store.add_steps(name, [step()]) for _ in range(1)))
        await store.save_run(replace(WHOLE, id=name))

    await asyncio.gather(*(whole(two[n % 2], f"run-{n}") for n in range(8)))
    assert {one.id for one in await two[0].runs()} == {f"run-{n}" for n in range(8)}


async def test_what_a_program_says_is_kept_whatever_it_says(two: Two) -> None:
    said = step(message="binary \0 and \x1b[31m red")
    await two[0].save_run(run(components=(replace(WHOLE.components[0], steps=(said,)),)))
    found = await two[1].run("7f3a")
    assert found is not None
    assert found.components[0].steps[0].message == "binary ␀ and \x1b[31m red"


def test_a_user_without_a_name_has_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that runs as any user."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 3_000_000_000)
    assert person() == f"3000000000@{socket.gethostname()}"


async def test_a_lease_is_taken_from_the_holder_that_was_looked_at(two: Two) -> None:
    one, other = two
    async with one.lease("unit net", "ann"):
        (seen,) = await other.holdings("unit ")
    async with one.lease("unit net", "bob"):
        assert not await other.break_lease(seen.key, seen.owner, seen.since)
        (kept,) = await other.holdings("unit ")
        assert kept.owner == "bob"
        assert await other.break_lease(kept.key, kept.owner, kept.since)
