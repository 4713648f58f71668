"""The vault: small secrets by room and name, such as saved plans, sealed with this machine's keys.

The store remembers which keys it is sealed with. A machine that has none of them is refused before
it makes a key of its own: nothing is sealed that another machine, or this one with its key file
back, could not open.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, Table, delete, select, update

from trunkline.core.keys import Key, KeyPlace
from trunkline.edge.store.connection import AsyncConnection
from trunkline.edge.store.database import Database
from trunkline.edge.store.errors import SealError, lost_key
from trunkline.edge.store.key_file import add_key, make_keys, read_keys
from trunkline.edge.store.schema import seal_keys, sealed, state_versions
from trunkline.edge.store.upsert import insert_if_new, upsert

if TYPE_CHECKING:
    from trunkline.edge.store.sealer import Sealer


def place_in_vault(row: Row[Any]) -> str:
    return _bound(row.room, row.name)


def place_in_history(row: Row[Any]) -> str:
    return bound_state(row.unit, row.version)


SEALED: dict[Table, Callable[[Row[Any]], str]] = {
    sealed: place_in_vault,
    state_versions: place_in_history,
}
"""Every table with a column `value` that is sealed under `key`, and what binds it to its row."""


class Vault:
    """Every method is one transaction. Raises StoreError, KeysError."""

    def __init__(self, database: Database, keys: KeyPlace | None) -> None:
        self._database = database
        self._place = keys
        self._sealer: Sealer | None = None

    async def sealer(self) -> Sealer:
        """What seals and opens with this machine's keys; the first key is made where none is."""
        if self._sealer is None:
            async with self._database.write() as connection:
                await self._database.alone(connection)
                self._sealer = await self._opened(connection)
        return self._sealer

    async def opener(self, sealed: bytes) -> Sealer:
        """What opens a value. Keys are read again for one that another process sealed under a key
        that is newer than those that are known here; in no transaction, for it may be in one.
        """
        sealer = await self.sealer()
        if not sealer.knows(sealed):
            keys = await asyncio.to_thread(read_keys, self._known_place())
            if keys:
                self._sealer = sealer = self._made(keys)
        return sealer

    async def keep(self, room: str, name: str, value: bytes) -> None:
        """Seal a value and keep it, in place of what has the name."""
        sealer = await self.sealer()
        row = {
            "room": room,
            "name": name,
            "value": await asyncio.to_thread(sealer.seal, value, _bound(room, name)),
            "key": sealer.key_id,
            "since": time.time(),
        }
        async with self._database.write() as connection:
            await upsert(connection, sealed, [row])

    async def change(self, room: str, name: str, change: Callable[[bytes | None], bytes]) -> bytes:
        """Put in place of a value what follows from it, None where there is none; the new value.

        The row is held meanwhile: of two who change it at once, the second is given what the first
        made of it. What `change` raises leaves the value as it is.
        """
        sealer, bound = await self.sealer(), _bound(room, name)
        async with self._database.write() as connection:
            row = await _held(connection, room, name)
            known = (await self.opener(row.value)).open(row.value, bound) if row.key else None
            new = change(known)
            said = {"value": sealer.seal(new, bound), "key": sealer.key_id, "since": time.time()}
            same = (sealed.c.room == room, sealed.c.name == name)
            await connection.execute(update(sealed).where(*same).values(**said))
        return new

    async def kept(self, room: str, name: str) -> bytes | None:
        """The value of this name, if there is one. Raises SealError where it does not open."""
        wanted = select(sealed.c.value).where(sealed.c.room == room, sealed.c.name == name)
        async with self._database.read() as connection:
            value = (await connection.execute(wanted)).scalar()
        if value is None:
            return None
        return await asyncio.to_thread((await self.opener(value)).open, value, _bound(room, name))

    async def names(self, room: str) -> tuple[str, ...]:
        """What is kept in a room, the oldest first."""
        wanted = select(sealed.c.name).where(sealed.c.room == room).order_by(sealed.c.since)
        async with self._database.read() as connection:
            return tuple((await connection.execute(wanted)).scalars())

    async def drop(self, room: str, *names: str) -> None:
        """Forget these names."""
        gone = delete(sealed).where(sealed.c.room == room, sealed.c.name.in_(names))
        async with self._database.write() as connection:
            await connection.execute(gone)

    async def rotate(self) -> int:
        """Seal everything anew under a new key; how many values. Old keys stay in their file,
        for the backups that they opened.
        """
        await self.sealer()
        await asyncio.to_thread(add_key, self._known_place())
        return await self.reseal()

    async def reseal(self) -> int:
        """Seal anew what is not sealed under the first key; how many values."""
        async with self._database.write() as connection:
            self._sealer = await self._opened(connection)
        return sum([await self._reseal(table, self._sealer) for table in SEALED])

    async def _reseal(self, table: Table, sealer: Sealer) -> int:
        key = list(table.primary_key)
        old = select(*key).where(table.c.key.not_in(["", sealer.key_id]))
        async with self._database.read() as connection:
            rows = (await connection.execute(old)).all()
        for row in rows:
            same = [column == value for column, value in zip(key, row, strict=True)]
            async with self._database.write() as connection:
                held = select(table).where(*same).with_for_update()
                whole = (await connection.execute(held)).first()
                if whole is None:
                    continue
                bound = SEALED[table](whole)
                # Another may have sealed it under a key of its own meanwhile, which is the first.
                sealer = await self.opener(whole.value)
                value = sealer.seal(sealer.open(whole.value, bound), bound)
                new = {"value": value, "key": sealer.key_id}
                await connection.execute(update(table).where(*same).values(**new))
        return len(rows)

    async def _opened(self, connection: AsyncConnection) -> Sealer:
        place = self._known_place()
        known = list((await connection.execute(select(seal_keys.c.id))).scalars())
        keys = await asyncio.to_thread(read_keys, place)
        if known and not {key.id for key in keys} & set(known):
            raise lost_key(f"the store {self._database.place.name}", known[-1], self._name)
        keys = keys or await asyncio.to_thread(make_keys, place)
        sealer = self._made(keys)
        await self._remember(connection, sealer)
        return sealer

    def _made(self, keys: Sequence[Key]) -> Sealer:
        # Loaded here: most of what opens a store seals nothing.
        from trunkline.edge.store.sealer import Sealer

        return Sealer(keys, self._name)

    async def _remember(self, connection: AsyncConnection, sealer: Sealer) -> None:
        await insert_if_new(connection, seal_keys, {"id": sealer.key_id, "since": time.time()})

    def _known_place(self) -> KeyPlace:
        if self._place is None:
            raise SealError("this store was opened without keys, so nothing can be sealed in it")
        return self._place

    @property
    def _name(self) -> str:
        return self._known_place().name


async def _held(connection: AsyncConnection, room: str, name: str) -> Row[Any]:
    """The row, held until the transaction ends; one without a key where there was none."""
    row = {"room": room, "name": name, "value": b"", "key": "", "since": 0.0}
    await insert_if_new(connection, sealed, row)
    wanted = select(sealed).where(sealed.c.room == room, sealed.c.name == name)
    return (await connection.execute(wanted.with_for_update())).one()


def _bound(room: str, name: str) -> str:
    return f"{room} {name}"


def bound_state(unit: str, version: int) -> str:
    return f"state {version} of {unit}"
