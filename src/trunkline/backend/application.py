"""The web application: from a request to a verb, and from whatever goes wrong to an answer.

The server mounts it; `trunkline infra backend` serves it alone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from trunkline.backend import answers
from trunkline.backend.access import token_of
from trunkline.backend.answers import Answered
from trunkline.backend.body import LARGEST, body_of, length_of
from trunkline.backend.delivery import delivered
from trunkline.backend.protocol import READS, SMALL, VERBS, Ask
from trunkline.backend.room import Shares
from trunkline.core.infra.state.address import unit_of
from trunkline.core.infra.state.lock import LARGEST as LARGEST_LOCK
from trunkline.core.keys import KeysError
from trunkline.core.trouble import Trouble
from trunkline.edge.store import SealError, Store, StoreError
from trunkline.edge.store.errors import Full

IN_MEMORY, OF_ONE = 128 * 2**20, 64 * 2**20
"""Bytes of states that are read or written at a time, by all and with one token; each takes several
times its length."""

Tell = Callable[[str], None]


def application(store: Store, tell: Tell = lambda _line: None) -> Starlette:
    """The backend of a store. `tell` hears a line for each request that was refused."""
    states = Endpoint(store, tell)
    return Starlette(
        routes=[
            Route("/state/{unit:path}", states, methods=list(VERBS)),
            Route("/healthz", alive, methods=["GET"]),
        ]
    )


async def alive(_request: Request) -> Response:
    return PlainTextResponse("ok\n")


class Endpoint:
    """Every request for a state, from its head to the last byte of its answer."""

    def __init__(self, store: Store, tell: Tell) -> None:
        self._store = store
        self._tell = tell
        self._room = Shares(IN_MEMORY, OF_ONE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        async with contextlib.AsyncExitStack() as kept:
            try:
                response = await self._answer(request, kept)
            except ClientDisconnect:
                self._tell(f"{request.method} {request.url.path}: the body stopped half-way")
                return
            if not await delivered(response, send):
                path = request.url.path[:200]
                self._tell(f"{request.method} {path}: the answer was taken too slowly")

    async def _answer(self, request: Request, kept: contextlib.AsyncExitStack) -> Response:
        try:
            return await self._asked(request, kept)
        except Answered as early:
            response = early.response
        except Trouble as error:
            response = answers.of_trouble(status_of(error), error)
        return self._told(request, response)

    async def _asked(self, request: Request, kept: contextlib.AsyncExitStack) -> Response:
        unit = unit_of(request.path_params["unit"])
        token = await token_of(request, unit, self._store.tokens)
        small = request.method in SMALL
        # Who only reads brings nothing: it would hold room while it waits for more.
        reads = request.method in READS
        length = 0 if reads else length_of(request, LARGEST_LOCK if small else LARGEST)

        async def room(size: int) -> None:
            await kept.enter_async_context(self._room.taken(token.name, size))

        await room(LARGEST_LOCK if length is None else length)
        lock_id = request.query_params.get("ID", "")
        ask = Ask(unit, token.name, lock_id, await body_of(request, length), room)
        response = await VERBS[request.method](self._store.states, ask)
        return self._told(request, response)

    def _told(self, request: Request, response: Response) -> Response:
        if response.status_code >= 400:
            said = bytes(response.body).decode(errors="replace")[:500]
            path = request.url.path[:200]
            self._tell(f"{request.method} {path}: {response.status_code} {said}")
        return response


def status_of(error: Trouble) -> int:
    if isinstance(error, Full):
        return 507
    if isinstance(error, SealError | KeysError):
        return 500
    return 503 if isinstance(error, StoreError) else 400
