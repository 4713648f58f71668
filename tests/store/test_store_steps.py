"""A store that is begun anew is the same as one that went through all the steps."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, inspect

from postgres import Postgres
from trunkline.edge.store.database import Database, Place, place_of
from trunkline.edge.store.migrate import begun, stepped


@pytest.fixture(params=["sqlite", "postgresql"])
def places(request: pytest.FixtureRequest, tmp_path) -> tuple[Place, Place]:
    if request.param == "sqlite":
        return place_of(tmp_path / "begun.db"), place_of(tmp_path / "stepped.db")
    postgres: Postgres = request.getfixturevalue("postgres")
    return place_of(postgres.url(postgres.database())), place_of(postgres.url(postgres.database()))


async def test_both_ways_make_the_same_tables(places: tuple[Place, Place]) -> None:
    found = []
    for place, way in zip(places, (begun, stepped), strict=True):
        database = Database(place, busy_seconds=5)
        async with database.write() as connection:
            await connection.run_sync(way)
            found.append(await connection.run_sync(tables))
        await database.close()
    assert found[0] == found[1]
    assert {"runs", "alembic_version"} <= found[0].keys()


def tables(connection: Connection) -> dict[str, Any]:
    """Everything that the database says of each table."""
    asked = inspect(connection)
    return {
        name: (
            [{**one, "type": str(one["type"])} for one in asked.get_columns(name)],
            asked.get_pk_constraint(name),
            sorted(asked.get_indexes(name), key=str),
            sorted(asked.get_unique_constraints(name), key=str),
            sorted(asked.get_foreign_keys(name), key=str),
            connection.exec_driver_sql(f"SELECT * FROM {name}").fetchall(),
        )
        for name in asked.get_table_names()
    }
