"""PostgreSQL, over as many connections as transactions run at once."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from importlib import import_module
from typing import Any

from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from trunkline.edge.store.errors import StoreError
from trunkline.edge.store.translate import UNREADABLE

CONNECT_SECONDS, STATEMENT_SECONDS = 10.0, 60.0


class Server:
    def __init__(self, url: URL, address: str) -> None:
        try:
            self._engine = _engine(url, address)
        except ModuleNotFoundError as error:
            raise StoreError(f"a store in {url.drivername} needs {error.name}") from error

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        async with self._engine.connect() as connection:
            yield connection

    @contextlib.asynccontextmanager
    async def write(self, *, lasting: bool = True) -> AsyncIterator[AsyncConnection]:
        async with self._engine.begin() as connection:
            yield connection

    async def close(self) -> None:
        await self._engine.dispose()


def _engine(url: URL, address: str) -> AsyncEngine:
    """asyncpg reads the address itself, so that sslmode, service files and .pgpass mean what they
    do for psql.
    """

    async def connect() -> Any:
        try:
            return await import_module("asyncpg").connect(
                address,
                timeout=CONNECT_SECONDS,
                command_timeout=STATEMENT_SECONDS,
                server_settings={"application_name": "trunkline"},
            )
        except ValueError:
            raise StoreError(UNREADABLE) from None

    return create_async_engine(
        url.set(query={}), async_creator=connect, hide_parameters=True, pool_pre_ping=True
    )
