"""Statements as a driver takes them. SQLAlchemy spells each once for a database; from then on the
driver is handed its text.

To run a statement through SQLAlchemy takes ten times as long as it takes PostgreSQL to answer. What
every run of a program asks, thousands of times an hour, goes this way.
"""

from __future__ import annotations

import functools
from collections import namedtuple
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    CTE,
    Column,
    Dialect,
    Insert,
    Select,
    Table,
    Update,
    bindparam,
    literal,
    select,
)
from sqlalchemy.sql import ClauseElement

Values = Mapping[str, Any]

_ROW: Any = namedtuple  # mypy knows it of names that are written out alone


class Spelled(Struct, frozen=True):
    """`names` are those of the values, in the order of their places in the text."""

    text: str
    names: tuple[str, ...]
    fixed: Values

    def given(self, values: Values) -> list[Any]:
        return [values[name] if name in values else self.fixed[name] for name in self.names]


class Query:
    """What is looked up. What it finds has the names of its columns."""

    def __init__(self, wanted: Select[Any]) -> None:
        self.wanted = wanted
        self._made = _ROW("row", [one.name for one in wanted.selected_columns])._make

    def found(self, values: Iterable[Any] | None) -> Any:
        return None if values is None else self._made(values)


class Change:
    """A change of one row, which may have changed meanwhile; and what is added to other tables if
    it was made, and only then. Values have the names of their tables and columns.

    Its `steps` are done one after the other as long as each changes something; `at_once` is the
    same as one statement, which finds a row if it was made, for a database that has such.
    """

    def __init__(self, change: Update, adds: Mapping[Table, Sequence[str]]) -> None:
        columns = {table: [table.c[name] for name in names] for table, names in adds.items()}
        made = change.returning(literal(1).label("made")).cte("made")
        to = [_added(some, made).cte(f"to_{table.name}") for table, some in columns.items()]
        self.steps: list[ClauseElement] = [change, *map(_added, columns.values())]
        self.at_once = select(made.c.made).add_cte(*to)


def value_of(column: Column[Any]) -> Any:
    """The place of a column's value in a statement."""
    return bindparam(name_of(column), type_=column.type)


def name_of(column: Column[Any]) -> str:
    return f"{column.table.name}_{column.name}"


def _added(columns: Sequence[Column[Any]], *only_if: CTE) -> Insert:
    row = select(*map(value_of, columns)).select_from(*only_if)
    return columns[0].table.insert().from_select(columns, row)


@functools.cache
def spelled(statement: ClauseElement, dialect: Dialect) -> Spelled:
    compiled: Any = statement.compile(dialect=dialect)
    return Spelled(str(compiled), tuple(compiled.positiontup), compiled.params)
