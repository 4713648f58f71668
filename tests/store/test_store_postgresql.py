"""A store in PostgreSQL: what its address may say, and what is said when it cannot be used."""

from __future__ import annotations

import asyncio
import re

import pytest

from postgres import PASSWORD, Postgres
from trunkline.edge.store import Store, StoreError


@pytest.fixture
def database(postgres: Postgres, migrated: str) -> str:
    return postgres.url(postgres.database(migrated))


async def test_the_other_spelling_of_the_scheme(database: str) -> None:
    async with await Store.open(database.replace("postgresql", "postgres", 1)) as store:
        assert await store.runs() == ()


async def test_libpq_words_in_the_address(database: str) -> None:
    async with await Store.open(f"{database}&sslmode=prefer") as store:
        assert await store.runs() == ()


WRONG = {
    "password": ("tester:", "tester:x", "does not let this user in; check the user and the"),
    "user": ("tester:", "nobody:", "does not let this user in"),
    "database": (r"/test_\d+", "/nothing", "nothing is not there: the server has no such database"),
    "server": (r"\?host=.*", "?host=/nowhere", "cannot be used: No such file or directory"),
    "address": (r"@.*", "@[", "the store's URL cannot be read; write postgresql://user@host/name"),
}


@pytest.mark.parametrize("what", WRONG)
async def test_what_is_wrong_is_said(database: str, what: str) -> None:
    old, new, said = WRONG[what]
    with pytest.raises(StoreError, match=re.escape(said)) as caught:
        await Store.open(re.sub(old, new, database, count=1))
    assert "pass" not in str(caught.value).replace("password", "") and PASSWORD not in repr(caught)


async def test_a_database_of_another_program(database: str, postgres: Postgres) -> None:
    name = await asyncio.to_thread(postgres.database)
    await asyncio.to_thread(postgres.run, "CREATE TABLE orders (id int)", name)
    with pytest.raises(StoreError, match="is a database of another program; name another place"):
        await Store.open(postgres.url(name))


async def test_many_that_open_an_empty_database_at_once(database: str, postgres: Postgres) -> None:
    url = postgres.url(await asyncio.to_thread(postgres.database))
    opened = await asyncio.gather(*(Store.open(url) for _ in range(4)))
    assert [await one.runs() for one in opened] == [()] * 4
    for one in opened:
        await one.close()


async def test_a_connection_that_was_cut_off_is_made_again(
    database: str, postgres: Postgres
) -> None:
    async with await Store.open(database) as store:
        await store.runs()
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = "
        await asyncio.to_thread(postgres.run, f"{cut}'trunkline'")
        assert await store.runs() == ()


async def test_a_store_that_may_only_be_read(database: str, postgres: Postgres) -> None:
    async with await Store.open(database) as store:
        name = database.partition("@/")[2].partition("?")[0]
        only = f"ALTER DATABASE {name} SET default_transaction_read_only = on"
        await asyncio.to_thread(postgres.run, only)
        async with await Store.open(database) as reader:
            with pytest.raises(StoreError, match="can only be read"):
                await reader.forget_component("shop", "eu")
        assert await store.runs() == ()
