"""Requests to one API server over HTTP, within its budget of connections, requests and time."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from trunkline.edge.cluster.access import Access
from trunkline.edge.cluster.errors import ApiError, Unauthorized
from trunkline.edge.cluster.limits import ClientLimits, Rate
from trunkline.edge.cluster.redaction import unquoted
from trunkline.edge.cluster.refusal import refusal
from trunkline.edge.cluster.retry import REPEATABLE, Again, backoff, judged
from trunkline.edge.cluster.unreachable import broke_midway, unreachable
from trunkline.edge.cluster.user import ACT_AS

# An answer, or a line of a stream, larger than this is none; in bytes.
LARGEST = 512 * 1024 * 1024
CHUNK = 1 << 20

BROKEN = (aiohttp.ClientError, TimeoutError, OSError)


@dataclass(frozen=True, slots=True)
class Request:
    """`path` is escaped already; `user` is whom it is made as, "" for whom the access says."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = field(default=None, repr=False)
    content_type: str = "application/json"
    accept: str = "application/json"
    user: str = ""

    @property
    def target(self) -> str:
        """The path with the query, which goes over the wire as it is."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    @property
    def headers(self) -> dict[str, str]:
        found = {"Accept": self.accept}
        if self.body is not None:
            found["Content-Type"] = self.content_type
        if self.user:
            found[ACT_AS] = self.user
        return found


class Transport:
    """The connections to one API server. Close it at the end."""

    def __init__(self, cluster: str, access: Access, limits: ClientLimits) -> None:
        self.limits = limits
        self._cluster = cluster
        self._access = access
        self._rate = Rate(limits.requests_per_second, limits.burst)
        # Not the connector's limit: there a request's time would run while it waits for its turn.
        self._turns = asyncio.Semaphore(limits.connections)
        self._sessions: list[tuple[int, aiohttp.ClientSession]] = []

    @property
    def address(self) -> str:
        return self._access.server

    @property
    def acts_as(self) -> str:
        """Whom the access itself acts as, "" for nobody else."""
        return dict(self._access.behalf).get(ACT_AS, "")

    async def request(self, request: Request) -> bytes:
        """The body of a good answer. Raises ApiError."""
        async with self._turns:
            return await self._patiently(request)

    async def lines(self, request: Request, *, seconds: float) -> AsyncIterator[bytes]:
        """The lines of a stream that stays open, for this long at most. Raises ApiError."""
        await self._rate.turn()
        buffer = bytearray()
        try:
            async with await self._asked(request, total=seconds) as answer:
                if answer.status >= 300:
                    raise self._refusal(answer, await self._read(answer))
                # By hand: aiohttp's own reading of lines refuses those beyond 128 KiB.
                async for chunk in answer.content.iter_any():
                    buffer += chunk
                    *whole, rest = buffer.split(b"\n")
                    buffer = self._fitting(rest)
                    for line in whole:
                        if line.strip():
                            yield bytes(line)
                if buffer.strip():
                    yield bytes(buffer)
        except BROKEN as error:
            raise self._unreachable(error) from error

    async def close(self) -> None:
        while self._sessions:
            await self._sessions.pop()[1].close()

    async def _patiently(self, request: Request) -> bytes:
        ends = time.monotonic() + self.limits.timeout
        attempt, renewed = 0, False
        while True:
            try:
                return await self._once(request, ends - time.monotonic())
            except Again as again:
                pause = self._pause(request, again, attempt)
                if pause is None or time.monotonic() + pause > ends:
                    raise again.error from again.__cause__
                attempt += 1
                await asyncio.sleep(pause)
            except Unauthorized:
                # A token may have been renewed on disk, or by the program that gives it.
                if renewed or not self._access.renewable:
                    raise
                renewed = True
                self._access.renew()

    def _pause(self, request: Request, again: Again, attempt: int) -> float | None:
        """How long to wait before the next try; None: there is none."""
        if again.wait is not None:
            return max(again.wait, backoff(attempt))
        if attempt < self.limits.retries and request.method in REPEATABLE:
            return backoff(attempt)
        return None

    async def _once(self, request: Request, seconds: float) -> bytes:
        await self._rate.turn()
        try:
            async with await self._asked(request, total=max(seconds, 0.001)) as answer:
                data = await self._read(answer)
                if answer.status < 300:
                    return data
                raise judged(self._refusal(answer, data), answer.headers.get("Retry-After"))
        except BROKEN as error:
            told = self._unreachable(error)
            raise (Again(told) if broke_midway(error) else told) from error

    async def _asked(self, request: Request, *, total: float) -> aiohttp.ClientResponse:
        headers = await self._access.headers()
        session = await self._session()
        body = request.body
        return await session.request(
            request.method,
            URL(self._access.server + request.target, encoded=True),
            data=io.BytesIO(body) if body is not None and len(body) >= CHUNK else body,
            headers=[*headers, *request.headers.items()],
            allow_redirects=False,
            server_hostname=self._access.server_name or None,
            timeout=aiohttp.ClientTimeout(total=total, sock_connect=self.limits.connect_timeout),
        )

    async def _read(self, answer: aiohttp.ClientResponse) -> bytes:
        found = bytearray()
        async for chunk in answer.content.iter_chunked(CHUNK):
            found += chunk
            self._fitting(found)
        return bytes(found)

    def _refusal(self, answer: aiohttp.ClientResponse, data: bytes) -> ApiError:
        said = unquoted(data, answer.request_info.headers)
        return refusal(answer.status, said, self._cluster)

    def _fitting(self, found: bytearray) -> bytearray:
        if len(found) > LARGEST:
            raise ApiError(
                f"{self._cluster} answers with more than {LARGEST // CHUNK} MiB",
                cluster=self._cluster,
            )
        return found

    async def _session(self) -> aiohttp.ClientSession:
        """The session; a new one after a new client certificate, which only new connections show.

        The one before may still have requests under way, so it is closed with the next change.
        """
        generation = self._access.generation
        if not self._sessions or self._sessions[-1][0] != generation:
            connector = aiohttp.TCPConnector(limit=0, ssl=self._access.tls())
            proxy = self._access.proxy or None
            self._sessions.append(
                (generation, aiohttp.ClientSession(connector=connector, proxy=proxy))
            )
            while len(self._sessions) > 2:
                await self._sessions.pop(0)[1].close()
        return self._sessions[-1][1]

    def _unreachable(self, error: BaseException) -> ApiError:
        return unreachable(error, self._cluster, self._access.server, self.limits)
