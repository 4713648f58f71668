"""GET, as sources need it: guarded, bounded, with credentials that stay where they belong.

Redirects are followed here and not by the library, so that each step is looked at like the first:
its host, its scheme, and whether it may see the credential.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.request import getproxies, proxy_bypass

import aiohttp
from yarl import URL

from trunkline.core.sources.access import Access, Keyring
from trunkline.core.sources.address import Address
from trunkline.core.sources.network import NEVER
from trunkline.edge.charts.errors import ChartError
from trunkline.edge.charts.guard import GuardedResolver, Refused, check_literal
from trunkline.edge.charts.limits import MIB, FetchLimits
from trunkline.edge.charts.ticket import Origin, Ticket
from trunkline.edge.charts.tls import context

REDIRECTS = 5
REDIRECTED = (301, 302, 303, 307, 308)
PAUSES = (0.3, 1.0)
CHUNK = 1 << 16
# A server that did not answer is not waited for again by all that want something of it; in seconds.
DOWN = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; `url` is where it came from in the end."""

    status: int
    headers: Mapping[str, str]
    url: URL
    body: bytes = field(default=b"", repr=False)

    @property
    def shown(self) -> str:
        return shown(self.url)


class Web:
    """One session for all sources. Close it at the end."""

    def __init__(self, keyring: Keyring, limits: FetchLimits) -> None:
        self.keyring = keyring
        self.limits = limits
        self._session: aiohttp.ClientSession | None = None
        self._down: dict[Origin, tuple[float, BaseException]] = {}

    async def get(
        self, url: URL, ticket: Ticket, *, largest: int, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The answer, whatever its status; a busy server is asked again. Raises ChartError."""
        for pause in (*PAUSES, None):
            answer = await self._followed(url, ticket, largest, headers or {})
            if pause is None or (answer.status < 500 and answer.status != 429):
                break
            await asyncio.sleep(pause)
        return answer

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def _followed(
        self, url: URL, ticket: Ticket, largest: int, headers: Mapping[str, str]
    ) -> Answer:
        for _ in range(REDIRECTS + 1):
            answer = await self._asked(url, ticket, largest, headers)
            location = answer.headers.get("Location", "")
            if answer.status not in REDIRECTED or not location:
                return answer
            target = url.join(URL(location))
            if url.scheme == "https" and target.scheme != "https":
                raise ChartError(f"{shown(url)} redirects to {shown(target)}, which is no https")
            url = target
        raise ChartError(f"{shown(url)}: more than {REDIRECTS} redirects")

    async def _asked(
        self, url: URL, ticket: Ticket, largest: int, headers: Mapping[str, str]
    ) -> Answer:
        self._check(url)
        origin = origin_of(url)
        since, known = self._down.get(origin, (0.0, None))
        if known and time.monotonic() - since < DOWN:
            raise self._told(known, url)
        sent = {**headers, "User-Agent": "trunkline"}
        if credential := ticket.header_for(origin):
            sent["Authorization"] = credential
        trusted = self.keyring.trusting(Address(*origin[:2]), _trusted(ticket, origin))
        tls = context(trusted, shown=ticket.shows_certificate(origin))
        try:
            async with self._opened().get(
                url, headers=sent, allow_redirects=False, ssl=tls, proxy=_proxy(url)
            ) as answer:
                body = await self._read(answer, largest)
                return Answer(answer.status, answer.headers, url, body)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            self._down[origin] = time.monotonic(), error
            raise self._told(error, url) from error

    async def _read(self, answer: aiohttp.ClientResponse, largest: int) -> bytes:
        found = bytearray()
        async for chunk in answer.content.iter_chunked(CHUNK):
            found += chunk
            if len(found) > largest:
                raise ChartError(f"{shown(answer.url)} sends more than {largest // MIB} MiB")
        return bytes(found)

    def _check(self, url: URL) -> None:
        if url.scheme not in ("http", "https") or not url.host:
            raise ChartError(f"{shown(url)} is no address that is asked")
        address = Address(*origin_of(url)[:2], 0 if url.is_default_port() else url.port or 0)
        if reason := self.keyring.refusal(address):
            raise ChartError(f"{shown(url)}: {reason}", remedy=self._listing(url))
        try:
            check_literal(url, self.keyring)
        except Refused as error:
            raise ChartError(str(error), remedy=self._listing(url, str(error))) from None

    def _listing(self, url: URL, reason: str = "") -> str:
        """What the machine's owner can do about a refusal."""
        if reason.endswith(NEVER):
            return ""
        place = url.host if url.is_default_port() else f"{url.host}:{url.port}"
        what = f"a repository with its address to {self.keyring.file}"
        return (
            f"if it is yours, add {what}"
            if url.scheme == "http"
            else (f"if it is yours, add {place} to hosts in {self.keyring.file}")
        )

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            limits = self.limits
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=limits.connections, resolver=GuardedResolver(self.keyring)
                ),
                timeout=aiohttp.ClientTimeout(
                    total=limits.total, sock_connect=limits.connect, sock_read=limits.silence
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    def _told(self, error: BaseException, url: URL) -> ChartError:
        """The failure in our words; what the library says may quote a signed URL."""
        place = shown(url)
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, Refused):
                return ChartError(str(cause), remedy=self._listing(url, str(cause)))
            cause = cause.__cause__ or getattr(cause, "os_error", None) or cause.__context__
        if isinstance(error, aiohttp.ClientConnectorSSLError):
            return ChartError(f"{place}: it speaks no TLS that we understand", remedy=AGAIN)
        if isinstance(error, aiohttp.ClientSSLError):
            return ChartError(
                f"{place}: its TLS certificate is not trusted",
                remedy=f"give its authority as tlsAuthority in {self.keyring.file}",
            )
        if isinstance(error, aiohttp.ClientConnectorDNSError):
            return ChartError(f"{place}: no host of this name is found", remedy=AGAIN)
        if isinstance(error, TimeoutError):
            return ChartError(f"{place}: it does not answer in time", remedy=AGAIN)
        if isinstance(error, aiohttp.ClientConnectorError):
            return ChartError(f"{place}: it cannot be reached: {error.strerror}", remedy=AGAIN)
        return ChartError(f"{place}: the connection broke ({type(error).__name__})", remedy=AGAIN)


AGAIN = "look whether it is up and the address is right, then run again"


def _proxy(url: URL) -> str | None:
    """Where the environment has one: the library would take the user's ~/.netrc along with it."""
    return None if proxy_bypass(url.host or "") else getproxies().get(url.scheme)


def origin_of(url: URL) -> Origin:
    return url.scheme, (url.host or "").rstrip("."), url.port or 0


def shown(url: URL) -> str:
    """The URL as a message may show it: a query or a user can be a secret."""
    return (
        str(url.with_query(None).with_fragment(None).with_user(None)) if url.host else str(url)[:80]
    )


def _trusted(ticket: Ticket, origin: Origin) -> Access | None:
    """Own authorities, or none at all, count for the repository's own server."""
    return ticket.access if origin == ticket.home or ticket.beyond else None
