"""SQLite on the event loop, behind the same methods as SQLAlchemy's asynchronous connections.

A statement of SQLite takes microseconds. In a thread, where other drivers put it, each would wait
until the loop gives up the interpreter's lock, a hundred times as long. So statements run here and
now; only the waiting for another process is awaited.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any, TypeVar

from sqlalchemy import (
    Connection,
    Dialect,
    Engine,
    PoolProxiedConnection,
    Select,
    create_engine,
    event,
)
from sqlalchemy.engine import URL, CursorResult
from sqlalchemy.sql import ClauseElement

from trunkline.edge.store.spelled import Change, Values, spelled

PAUSE = 0.01
"""Seconds between two tries to get the write lock."""

WRITES = "trunkline_writes"

T = TypeVar("T")


class OnLoop:
    """Satisfies `connection.AsyncConnection`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def dialect(self) -> Dialect:
        return self._connection.dialect

    async def execute(self, statement: Any, parameters: Any = None, /) -> CursorResult[Any]:
        return self._connection.execute(statement, parameters)

    async def run_sync(self, work: Callable[[Connection], T], /) -> T:
        return work(self._connection)

    def changed(self, step: ClauseElement, values: Values) -> bool:
        said = spelled(step, self.dialect)
        raw = _driver_of(self._connection.connection)
        return bool(raw.execute(said.text, said.given(values)).rowcount)


class File:
    """The database of a file. WAL mode: readers never wait, and a writer that is killed leaves
    nothing half-written. A write transaction takes the write lock at its beginning, so that two
    writers wait for each other instead of failing in the middle.
    """

    def __init__(self, url: URL, busy_seconds: float, precious: bool = False) -> None:
        self._busy_seconds = busy_seconds
        self._engine = _engine(url)
        self._writer = self._engine.execution_options(**{WRITES: "FULL" if precious else "NORMAL"})
        self._light = self._engine.execution_options(**{WRITES: "NORMAL"})
        # Writers of one process wait here, without polling a lock; each kind has its connection.
        self._writing = asyncio.Lock()
        self._open: dict[Engine, Connection] = {}

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[OnLoop]:
        with self._engine.connect() as connection:
            yield OnLoop(connection)

    @contextlib.asynccontextmanager
    async def write(self, *, lasting: bool = True) -> AsyncIterator[OnLoop]:
        writer = self._writer if lasting else self._light
        async with self._writing:
            await self._begin(writer)
            with self._closed_on_error(writer) as connection:
                yield OnLoop(connection)
                connection.commit()

    async def found(self, wanted: Select[Any], values: Values) -> Iterable[Any] | None:
        said = spelled(wanted, self._engine.dialect)
        with contextlib.closing(self._engine.raw_connection()) as connection:
            rows = _driver_of(connection).execute(said.text, said.given(values)).fetchmany(1)
        return rows[0] if rows else None

    async def changed(self, change: Change, values: Values, *, lasting: bool) -> bool:
        async with self.write(lasting=lasting) as connection:
            return all(connection.changed(step, values) for step in change.steps)

    async def close(self) -> None:
        for writer in list(self._open):
            self._open.pop(writer).close()
        self._engine.dispose()

    async def _begin(self, writer: Engine) -> None:
        """A write transaction, begun when no other process writes. Raises OperationalError."""
        deadline = time.monotonic() + self._busy_seconds
        while True:
            try:
                with self._closed_on_error(writer) as connection:
                    connection.begin()
                return
            except sqlite3.OperationalError as error:
                if not _is_busy(error) or time.monotonic() > deadline:
                    raise
            await asyncio.sleep(PAUSE)

    @contextlib.contextmanager
    def _closed_on_error(self, writer: Engine) -> Iterator[Connection]:
        """The writer's connection. What goes wrong undoes its transaction; the next one is new."""
        connection = self._open.get(writer)
        if connection is None:
            self._open[writer] = connection = _opened(writer)
        try:
            yield connection
        except BaseException:
            self._open.pop(writer, None)
            connection.close()
            raise


def _opened(writer: Engine) -> Connection:
    """A connection whose commits are as lasting as its writer's are. FULL: what is committed is on
    the disk; NORMAL: it is after the next checkpoint.
    """
    connection = writer.connect()
    synchronous = connection.get_execution_options()[WRITES]
    _driver_of(connection.connection).execute(f"PRAGMA synchronous={synchronous}")
    return connection


def _driver_of(connection: PoolProxiedConnection) -> Any:
    return connection.driver_connection


def _is_busy(error: sqlite3.OperationalError) -> bool:
    """Whether another process holds the lock (https://www.sqlite.org/rescode.html#busy)."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def _engine(url: URL) -> Engine:
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": 0})
    event.listen(engine, "connect", _prepared)
    event.listen(engine, "begin", _begun)
    return engine


def _prepared(raw: Any, _record: object) -> None:
    """Transactions are begun by `_begun` alone; Python's sqlite3 would begin some, not others."""
    raw.isolation_level = None
    cursor = raw.cursor()
    for pragma in ("foreign_keys=ON", "synchronous=NORMAL", "temp_store=MEMORY"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begun(connection: Connection) -> None:
    writes = WRITES in connection.get_execution_options()
    _driver_of(connection.connection).execute("BEGIN IMMEDIATE" if writes else "BEGIN")
