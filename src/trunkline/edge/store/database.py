"""The connection to the database: SQLite in a file, or PostgreSQL by its URL."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from trunkline.edge.store.clock import Clock
from trunkline.edge.store.connection import AsyncConnection
from trunkline.edge.store.errors import Damaged, StoreError
from trunkline.edge.store.file import File
from trunkline.edge.store.spelled import Change, Query, Values
from trunkline.edge.store.translate import UNREADABLE, translated

if TYPE_CHECKING:
    from trunkline.edge.store.server import Server

DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+asyncpg"}
SPELLINGS = {"postgres://": "postgresql://"}
# Any number that no other program uses for its advisory locks: "trunkline" as eight letters.
LOCK = int.from_bytes(b"trunklin", "big")


class Place(Struct, frozen=True):
    """Where a store is. `file` is None for a server; `name` is what people read, no password.

    What is `precious` cannot be found out again: each write is on the disk before it is answered,
    and a damaged file is never begun anew.
    """

    url: URL
    file: Path | None
    precious: bool = False

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
        self.clock = Clock()
        self._at = File(place.url, busy_seconds, place.precious) if place.file else _server(place)

    @contextlib.asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        with self._translated():
            async with self._at.read() as connection:
                yield connection

    @contextlib.asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is kept when the block ends, and undone when it raises."""
        with self._translated():
            async with self._at.write() as connection:
                yield connection

    async def found(self, query: Query, values: Values) -> Any:
        """The first row that a query finds, None where there is none."""
        with self._translated():
            return query.found(await self._at.found(query.wanted, values))

    async def changed(self, change: Change, values: Values, *, lasting: bool = True) -> bool:
        """Whether a change found what it was to change. One of a precious place that is not
        `lasting` may be lost, as a whole, where the power fails.
        """
        with self._translated():
            return await self._at.changed(change, values, lasting=lasting)

    async def alone(self, connection: AsyncConnection) -> None:
        """Let no other process be here until this write transaction ends. In SQLite none is."""
        if self.place.file is None:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})

    async def close(self) -> None:
        await self._at.close()

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


def _server(place: Place) -> Server:
    # Loaded here: it brings SQLAlchemy's ORM along, which a store in a file does without.
    from trunkline.edge.store.server import Server

    return Server(place.url, place.address, place.name)
