"""Nothing is lost: bodies that stop half-way or are broken, large states, many at once, full disks,
lost keys.
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from backend.conftest import UNIT, Backend, lock, md5, state
from trunkline.backend.room import Room, Shares
from trunkline.core.infra.state.lock import parse_lock
from trunkline.core.keys import KeyPlace
from trunkline.edge.store import Store, StoreError
from trunkline.edge.store.schema import state_versions as table

LARGE = 20 * 2**20


async def test_a_body_that_stops_half_way_changes_nothing(backend: Backend) -> None:
    await backend.saved(state(1))
    await backend.ask("LOCK", data=lock("A"))
    whole = state(2, pad="x" * 100_000)
    host, _, port = backend.url.removeprefix("http://").partition(":")
    head = (
        f"POST /state/{UNIT}?ID=A HTTP/1.1\r\nHost: x\r\nContent-Length: {len(whole)}\r\n"
        f"Authorization: Bearer {backend.token}\r\n\r\n"
    )
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(head.encode() + whole[:50_000])
    await writer.drain()
    writer.close()
    await asyncio.wait_for(backend.heard.wait(), 60)
    assert backend.told == [f"POST /state/{UNIT}: the body stopped half-way"]
    assert (await backend.ask("GET")).body == state(1)
    assert (await backend.ask("POST", data=whole, ID="A")).status == 200


async def test_a_body_that_a_wire_broke_is_refused(backend: Backend) -> None:
    await backend.ask("LOCK", data=lock("A"))
    broken = {"headers": {"Content-MD5": md5(b"else")}}
    answer = await backend.ask("POST", data=state(1), ID="A", **broken)
    assert (answer.status, "not what its Content-MD5 says" in answer.said) == (400, True)
    assert (await backend.ask("GET")).status == 204


async def test_a_state_of_twenty_megabytes(backend: Backend) -> None:
    values = [os.urandom(24).hex() for _ in range(LARGE // 60)]
    large = state(1, outputs={"x": {"value": values, "type": ["list", "string"]}})
    assert len(large) > LARGE
    assert await backend.saved(large) == 200
    answer = await backend.ask("GET")
    assert answer.body == large
    (version,) = await backend.store.states.versions(UNIT)
    assert version.size == len(large)


async def test_fifty_units_at_once(backend: Backend) -> None:
    async def applied(number: int) -> None:
        unit = f"infra/live/{number}"
        for serial in (1, 2):
            assert await backend.saved(state(serial, str(number)), unit) == 200
        assert json.loads((await backend.ask("GET", unit)).body)["lineage"] == str(number)

    await asyncio.gather(*(applied(number) for number in range(50)))
    assert len(await backend.store.states.units()) == 50


async def test_of_many_who_want_one_lock_one_has_it(backend: Backend) -> None:
    asked = [backend.ask("LOCK", data=lock(f"L{n}")) for n in range(20)]
    answers = await asyncio.gather(*asked)
    assert sorted(one.status for one in answers) == [200] + [423] * 19
    holders = {json.loads(one.body)["ID"] for one in answers if one.status == 423}
    (winner,) = holders
    assert answers[int(winner[1:])].status == 200


async def test_one_token_keeps_no_other_waiting() -> None:
    """However slowly it brings the largest state that there is, and however often."""
    room = Shares(20, 10)
    async with room.taken("slow", 10):
        second = asyncio.ensure_future(room.taken("slow", 10).__aenter__())
        async with asyncio.timeout(60), room.taken("other", 10):
            assert not second.done()
        second.cancel()


async def test_who_needs_more_memory_than_is_free_waits_for_a_turn() -> None:
    room = Room(10)
    order: list[str] = []

    async def one(name: str, size: int) -> None:
        async with room.taken(size):
            order.append(name)
            await asyncio.sleep(0)

    await asyncio.gather(one("half", 5), one("all", 10), one("more than there is", 99), one("x", 1))
    assert order == ["half", "all", "more than there is", "x"]


async def test_nothing_of_a_state_is_readable_on_the_disk(tmp_path: Path, keys: KeyPlace) -> None:
    async with await Store.open(tmp_path / "states.db", keys=keys, precious=True) as store:
        await store.states.lock("u", parse_lock(lock("A")), "ann")
        await store.states.keep("u", state(1, secret="hunter2"), "A", "ann")
    on_disk = b"".join(one.read_bytes() for one in tmp_path.glob("states.db*"))
    assert b"hunter2" not in on_disk


async def test_a_lost_key_is_told_and_loses_nothing(backend: Backend, keys: KeyPlace) -> None:
    await backend.saved(state(1))
    kept = keys.file.read_text()
    keys.file.unlink()
    backend.store.vault._sealer = None
    answer = await backend.ask("GET")
    assert answer.status == 500
    assert "which" in answer.said and "does not hold" in answer.said
    assert (await backend.ask("LOCK", data=lock("B"))).status == 200
    assert (await backend.ask("POST", data=state(2), ID="B")).status == 500
    keys.file.write_text(kept)
    keys.file.chmod(0o600)
    assert (await backend.ask("GET")).body == state(1)
    assert (await backend.ask("POST", data=state(2), ID="B")).status == 200


async def test_states_that_are_swapped_in_the_store_are_refused(backend: Backend) -> None:
    await backend.saved(state(1), "infra/staging")
    await backend.saved(state(1), "infra/production")
    async with backend.store._database.write() as connection:
        of = (await connection.execute(select(table.c.unit, table.c.value))).all()
        staging = dict(tuple(row) for row in of)["infra/staging"]
        swap = update(table).where(table.c.unit == "infra/production").values(value=staging)
        await connection.execute(swap)
    answer = await backend.ask("GET", "infra/production")
    assert (answer.status, "was changed, or belongs to another row" in answer.said) == (500, True)


async def test_a_damaged_file_of_states_is_never_begun_anew(tmp_path: Path, keys: KeyPlace) -> None:
    file = tmp_path / "states.db"
    async with await Store.open(file, keys=keys, precious=True):
        pass
    whole = bytearray(file.read_bytes())
    whole[:200] = b"x" * 200
    file.write_bytes(whole)
    with pytest.raises(StoreError, match="is damaged and is left as it is") as caught:
        await Store.open(file, keys=keys, precious=True)
    assert ".recover" in caught.value.remedy
    assert file.read_bytes() == bytes(whole)


async def test_a_disk_that_fills_loses_nothing(backend: Backend) -> None:
    if backend.store._database.place.file is None:
        pytest.skip("a server's disk is not ours to fill")
    await backend.saved(state(1))
    await backend.ask("LOCK", data=lock("A"))
    large = state(2, pad=os.urandom(300_000).hex())
    # SQLite says of a file that may not grow what it says of a full disk.
    await pages(backend.store, "page_count")
    answer = await backend.ask("POST", data=large, ID="A")
    assert (answer.status, "the disk is full; free some space" in answer.said) == (507, True)
    assert (await backend.ask("GET")).body == state(1)
    await pages(backend.store, "4294967294")
    assert (await backend.ask("POST", data=large, ID="A")).status == 200
    assert (await backend.ask("GET")).body == large


async def pages(store: Store, most: str) -> None:
    async with store._database.write() as connection:
        if not most.isdecimal():
            most = str((await connection.execute(text(f"PRAGMA {most}"))).scalar())
        await connection.execute(text(f"PRAGMA max_page_count = {most}"))
