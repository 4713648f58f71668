"""The server's sockets."""

from __future__ import annotations

import asyncio
import socket

from trunkline.backend.server import Listen, bound


async def test_an_answer_waits_for_no_receipt_of_its_head() -> None:
    made: asyncio.Future[asyncio.BaseTransport] = asyncio.get_running_loop().create_future()

    class Accepted(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            made.set_result(transport)

    listener = bound(Listen(port=0))
    async with await asyncio.get_running_loop().create_server(Accepted, sock=listener):
        _, writer = await asyncio.open_connection(*listener.getsockname())
        accepted = (await made).get_extra_info("socket")
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        writer.close()
        (await made).close()
