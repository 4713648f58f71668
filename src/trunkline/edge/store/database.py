"""The connection to the database: SQLite in a file, or PostgreSQL by its URL.

SQLite runs in WAL mode: readers never wait, and a writer that is killed leaves nothing
half-written. A write transaction takes the write lock at its beginning, so that two writers wait
for each other instead of failing in the middle.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from trunkline.edge.store.errors import Damaged, StoreError, translated

WRITES = "trunkline_writes"
DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
SPELLINGS = {"postgres://": "postgresql://"}
UNREADABLE = "the store's URL cannot be read; write postgresql://user@host/name"
# Any number that no other program uses for its advisory locks: "trunkline" as eight letters.
LOCK = int.from_bytes(b"trunklin", "big")
CONNECT_SECONDS, STATEMENT_SECONDS = 10.0, 60.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a store is. `file` is None for a server; `name` is what people read, no password."""

    url: URL
    file: Path | None

    @property
    def name(self) -> str:
        if self.file:
            return str(self.file)
        # Without user and query: either may hold what nobody else should read.
        url = self.url
        return str(URL.create("postgresql", host=url.host, port=url.port, database=url.database))

    @property
    def address(self) -> str:
        """The URL as PostgreSQL's own programs read it, password and all."""
        whole = self.url.set(drivername="postgresql")
        return whole.render_as_string(hide_password=False)


def place_of(url_or_path: str | Path) -> Place:
    """The place that a path or a URL names. Raises StoreError."""
    said = str(url_or_path)
    if "://" not in said:
        path = Path(said).expanduser().absolute()
        return Place(URL.create(DRIVERS["sqlite"], database=str(path)), path)
    for short, long in SPELLINGS.items():
        said = long + said.removeprefix(short) if said.startswith(short) else said
    try:
        url = make_url(said)
    except (ArgumentError, ValueError):
        raise StoreError(UNREADABLE) from None
    if (driver := DRIVERS.get(url.get_backend_name())) is None:
        known = " and ".join(DRIVERS)
        raise StoreError(f"a store in {url.get_backend_name()} is not known; known are {known}")
    file = Path(url.database or "").absolute() if url.get_backend_name() == "sqlite" else None
    return Place(url.set(drivername=driver), file)


def damage_mark(file: Path) -> Path:
    """The file that says: this store was found damaged while it was in use."""
    return file.with_name(f"{file.name}.is-damaged")


class Database:
    """Transactions on a place; errors come out as StoreError."""

    def __init__(self, place: Place, *, busy_seconds: float = 10.0) -> None:
        self.place = place
        self._engine = _engine(place, busy_seconds)
        self._writer = self._engine.execution_options(**{WRITES: True})
        # Writers of one process wait here, without a thread and without polling a lock.
        self._writing = asyncio.Lock() if place.file else contextlib.nullcontext()

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        with self._translated():
            async with self._engine.connect() as connection:
                yield connection

    @contextlib.asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is kept when the block ends, and undone when it raises."""
        with self._translated():
            async with self._writing, self._writer.begin() as connection:
                yield connection

    async def alone(self, connection: AsyncConnection) -> None:
        """Let no other process be here until this write transaction ends. In SQLite none is."""
        if self.place.file is None:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})

    async def close(self) -> None:
        await self._engine.dispose()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        """Damage that shows in use is noted beside the file; the next open moves it aside."""
        try:
            with translated(self.place.name):
                yield
        except Damaged:
            if file := self.place.file:
                with contextlib.suppress(OSError):
                    damage_mark(file).touch()
            raise


def _engine(place: Place, busy_seconds: float) -> AsyncEngine:
    try:
        if place.file is None:
            return _server(place)
        engine = create_async_engine(
            place.url, hide_parameters=True, connect_args={"timeout": busy_seconds}
        )
    except ModuleNotFoundError as error:
        raise StoreError(f"a store in {place.url.drivername} needs {error.name}") from error
    event.listen(engine.sync_engine, "connect", _prepared)
    event.listen(engine.sync_engine, "begin", _begun)
    return engine


def _server(place: Place) -> AsyncEngine:
    """asyncpg reads the URL itself, so that sslmode, service files and .pgpass mean what they do
    for psql.
    """

    async def connect() -> Any:
        try:
            return await import_module("asyncpg").connect(
                place.address,
                timeout=CONNECT_SECONDS,
                command_timeout=STATEMENT_SECONDS,
                server_settings={"application_name": "trunkline"},
            )
        except ValueError:
            raise StoreError(UNREADABLE) from None

    return create_async_engine(
        place.url.set(query={}), async_creator=connect, hide_parameters=True, pool_pre_ping=True
    )


def _prepared(raw: Any, _record: object) -> None:
    """Transactions are begun by `_begun` alone; Python's sqlite3 would begin some, not others."""
    raw.isolation_level = None
    cursor = raw.cursor()
    for pragma in ("foreign_keys=ON", "synchronous=NORMAL", "temp_store=MEMORY"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begun(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
