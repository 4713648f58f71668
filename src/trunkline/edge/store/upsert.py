"""Insert or replace, in one statement that two processes may send at the same time.

SQLite and PostgreSQL spell it alike (ON CONFLICT … DO UPDATE), but SQLAlchemy has it in the
dialect of each.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table

from trunkline.edge.store.connection import AsyncConnection

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

    Insert = postgresql.Insert | sqlite.Insert


async def upsert(connection: AsyncConnection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Rows whose primary key is there replace what is there.

    They are written in the order of their keys: two processes that take the same rows in different
    orders would wait for each other.
    """
    if not rows:
        return
    key = [column.name for column in table.primary_key]
    ordered = sorted(rows, key=lambda row: [row[name] for name in key])
    await connection.execute(_statement(table, connection.dialect.name), ordered)


@functools.cache
def _statement(table: Table, database: str) -> Insert:
    key = [column.name for column in table.primary_key]
    statement = insert_into(table, database)
    values = {name: statement.excluded[name] for name in sorted({*table.c.keys()} - {*key})}
    return statement.on_conflict_do_update(index_elements=key, set_=values)


async def insert_if_new(connection: AsyncConnection, table: Table, row: dict[str, Any]) -> bool:
    """Insert a row, unless one of its primary key is there; whether it was inserted."""
    statement = _if_new(table, connection.dialect.name)
    return bool((await connection.execute(statement, row)).rowcount)


@functools.cache
def _if_new(table: Table, database: str) -> Insert:
    return insert_into(table, database).on_conflict_do_nothing()


def insert_into(table: Table, database: str) -> Insert:
    """The database's own INSERT. The other one's dialect is not loaded, which takes a while."""
    found: Insert = import_module(f"sqlalchemy.dialects.{database}").insert(table)
    return found
