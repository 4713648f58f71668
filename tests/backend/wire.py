"""A wire between a program and its backend on which answers come late, get lost or come twice."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

WRITES = ("LOCK", "POST", "UNLOCK")


@dataclass
class Wire:
    """What is done to each request that writes. `lost`: the first answers to each method, so many,
    never arrive; `twice`: the backend gets it two times; `late`: the answer waits for `go`.
    """

    backend: str
    lost: int = 0
    twice: bool = False
    late: str = ""
    url: str = ""
    requests: list[tuple[str, bytes]] = field(default_factory=list)
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError), closed(writer):
            request = await whole(reader)
            method = request.partition(b" ")[0].decode()
            self.requests.append((method, request))
            answer = await self.sent(request)
            if method in WRITES:
                if self.twice:
                    answer = await self.sent(request)
                if self.count(method) <= self.lost:
                    return
                if method == self.late:
                    self.waiting.set()
                    await self.go.wait()
            writer.write(answer)
            await writer.drain()

    def count(self, method: str) -> int:
        return sum(one == method for one, _ in self.requests)

    async def sent(self, request: bytes) -> bytes:
        """The backend's answer to these very bytes."""
        place = urlsplit(self.backend)
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        with closed(writer):
            writer.write(request)
            return await reader.read()


@contextlib.contextmanager
def closed(writer: asyncio.StreamWriter):  # type: ignore[no-untyped-def]
    try:
        yield
    finally:
        writer.close()


async def whole(reader: asyncio.StreamReader) -> bytes:
    """One request, told to be the last of its connection."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = [one for one in head.split(b"\r\n") if not one.lower().startswith(b"connection:")]
    lengths = [one for one in lines if one.lower().startswith(b"content-length:")]
    body = await reader.readexactly(int(lengths[0].partition(b":")[2]) if lengths else 0)
    return b"\r\n".join([lines[0], b"Connection: close", *lines[1:]]) + body


@contextlib.asynccontextmanager
async def wired(wire: Wire) -> AsyncIterator[Wire]:
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    async with server:
        wire.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield wire
