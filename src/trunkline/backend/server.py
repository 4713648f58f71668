"""The backend served by uvicorn: on loopback unless told otherwise, and patient with nobody."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from asyncio import Transport
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn
from msgspec import Struct
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from trunkline.core.trouble import Trouble

HEAD_BYTES = 16 * 2**10
HEAD_SECONDS = 10.0
REQUESTS = 1000
GRACE_SECONDS = 20


class CannotListen(Trouble):
    """The address is in use, or is none."""


class Listen(Struct, frozen=True):
    """Where it listens; with a certificate over TLS."""

    host: str = "127.0.0.1"
    port: int = 8400
    certificate: Path | None = None
    key: Path | None = None


class Impatient(HttpToolsProtocol):
    """A connection whose request does not come in time, the first or a later one, is closed;
    uvicorn would wait for ever for the rest of a head that began.
    """

    _late: asyncio.TimerHandle | None = None
    _head = 0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._mind()

    def data_received(self, data: bytes) -> None:
        waited = self._waits()
        super().data_received(data)
        self._mind()
        self._head = self._head + len(data) if waited and self._waits() else 0
        if self._head > HEAD_BYTES and not self.transport.is_closing():
            self._refuse()

    def _refuse(self) -> None:
        """A head is too long, or nobody reads the rest of a body: its request was answered."""
        if self.cycle is not None and self.cycle.more_body:
            self.transport.close()
        else:
            self.send_400_response("The head of the request is too long.")

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(name) + len(value) > HEAD_BYTES:
            raise ValueError("a header that is too long")
        super().on_header(name, value)

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        super().connection_lost(exc)

    def _mind(self) -> None:
        if not self._waits():
            self._forget()
        elif self._late is None:
            self._late = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _waits(self) -> bool:
        """Whether no request is being answered: one is awaited, or its head is half there."""
        return self.cycle is None or self.cycle.response_complete

    def _forget(self) -> None:
        if self._late:
            self._late.cancel()
            self._late = None

    def _give_up(self) -> None:
        self._late = None
        if self._waits():
            self.transport.close()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        """Signals are for whoever runs this: ending the context ends the server."""
        yield


@contextlib.asynccontextmanager
async def served(app: ASGIApp, listen: Listen) -> AsyncIterator[str]:
    """Serve while the block runs; the URL. Requests under way are finished. Raises CannotListen."""
    config = _config(app, listen)
    listener = bound(listen)
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]), name="state backend")
    # What fails before it is ready fails here.
    task.add_done_callback(lambda _: server.ready.set())
    try:
        await server.ready.wait()
        if task.done():
            await task
        host, port = listener.getsockname()[:2]
        scheme = "https" if listen.certificate else "http"
        yield f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
    finally:
        server.should_exit = True
        await asyncio.wait([task])
        listener.close()


def bound(listen: Listen) -> socket.socket:
    """The socket that listens. One that says it is TCP's asyncio sends through without delay; else
    the body of each answer waits 40 ms, until the other side has confirmed its head.
    """
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((listen.host, listen.port))
    except OSError as error:
        listener.close()
        raise CannotListen(
            f"cannot listen on {listen.host}:{listen.port}: {error.strerror or error}",
            remedy="--listen HOST:PORT names another address",
        ) from error
    listener.set_inheritable(False)
    return listener


def _config(app: ASGIApp, listen: Listen) -> uvicorn.Config:
    config = uvicorn.Config(
        app,
        http=Impatient,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=REQUESTS,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ssl_certfile=listen.certificate,
        ssl_keyfile=listen.key,
    )
    try:
        config.load()
    except OSError as error:
        files = " and ".join(str(one) for one in (listen.certificate, listen.key) if one)
        raise CannotListen(
            f"no TLS with {files}: {error.strerror or error}",
            remedy="--certificate and --certificate-key name a certificate and its key, in PEM",
        ) from error
    return config
