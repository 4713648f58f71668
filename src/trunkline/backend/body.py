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
LARGEST_IN_CHUNKS = 64 * 2**10
SLOWEST = 256 * 2**10
"""Bytes a second."""


def length_of(request: Request, largest: int = LARGEST) -> int | None:
    """How long the body says it is, None where it says so only as it comes. Raises Answered.

    Terraform's force-unlock sends its empty body in chunks; a state always says its length.
    """
    said = request.headers.get("content-length", "")
    if not said:
        if "transfer-encoding" not in request.headers:
            return 0
        if largest > LARGEST_IN_CHUNKS:
            raise Answered(failed(411, "a Content-Length is needed"))
        return None
    if not (said.isascii() and said.isdecimal()):
        raise Answered(failed(400, "the Content-Length is no number"))
    if int(said) > largest:
        raise Answered(failed(413, f"at most {largest} bytes are taken"))
    return int(said)


async def body_of(request: Request, length: int | None) -> bytes:
    """The whole body. Raises Answered, ClientDisconnect."""
    most = LARGEST_IN_CHUNKS if length is None else length
    try:
        async with asyncio.timeout(PATIENCE + most / SLOWEST):
            data = await _read(request, most)
    except TimeoutError:
        raise Answered(failed(408, "the body came too slowly", **CLOSE)) from None
    if length is not None and len(data) != length:
        raise ClientDisconnect
    said = request.headers.get("content-md5")
    if said is not None and said != md5_of(data):
        raise Answered(failed(400, "the body is not what its Content-MD5 says: send it again"))
    return data


async def _read(request: Request, most: int) -> bytes:
    """The body, of which never more than this is in memory. Raises Answered."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise Answered(failed(413, f"at most {most} bytes are taken", **CLOSE))
        parts.append(part)
    return b"".join(parts)


CLOSE = {"Connection": "close"}
