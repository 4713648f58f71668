"""A request's body: whole, of the length and with the sum that its head says, or refused.

Nothing is done with a part of a body. How long it may take grows with its length, so that nobody
holds what others wait for.
"""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

from trunkline.backend.answers import Answered, failed, md5_of

LARGEST = 64 * 2**20
PATIENCE = 15.0
SLOWEST = 256 * 2**10
"""Bytes a second."""


def length_of(request: Request, largest: int = LARGEST) -> int:
    """How long the body says it is. Raises Answered."""
    said = request.headers.get("content-length", "")
    if not said:
        if "transfer-encoding" in request.headers:
            raise Answered(failed(411, "a Content-Length is needed"))
        return 0
    if not (said.isascii() and said.isdecimal()):
        raise Answered(failed(400, "the Content-Length is no number"))
    if int(said) > largest:
        raise Answered(failed(413, f"at most {largest} bytes are taken"))
    return int(said)


async def body_of(request: Request, length: int) -> bytes:
    """The whole body. Raises Answered, ClientDisconnect."""
    try:
        async with asyncio.timeout(PATIENCE + length / SLOWEST):
            data = b"".join([part async for part in request.stream()])
    except TimeoutError:
        raise Answered(failed(408, "the body came too slowly", **CLOSE)) from None
    if len(data) != length:
        raise ClientDisconnect
    said = request.headers.get("content-md5")
    if said is not None and said != md5_of(data):
        raise Answered(failed(400, "the body is not what its Content-MD5 says: send it again"))
    return data


CLOSE = {"Connection": "close"}
