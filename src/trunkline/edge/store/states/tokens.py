"""Tokens of the state backend, by name; of the secret only its hash is kept."""

from __future__ import annotations

import secrets
import time
from typing import Any

from sqlalchemy import Row, delete, select

from trunkline.core.infra.state.token import MARK, Token, hash_of
from trunkline.edge.store.connection import AsyncConnection
from trunkline.edge.store.database import Database
from trunkline.edge.store.schema import state_tokens
from trunkline.edge.store.upsert import upsert

REMEMBERED = 2.0
"""Seconds."""


class Tokens:
    """Every method is one transaction. Raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, tuple[Token, float]] = {}

    async def make(self, token: Token, secret: str = "") -> str:
        """Keep a token, in place of one of the same name; its secret, which is kept nowhere."""
        secret = secret or MARK + secrets.token_urlsafe(32)
        hashed = hash_of(secret)
        row = {
            "name": token.name,
            "hash": hashed,
            "units": list(token.units),
            "scope": token.scope,
            "since": token.since,
            "expires": token.expires,
        }
        async with self._database.write() as connection:
            self._known.clear()
            await _forget_secret(connection, hashed, token.name)
            await upsert(connection, state_tokens, [row])
        return secret

    async def of(self, secret: str) -> Token | None:
        """The token with this secret, if there is one that counts now.

        One that was found is remembered for a moment: a run asks for it with each request. So what
        another process revokes ends within seconds.
        """
        hashed, now = hash_of(secret), time.time()
        token, until = self._known.get(hashed, (None, 0.0))
        if until <= now:
            token = await self._read(hashed)
            self._known.pop(hashed, None)
            if token:
                self._known[hashed] = token, now + REMEMBERED
        return None if token is None or (token.expires and token.expires <= now) else token

    async def _read(self, hashed: str) -> Token | None:
        wanted = select(state_tokens).where(state_tokens.c.hash == hashed)
        async with self._database.read() as connection:
            row = (await connection.execute(wanted)).first()
        return _token(row) if row else None

    async def all(self) -> tuple[Token, ...]:
        async with self._database.read() as connection:
            rows = (await connection.execute(select(state_tokens))).all()
        return tuple(sorted((_token(row) for row in rows), key=lambda one: one.name))

    async def revoke(self, name: str) -> bool:
        """Whether there was one of this name."""
        gone = delete(state_tokens).where(state_tokens.c.name == name)
        self._known.clear()
        async with self._database.write() as connection:
            return (await connection.execute(gone)).rowcount > 0


async def _forget_secret(connection: AsyncConnection, hashed: str, name: str) -> None:
    other = (state_tokens.c.hash == hashed) & (state_tokens.c.name != name)
    await connection.execute(delete(state_tokens).where(other))


def _token(row: Row[Any]) -> Token:
    return Token(row.name, tuple(row.units), row.scope, row.since, row.expires)
