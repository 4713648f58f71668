"""Requests as they are, to the sandbox and to the real API server alike."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson

APPLY = "application/apply-patch+yaml"
JSON = "application/json"
JSON_PATCH = "application/json-patch+json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"

PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Wire:
    session: aiohttp.ClientSession

    @classmethod
    @contextlib.asynccontextmanager
    async def to(cls, url: str, token: str, ca: Path | None = None) -> AsyncIterator[Wire]:
        context = ssl.create_default_context(cafile=ca) if ca else True
        async with aiohttp.ClientSession(
            url,
            connector=aiohttp.TCPConnector(ssl=context),
            headers={"Authorization": f"Bearer {token}"},
            timeout=aiohttp.ClientTimeout(total=20),
        ) as session:
            yield cls(session)

    async def ask(
        self, method: str, path: str, body: Any = None, kind: str = JSON, **query: str
    ) -> Answer:
        data = None if body is None else orjson.dumps(body)
        headers = {"Content-Type": kind}
        async with self.session.request(
            method, path, data=data, headers=headers, params=query
        ) as answer:
            found = await answer.read()
            is_json = answer.content_type == JSON
            parsed = orjson.loads(found) if is_json else found.decode()
            return Answer(answer.status, parsed, dict(answer.headers))

    async def apply(self, path: str, body: Any, manager: str = "test", **query: str) -> Answer:
        return await self.ask("PATCH", path, body, APPLY, fieldManager=manager, **query)

    async def until(self, path: str, wanted: Callable[[Any], bool]) -> Any:
        """The object once it is as wanted; the test fails after a while."""
        end = asyncio.get_running_loop().time() + PATIENCE
        while True:
            answer = await self.ask("GET", path)
            if wanted(answer.body):
                return answer.body
            if asyncio.get_running_loop().time() > end:
                raise AssertionError(f"{path} is not as wanted: {answer.body}")
            await asyncio.sleep(0.02)
