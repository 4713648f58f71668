"""PostgreSQL, over as many connections as transactions run at once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import asyncpg
from sqlalchemy import Select
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.sql import ClauseElement

from trunkline.edge.store.errors import StoreError
from trunkline.edge.store.spelled import Change, Values, spelled
from trunkline.edge.store.translate import ANSWERS, UNREADABLE, of_database

CONNECT_SECONDS, STATEMENT_SECONDS = 10.0, 60.0
PLAIN = 8
"""Connections for statements that are transactions of their own. Each takes a moment only."""

ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
# The last is what asyncpg says of a connection that is just being told its end.
LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InternalClientError,
)


class Server:
    def __init__(self, url: URL, address: str, name: str) -> None:
        self._address = address
        self._name = name
        self._engine = create_async_engine(
            url.set(query={}), async_creator=self._connect, hide_parameters=True, pool_pre_ping=True
        )
        self._idle: list[asyncpg.Connection[Any]] = []
        self._turn = asyncio.Semaphore(PLAIN)

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        async with self._engine.connect() as connection:
            yield connection

    @contextlib.asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        async with self._engine.begin() as connection:
            yield connection

    async def found(self, wanted: Select[Any], values: Values) -> Iterable[Any] | None:
        row: Iterable[Any] | None = await self._asked(wanted, values)
        return row

    async def changed(self, change: Change, values: Values, *, lasting: bool) -> bool:
        return await self._asked(change.at_once, values) is not None

    async def close(self) -> None:
        while self._idle:
            with contextlib.suppress(*ERRORS):
                await self._idle.pop().close()
        await self._engine.dispose()

    async def _asked(self, statement: ClauseElement, values: Values) -> Any:
        """The first row of a statement that is a transaction of its own.

        That a connection was cut off shows when it is used; another one is asked then. Of a change
        that was made all the same the second finds nothing to change, and the caller looks anew.
        """
        said = spelled(statement, self._engine.dialect)
        given = said.given(values)
        with self._translated():
            async with self._turn:
                for _ in range(PLAIN + 1):
                    with contextlib.suppress(*LOST):
                        async with self._lent() as connection:
                            return await connection.fetchrow(said.text, *given)
        raise StoreError(f"the store {self._name} {ANSWERS['08']}")

    @contextlib.asynccontextmanager
    async def _lent(self) -> AsyncIterator[asyncpg.Connection[Any]]:
        """A connection, which is not lent again once something went wrong with it."""
        self._idle = [one for one in self._idle if not one.is_closed()]
        connection = self._idle.pop() if self._idle else await self._connect()
        try:
            yield connection
        except BaseException:
            connection.terminate()
            raise
        self._idle.append(connection)

    async def _connect(self) -> asyncpg.Connection[Any]:
        """asyncpg reads the address itself, so that sslmode, service files and .pgpass mean what
        they do for psql.
        """
        try:
            return await asyncpg.connect(
                self._address,
                timeout=CONNECT_SECONDS,
                command_timeout=STATEMENT_SECONDS,
                server_settings={"application_name": "trunkline"},
            )
        except ValueError:
            raise StoreError(UNREADABLE) from None

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except ERRORS as error:
            raise of_database(self._name, error) from error
