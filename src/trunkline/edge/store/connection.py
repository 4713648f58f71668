"""What the tables' functions ask of a connection, whichever database it leads to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, CursorResult, Dialect

T = TypeVar("T")


class AsyncConnection(Protocol):
    """A part of SQLAlchemy's class of this name."""

    @property
    def dialect(self) -> Dialect: ...

    async def execute(self, statement: Any, parameters: Any = None, /) -> CursorResult[Any]: ...

    async def run_sync(self, work: Callable[[Connection], T], /) -> T: ...
