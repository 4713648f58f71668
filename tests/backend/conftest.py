"""A backend that is served on loopback, on each kind of database, and requests to it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from trunkline.backend.application import application
from trunkline.backend.server import Listen, served
from trunkline.core.infra.state.token import WRITE, Token
from trunkline.core.keys import KeyPlace
from trunkline.edge.store import Store

UNIT = "infra/live/eu/rds"
LINEAGE = "3f0e5a70-0000-4000-8000-000000000001"


def state(serial: int, lineage: str = LINEAGE, **more: Any) -> bytes:
    """A state as the programs write one."""
    value = {
        "version": 4,
        "terraform_version": "1.12.6",
        "serial": serial,
        "lineage": lineage,
        "outputs": {},
        "resources": [],
        **more,
    }
    return json.dumps(value, indent=2).encode()


def lock(lock_id: str, who: str = "ann@laptop") -> bytes:
    """A lock as the programs describe one."""
    value = {
        "ID": lock_id,
        "Operation": "OperationTypeApply",
        "Info": "",
        "Who": who,
        "Version": "1.12.6",
        "Created": "2026-01-02T03:04:05Z",
        "Path": "",
    }
    return json.dumps(value).encode()


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def said(self) -> str:
        return str(json.loads(self.body)["error"])


@dataclass
class Backend:
    """The backend's URL and its store; `ask` sends a request as the programs do."""

    url: str
    store: Store
    token: str
    session: aiohttp.ClientSession
    told: list[str]
    heard: asyncio.Event

    async def ask(
        self, method: str, unit: str = UNIT, data: bytes | None = None, token: str = "", **said: Any
    ) -> Answer:
        headers = {} if data is None else {"Content-MD5": md5(data)}
        secret = token or self.token
        headers["Authorization"] = "Basic " + base64.b64encode(f"any:{secret}".encode()).decode()
        headers |= said.pop("headers", {})
        query = f"?ID={said['ID']}" if said.get("ID") else ""
        url = f"{self.url}/state/{unit}{query}"
        async with self.session.request(method, url, data=data, headers=headers) as answer:
            return Answer(answer.status, await answer.read(), dict(answer.headers))

    async def saved(self, data: bytes, unit: str = UNIT, lock_id: str = "L") -> int:
        """Lock, update, unlock; the status of the update."""
        lock_id = f"{lock_id}-{hashlib.md5(data).hexdigest()}"
        assert (await self.ask("LOCK", unit, lock(lock_id))).status == 200
        done = await self.ask("POST", unit, data, ID=lock_id)
        assert (await self.ask("UNLOCK", unit, lock(lock_id))).status == 200
        return done.status


def md5(data: bytes) -> str:
    return base64.b64encode(hashlib.md5(data).digest()).decode()


@pytest.fixture
def keys(tmp_path: Path) -> KeyPlace:
    return KeyPlace(tmp_path / "keys")


@pytest.fixture
async def backend(store_place: str, keys: KeyPlace):
    told: list[str] = []
    heard = asyncio.Event()

    def tell(line: str) -> None:
        told.append(line)
        heard.set()

    async with (
        await Store.open(store_place, keys=keys, precious=True) as store,
        served(application(store, tell), Listen(port=0)) as url,
        aiohttp.ClientSession() as session,
    ):
        token = await store.tokens.make(Token("ci", ("**",), WRITE, 0.0))
        yield Backend(url, store, token, session, told, heard)


@pytest.fixture(params=["tofu", "terraform"])
def program(request: pytest.FixtureRequest, tofu: Path) -> Path:
    path: Path = tofu if request.param == "tofu" else request.getfixturevalue("terraform")
    return path
