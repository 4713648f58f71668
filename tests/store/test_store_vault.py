"""What is secret lies sealed in the store; it opens with this machine's keys, in its row only."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from trunkline.core.keys import Key, KeyPlace, KeysError, parse_keys
from trunkline.edge.store import SealError, Store
from trunkline.edge.store.schema import metadata, sealed
from trunkline.edge.store.sealer import Sealer

ONE, OTHER = Key(bytes(range(32))), Key(bytes(range(1, 33)))
FIRST = ("runs", "run_components", "steps", "inventory", "inventory_objects", "verdicts", "leases")
SECRET = b"plan with hunter2 in it"


@pytest.fixture
def keys(tmp_path: Path) -> KeyPlace:
    return KeyPlace(tmp_path / "config" / "keys")


@pytest.fixture
async def store(store_place: str, keys: KeyPlace):
    async with await Store.open(store_place, keys=keys) as opened:
        yield opened


async def test_what_is_kept_comes_back(store: Store) -> None:
    await store.vault.keep("plan", "7f3a", SECRET)
    await store.vault.keep("plan", "8b", b"")
    await store.vault.keep("other", "7f3a", b"else")
    assert await store.vault.kept("plan", "7f3a") == SECRET
    assert await store.vault.kept("plan", "8b") == b""
    assert await store.vault.kept("plan", "nothing") is None
    assert await store.vault.names("plan") == ("7f3a", "8b")
    await store.vault.keep("plan", "7f3a", b"newer")
    assert await store.vault.kept("plan", "7f3a") == b"newer"
    await store.vault.drop("plan", "7f3a", "nothing")
    assert await store.vault.names("plan") == ("8b",)


async def test_a_change_follows_from_what_is_there(store: Store) -> None:
    assert await store.vault.change("plan", "7f3a", lambda known: known or b"new") == b"new"
    assert (
        await store.vault.change("plan", "7f3a", lambda known: (known or b"") + b"er") == b"newer"
    )
    assert await store.vault.kept("plan", "7f3a") == b"newer"


async def test_a_change_that_fails_leaves_everything_as_it_is(store: Store) -> None:
    def fails(known: bytes | None) -> bytes:
        raise ValueError(known)

    await store.vault.keep("plan", "7f3a", SECRET)
    for name in ("7f3a", "nothing"):
        with pytest.raises(ValueError):
            await store.vault.change("plan", name, fails)
    assert await store.vault.kept("plan", "7f3a") == SECRET
    assert await store.vault.names("plan") == ("7f3a",)


async def test_nothing_of_it_is_readable_on_the_disk(tmp_path: Path, keys: KeyPlace) -> None:
    async with await Store.open(tmp_path / "store.db", keys=keys) as store:
        await store.vault.keep("plan", "7f3a", SECRET * 1000)
    on_disk = b"".join(one.read_bytes() for one in tmp_path.glob("store.db*"))
    assert b"7f3a" in on_disk
    assert b"hunter2" not in on_disk


async def test_the_first_key_is_made_for_its_owner_only(store: Store, keys: KeyPlace) -> None:
    assert not keys.file.exists()
    assert await store.vault.kept("plan", "nothing") is None
    assert not keys.file.exists()
    await store.vault.keep("plan", "7f3a", SECRET)
    assert stat.S_IMODE(keys.file.stat().st_mode) == 0o600
    assert [one.name for one in keys.file.parent.iterdir()] == ["keys"]


async def test_many_that_begin_at_once_make_one_key(store_place: str, keys: KeyPlace) -> None:
    opened = [await Store.open(store_place, keys=keys) for _ in range(4)]
    work = (one.vault.keep("plan", str(n), SECRET) for n, one in enumerate(opened))
    await asyncio.gather(*work)
    for one in opened:
        assert [await one.vault.kept("plan", str(n)) for n in range(4)] == [SECRET] * 4
        await one.close()


async def test_a_value_opens_in_its_own_row_only(store: Store) -> None:
    await store.vault.keep("plan", "staging", b"harmless")
    await store.vault.keep("plan", "production", SECRET)
    async with store._database.write() as connection:
        of = {row.name: row.value for row in await connection.execute(sealed.select())}
        swapped = update(sealed).where(sealed.c.name == "production").values(value=of["staging"])
        await connection.execute(swapped)
    with pytest.raises(SealError, match="plan production: .* was changed, or belongs to another"):
        await store.vault.kept("plan", "production")


LOST: dict[str, Callable[[KeyPlace], object]] = {
    "the file is gone": lambda keys: keys.file.unlink(),
    "another machine's": lambda keys: keys.file.write_text(OTHER.line),
}


@pytest.mark.parametrize("how", LOST)
async def test_a_lost_key_says_what_to_do(store_place: str, keys: KeyPlace, how: str) -> None:
    async with await Store.open(store_place, keys=keys) as store:
        await store.vault.keep("plan", "7f3a", SECRET)
    name = parse_keys(keys.file.read_text(), "")[0].id
    before, _ = keys.file.read_text(), LOST[how](keys)
    async with await Store.open(store_place, keys=keys) as store:
        said = f"sealed with the key {name}, which {keys.file} does not hold"
        for work in (store.vault.kept("plan", "7f3a"), store.vault.keep("plan", "new", b"x")):
            with pytest.raises(SealError, match=re.escape(said)) as caught:
                await work
            assert "bring that key back into" in caught.value.remedy
        keys.file.write_text(before)
        keys.file.chmod(0o600)
        assert await store.vault.kept("plan", "7f3a") == SECRET


async def test_keys_of_the_environment(store_place: str, keys: KeyPlace) -> None:
    said = replace(keys, text=f"{OTHER.line}, {ONE.line}")
    async with await Store.open(store_place, keys=replace(keys, text=ONE.line)) as store:
        await store.vault.keep("plan", "7f3a", SECRET)
        with pytest.raises(KeysError, match="TRUNKLINE_KEY, where Trunkline cannot write"):
            await store.vault.rotate()
    async with await Store.open(store_place, keys=said) as store:
        assert await store.vault.kept("plan", "7f3a") == SECRET
    assert not keys.file.exists()
    assert ONE.line not in repr(said)


async def test_a_new_key_seals_everything_anew(store_place: str, keys: KeyPlace) -> None:
    async with await Store.open(store_place, keys=keys) as store:
        for name in "abc":
            await store.vault.keep("plan", name, SECRET)
        assert await store.vault.rotate() == 3
    newest, old = parse_keys(keys.file.read_text(), "")
    assert newest != old
    keys.file.write_text(newest.line)
    async with await Store.open(store_place, keys=keys) as store:
        assert [await store.vault.kept("plan", name) for name in "abc"] == [SECRET] * 3


async def test_a_process_that_goes_on_opens_what_another_sealed_anew(
    store: Store, store_place: str, keys: KeyPlace
) -> None:
    await store.vault.keep("plan", "7f3a", SECRET)
    async with await Store.open(store_place, keys=keys) as other:
        assert await other.vault.rotate() == 1
    assert await store.vault.kept("plan", "7f3a") == SECRET
    await store.vault.keep("plan", "8b", SECRET)
    async with await Store.open(store_place, keys=keys) as other:
        assert await other.vault.reseal() == 0


async def test_of_many_who_rotate_at_once_nobody_loses_a_key(
    store: Store, store_place: str, keys: KeyPlace
) -> None:
    await store.vault.keep("plan", "7f3a", SECRET)

    async def rotated() -> None:
        async with await Store.open(store_place, keys=keys) as other:
            await other.vault.rotate()

    await asyncio.gather(*(rotated() for _ in range(6)))
    assert len(parse_keys(keys.file.read_text(), "")) == 7
    async with await Store.open(store_place, keys=keys) as other:
        assert await other.vault.kept("plan", "7f3a") == SECRET


REFUSED = {
    "no base64": ("hunter2!", 0o600, "keys:1: a key is 32 bytes in base64"),
    "too short": ("# mine\nAAAA\n", 0o600, "keys:2: a key is 32 bytes in base64"),
    "open to others": (ONE.line, 0o644, r"others may read the keys \(mode 0644\)"),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_keys_that_are_refused(store: Store, keys: KeyPlace, what: str) -> None:
    text, mode, said = REFUSED[what]
    keys.file.parent.mkdir()
    keys.file.write_text(text)
    keys.file.chmod(mode)
    with pytest.raises(KeysError, match=said) as caught:
        await store.vault.keep("plan", "7f3a", SECRET)
    assert caught.value.remedy
    assert text not in str(caught.value)


async def test_a_store_opened_without_keys_seals_nothing(store_place: str) -> None:
    async with await Store.open(store_place) as store:
        with pytest.raises(SealError, match="was opened without keys"):
            await store.vault.keep("plan", "7f3a", SECRET)


async def test_a_store_of_the_version_before_is_brought_up(tmp_path: Path, keys: KeyPlace) -> None:
    file = tmp_path / "store.db"
    async with await Store.open(file):
        pass
    with sqlite3.connect(file) as raw:
        newer = [one.name for one in metadata.sorted_tables if one.name not in FIRST]
        raw.executescript(";".join(f"DROP TABLE {name}" for name in newer))
        raw.execute("UPDATE alembic_version SET version_num='0001'")
    raw.close()
    async with await Store.open(file, keys=keys) as store:
        await store.vault.keep("plan", "7f3a", SECRET)


@given(st.binary(max_size=2000), st.text(max_size=20), st.text(max_size=20))
def test_sealing_is_a_lock_with_one_door(value: bytes, row: str, other: str) -> None:
    sealer = Sealer([ONE, OTHER], "keys")
    shut = sealer.seal(value, row)
    assert sealer.open(shut, row) == value == Sealer([OTHER, ONE], "keys").open(shut, row)
    assert sealer.seal(value, row) != shut
    for wrong in (shut[:-1], shut[:40] + b"\0" + shut[41:], b"", shut + b"x"):
        if wrong != shut:
            with pytest.raises(SealError):
                sealer.open(wrong, row)
    if other != row:
        with pytest.raises(SealError):
            sealer.open(shut, other)
