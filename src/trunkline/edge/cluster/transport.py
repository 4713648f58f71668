"""Requests over HTTP: the budget, the time limits, what is tried again, and what is told of it.

A request that the server asks to repeat (429) is repeated after the time it names. What failed on
the way is repeated only where repeating is harmless.
"""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Mapping

import aiohttp

from trunkline.edge.cluster.access import Access
from trunkline.edge.cluster.errors import ApiError, Unauthorized, Unreachable, refusal
from trunkline.edge.cluster.limits import ClientLimits, Rate

# An answer larger than this is not an answer; in bytes.
LARGEST = 512 * 1024 * 1024

# No server may make us wait longer than this; in seconds.
LONGEST_WAIT = 30.0

REPEATABLE = frozenset({"GET", "PUT", "PATCH"})
"""Each of these asks for a state, so that asking twice does no harm."""


class Transport:
    """The connection to one API server."""

    def __init__(self, cluster: str, access: Access, limits: ClientLimits) -> None:
        self._cluster = cluster
        self._access = access
        self._limits = limits
        self._rate = Rate(limits.requests_per_second)
        self._opened: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: bytes | None = None,
        content_type: str = "application/json",
        accept: str = "application/json",
    ) -> bytes:
        """The body of a good answer. Raises ApiError."""
        headers = {"Accept": accept}
        if body is not None:
            headers["Content-Type"] = content_type
        for attempt in range(self._limits.retries + 1):
            last = attempt == self._limits.retries
            try:
                return await self._once(method, path, query, body, headers)
            except _Again as again:
                if last or (again.wait is None and method not in REPEATABLE):
                    raise again.error from again.__cause__
                pause = again.wait if again.wait is not None else _backoff(attempt)
            except Unauthorized:
                # A token may have been renewed on disk, or by the program that gives it.
                if last or not self._access.renewable:
                    raise
                pause = 0.0
                self._access.renew()
            await asyncio.sleep(min(pause, LONGEST_WAIT))
        raise AssertionError("the last attempt either returns or raises")

    async def lines(self, path: str, query: Mapping[str, str]) -> AsyncIterator[bytes]:
        """The lines of a stream that stays open. Raises ApiError."""
        await self._rate.turn()
        session = self._session()
        timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=self._limits.connect_timeout
        )
        try:
            async with session.get(
                self._access.server + path,
                params=query,
                headers=await self._access.headers(),
                timeout=timeout,
            ) as answer:
                if answer.status >= 400:
                    raise refusal(answer.status, await answer.read(), self._cluster)
                async for line in answer.content:
                    if line.strip():
                        yield line
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._unreachable(error) from error

    async def close(self) -> None:
        if self._opened:
            await self._opened.close()

    async def _once(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: bytes | None,
        headers: Mapping[str, str],
    ) -> bytes:
        await self._rate.turn()
        try:
            async with self._session().request(
                method,
                self._access.server + path,
                params=query,
                data=body,
                headers={**await self._access.headers(), **headers},
                allow_redirects=False,
                server_hostname=self._access.server_name or None,
            ) as answer:
                data = await self._read(answer)
                if answer.status < 300:
                    return data
                error = refusal(answer.status, data, self._cluster)
                raise _judged(error, answer.headers.get("Retry-After"))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            told = self._unreachable(error)
            if isinstance(
                error, aiohttp.ServerDisconnectedError | aiohttp.ClientPayloadError
            ):
                raise _Again(told) from error
            raise told from error

    async def _read(self, answer: aiohttp.ClientResponse) -> bytes:
        found = bytearray()
        async for chunk in answer.content.iter_chunked(1 << 20):
            found += chunk
            if len(found) > LARGEST:
                raise ApiError(
                    f"{self._cluster} answers with more than {LARGEST // 2**20} MiB",
                    cluster=self._cluster,
                )
        return bytes(found)

    def _session(self) -> aiohttp.ClientSession:
        if self._opened is None:
            limits = self._limits
            connector = aiohttp.TCPConnector(
                limit=limits.connections, ssl=self._access.tls()
            )
            timeout = aiohttp.ClientTimeout(
                total=limits.timeout, sock_connect=limits.connect_timeout
            )
            self._opened = aiohttp.ClientSession(
                connector=connector, timeout=timeout, proxy=self._access.proxy or None
            )
        return self._opened

    def _unreachable(self, error: BaseException) -> Unreachable:
        server, limits = self._access.server, self._limits
        if isinstance(
            error,
            aiohttp.ClientConnectorCertificateError | ssl.SSLCertVerificationError,
        ):
            why = "its certificate is not trusted: check certificate-authority-data"
        elif isinstance(error, aiohttp.ClientConnectorDNSError):
            why = "its name is not known: check the server's address"
        elif isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
            why = f"TLS failed ({type(error).__name__}): check the client certificate and the port"
        elif isinstance(error, aiohttp.ConnectionTimeoutError):
            why = f"no connection within {limits.connect_timeout:g} s"
        elif isinstance(error, TimeoutError):
            why = f"no answer within {limits.timeout:g} s"
        elif isinstance(error, aiohttp.ClientConnectorError):
            why = "the connection is refused: is it running, is the address right?"
        else:
            why = f"the connection broke ({type(error).__name__})"
        return Unreachable(f"{self._cluster} ({server}): {why}", cluster=self._cluster)


class _Again(Exception):
    """The request may be tried again, after `wait` seconds where the server said so."""

    def __init__(self, error: ApiError, wait: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait = wait


def _judged(error: ApiError, retry_after: str | None) -> Exception:
    """The refusal itself, or that the request may be tried again."""
    if retry_after is not None and error.status in (429, 503):
        return _Again(error, _seconds(retry_after))
    return _Again(error) if error.status in (429, 500, 502, 503, 504) else error


def _seconds(retry_after: str) -> float:
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        return 1.0  # A date; no API server sends one.


def _backoff(attempt: int) -> float:
    """0.1, 0.2, 0.4 … seconds, each up to half longer, so that clients do not come together."""
    return 0.1 * 2.0**attempt * (1 + random.random() / 2)
